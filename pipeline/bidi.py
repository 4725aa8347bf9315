"""Bidirectional text: runs of the other direction, and stray controls.

Knows Unicode's directions well enough to say which stretch of a text runs against its
surroundings and wants isolation, and which invisible controls are unbalanced. It knows
no markup beyond `<bdi>`, no language and no shaping.

ZWNJ, ZWJ, LRM and RLM are letters of the trade and pass untouched.
"""

from __future__ import annotations

import re

from pipeline.model import Direction

# Strong letters by direction; scripts beyond the site's own are here so that a Greek
# word in a Persian text is as safe as an English one.
_L = (
    "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0370-\u0589"
    "\u0900-\u167f\u1d00-\u1fff\u2c00-\u2dff\u3040-\ua4cf\uac00-\ud7a3\uff21-\uff3a\uff41-\uff5a"
)
_R = (
    "\u0590-\u05ff\u0608\u060b\u060d\u0610-\u061a\u061c-\u061e\u0620-\u065f\u066e-\u06ef"
    "\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
)
_DIGITS = "\u0660-\u0669\u06f0-\u06f9"
_JOINERS = "\u200c\u200d"
_ISOLATING = "\u202a-\u202e\u2066-\u2069"

_CONTROLS = re.compile(f"[{_ISOLATING}]")
_STRONG = re.compile(f"([{_L}])|([{_R}])")

# What ends a run in right-to-left text: letters and digits of its own, and its comma,
# semicolon, question mark and quotation marks.
_PERSIAN = f"{_R}{_DIGITS}{_ISOLATING}\u060c\u061b\u061f\u066a-\u066d«»"
# From a letter or digit, a sign before it included, to the last letter or digit before
# the text turns, with what belongs to it behind: C++, main(), 50%, a URL's slash, the last
# stop of e.g. (a sentence's stop belongs to the sentence). Only a URL may turn midway.
_LTR_RUN = (
    rf"(?:https?://[^\s«»\u060c\u061b\u061f{_ISOLATING}]*[\w/]"
    rf"|(?:(?<![\w{_JOINERS}])[+\-\u2212#@$€£~.])?[{_L}0-9])"
    rf"(?:[^{_PERSIAN}]*[{_L}0-9\u0300-\u036f\u00b2\u00b3\u00b9\u2070-\u209c])?"
    r"(?:(?<=\b[A-Za-z]\.[A-Za-z])\.|(?:[+#%°′″*/_$€£\\]|\(\)|\[\])+)?"
)
# In left-to-right text: from a letter or digit to the last one before the text turns,
# digits of any kind within, and a question mark or per cent sign behind.
_RTL_RUN = (
    rf"[{_R}{_DIGITS}](?:[^{_L}{_ISOLATING}]*[{_R}{_DIGITS}{_JOINERS}])?[\u061f\u066a]*"
)


class _Seen:
    """What one direction's text makes of the other's letters."""

    __slots__ = ("any", "home", "letter", "run", "turn", "wanted")

    def __init__(self, run: str, other: str, own: str, turn: str, wanted: str) -> None:
        self.run = re.compile(run)
        self.any = re.compile(f"[{other}0-9]" if run is _LTR_RUN else f"[{other}]")
        self.letter = re.compile(f"[{other}]")
        self.home = re.compile(f"[{own}]")
        self.turn = re.compile(f"[{turn}]")
        self.wanted = re.compile(wanted, re.DOTALL)


class _BothSeen(dict[str, _Seen]):
    """Each direction's, made when a text first needs it: most commands show none."""

    def __missing__(self, direction: str) -> _Seen:
        found = self[direction] = _Seen(*_WANTED[direction])
        return found


# A number alone comes out right in either direction, and so does ۱۴۰۳/۱۲/۳۰ in English.
_WANTED = {
    "rtl": (_LTR_RUN, _L, _R + _DIGITS, _PERSIAN, r"(?![0-9]+\Z)"),
    "ltr": (_RTL_RUN, _R, _L, _L + _ISOLATING, f".*?[{_R}]"),
}
_SEEN = _BothSeen()
_OPENERS = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”"}
_CLOSERS = {closer: opener for opener, closer in _OPENERS.items()}
_BRACKET = re.compile(r"[()\[\]{}«»“”]")


def direction_of(text: str) -> Direction | None:
    """The direction of the first strong letter, or None where there is none."""
    found = _STRONG.search(text)
    if found is None:
        return None
    return "ltr" if found.group(1) else "rtl"


def runs(text: str, direction: Direction, *, alone: bool = True) -> list[tuple[int, int]]:
    """The stretches of `text` that run against `direction` and want isolation.

    Returns (start, end) pairs in order, brackets balanced within each. A lone number
    needs none. Where the text stands `alone` (a block, a title, a link) and is all in
    the other direction, its punctuation belongs to it too.
    """
    seen = _SEEN[direction]
    if seen.any.search(text) is None:
        return []
    if (
        alone
        and seen.home.search(text) is None
        and seen.letter.search(text) is not None
        and _CONTROLS.search(text) is None
    ):
        return [(len(text) - len(text.lstrip()), len(text.rstrip()))]
    result: list[tuple[int, int]] = []
    position = 0
    while (found := seen.run.search(text, position)) is not None:
        start, end = found.span()
        pieces = [(start, end)]
        if _BRACKET.search(text, start, end) is not None:
            while start > position and seen.turn.match(text, start - 1) is None:
                start -= 1
            turn = seen.turn.search(text, end)
            end = turn.start() if turn is not None else len(text)
            pieces = _balanced(text, start, end, seen.run)
        result += [piece for piece in pieces if seen.wanted.match(text[slice(*piece)])]
        position = end
    return result


def _balanced(text: str, start: int, end: int, run: re.Pattern[str]) -> list[tuple[int, int]]:
    """The runs of a stretch of text that does not turn, brackets balanced in each.

    A bracket without its other half parts them. One outside a run belongs to it if its
    other half is inside: f(x) and (+98) 21 are whole, (Python) is Python.
    """
    partner: dict[int, int] = {}
    parts: list[int] = []
    waiting: list[tuple[str, int, int]] = []  # (bracket, where, parts before it)
    open_now = dict.fromkeys(_OPENERS, 0)
    for bracket in _BRACKET.finditer(text, start, end):
        sign, at = bracket.group(), bracket.start()
        if sign in _OPENERS:
            waiting.append((sign, at, len(parts)))
            open_now[sign] += 1
        elif not open_now[_CLOSERS[sign]]:
            parts.append(at)
        else:
            while True:
                opener, before, made = waiting.pop()
                open_now[opener] -= 1
                if opener == _CLOSERS[sign]:
                    break
                parts.append(before)
            if made == len(parts):
                partner[before], partner[at] = at, before
            else:  # a pair around a part is parted itself
                parts += (before, at)
    parts += [before for _, before, _ in waiting]
    pieces = []
    for part in (*sorted(parts), end):
        while (found := run.search(text, start, part)) is not None:
            first, last = found.span()
            for bracket in _BRACKET.finditer(text, first, last):
                other = partner[bracket.start()]
                first, last = min(first, other), max(last, other + 1)
            pieces.append((first, last))
            start = last
        start = part + 1
    return pieces


def stray_controls(text: str) -> list[int]:
    """Positions of overrides, and of embeddings and isolates without their other half."""
    if _CONTROLS.search(text) is None:
        return []
    stray: list[int] = []
    for start, line in _lines(text):
        open_at: list[tuple[str, int]] = []
        isolates = 0
        for found in _CONTROLS.finditer(line):
            character, at = found.group(), start + found.start()
            if character in "\u202d\u202e":
                stray.append(at)
                open_at.append(("override", at))
            elif character in "\u202a\u202b":
                open_at.append(("embedding", at))
            elif character == "\u202c":
                if open_at and open_at[-1][0] != "isolate":
                    kind, _ = open_at.pop()
                    if kind == "override":
                        stray.append(at)
                else:
                    stray.append(at)
            elif character == "\u2069":
                if isolates:
                    isolates -= 1
                    while open_at[-1][0] != "isolate":  # what it leaves open ends with it
                        kind, left = open_at.pop()
                        if kind == "embedding":
                            stray.append(left)
                    open_at.pop()
                else:
                    stray.append(at)
            else:
                open_at.append(("isolate", at))
                isolates += 1
        stray.extend(at for kind, at in open_at if kind != "override")
    return sorted(stray)


def _lines(text: str) -> list[tuple[int, str]]:
    """Paragraphs in the sense of the bidi algorithm, with where they start."""
    result, start = [], 0
    for piece in re.split("(?<=[\n\r\x1c-\x1e\x85\u2029])", text):
        result.append((start, piece))
        start += len(piece)
    return result


def neutralise(text: str) -> str:
    """`text` without its stray controls; balanced isolates and embeddings stay."""
    stray = stray_controls(text)
    if not stray:
        return text
    drop = set(stray)
    return "".join(character for at, character in enumerate(text) if at not in drop)


def escape(text: str) -> str:
    """`text` for the body of an HTML element: &, < and > escaped, NUL replaced."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\0", "\ufffd")
    )


def isolate(text: str, direction: Direction, *, alone: bool = True) -> str:
    """`text` as HTML, escaped, its runs against `direction` in `<bdi>` (see `runs`)."""
    if direction == "ltr" and text.isascii():
        return escape(text)
    found = runs(text, direction, alone=alone)
    if not found:
        return escape(text)
    other = "ltr" if direction == "rtl" else "rtl"
    pieces, at = [], 0
    for start, end in found:
        pieces.append(escape(text[at:start]))
        pieces.append(f'<bdi dir="{other}">{escape(text[start:end])}</bdi>')
        at = end
    pieces.append(escape(text[at:]))
    return "".join(pieces)


def isolated(text: str, direction: Direction, *, alone: bool = True) -> str:
    """`text` with its runs against `direction` between isolates, where there is no HTML."""
    pieces: list[str] = []
    at = 0
    opener = "\u2066" if direction == "rtl" else "\u2067"
    for start, end in runs(text, direction, alone=alone):
        pieces += (text[at:start], opener, text[start:end], "\u2069")
        at = end
    return "".join(pieces) + text[at:]
