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
_R = "\u0590-\u065f\u066e-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_MARKS = "\u0300-\u036f\u200c\u200d"

_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_STRONG = re.compile(f"([{_L}])|([{_R}])")

# A left-to-right run in right-to-left text: from a letter or digit, a sign before it
# included, to the last letter or digit before the text turns, with what belongs to it
# behind (C++, 5%, a URL's slash). Persian digits and punctuation end it.
_FORBIDDEN = f"{_R}\u0660-\u066d\u06f0-\u06f9\u060c\u061b\u061f\u00ab\u00bb\u2066-\u2069\u202a-\u202e\n"
_LTR_RUN = re.compile(
    rf"(?:(?<![{_L}0-9])[+\-\u2212#@$€£~.])?[{_L}0-9]"
    rf"(?:[^{_FORBIDDEN}]*[{_L}0-9{_MARKS}])?"
    r"(?:[+#%°′″*/_]+)?"
)
_PLAIN_NUMBER = re.compile(r"[0-9]+\Z")
_HAS_LTR = re.compile(f"[{_L}0-9]")
_CLOSERS = {")": "(", "]": "[", "}": "{"}

# A right-to-left run in left-to-right text.
_RTL_RUN = re.compile(
    rf"«?[{_R}](?:[{_R}{_MARKS}\u06f0-\u06f9\u0660-\u066d\u060c\u061b\u061f «»\-–]*[{_R}{_MARKS}\u06f0-\u06f9»\u061f])?"
)


def direction_of(text: str) -> Direction | None:
    """The direction of the first strong letter, or None where there is none."""
    found = _STRONG.search(text)
    if found is None:
        return None
    return "ltr" if found.group(1) else "rtl"


def runs(text: str, direction: Direction) -> list[tuple[int, int]]:
    """The stretches of `text` that run against `direction` and want isolation.

    Returns (start, end) pairs in order. A lone number needs none. Where a whole text
    runs against its surroundings, its final punctuation belongs to it.
    """
    if direction == "ltr":
        return [] if text.isascii() else [found.span() for found in _RTL_RUN.finditer(text)]
    if _HAS_LTR.search(text) is None:
        return []
    found_runs: list[tuple[int, int]] = []
    position = 0
    while True:
        found = _LTR_RUN.search(text, position)
        if found is None:
            break
        start, end = found.span()
        end = _balance(text, start, end)
        position = max(end, start + 1)
        if not _PLAIN_NUMBER.match(text[start:end]):
            found_runs.append((start, end))
    if len(found_runs) == 1 and _whole(text, *found_runs[0]):
        return [(len(text) - len(text.lstrip()), len(text.rstrip()))]
    return found_runs


def _balance(text: str, start: int, end: int) -> int:
    """Take in closing brackets whose opening one is inside the run."""
    run = text[start:end]
    while end < len(text) and (opener := _CLOSERS.get(text[end])):
        if run.count(opener) <= run.count(text[end]):
            break
        end += 1
        run = text[start:end]
    return end


def _whole(text: str, start: int, end: int) -> bool:
    """Whether nothing but neutral characters surround the run."""
    return not re.search(f"[{_R}\u06f0-\u06f9]", text[:start] + text[end:])


def stray_controls(text: str) -> list[int]:
    """Positions of overrides, and of embeddings and isolates without their other half."""
    if _CONTROLS.search(text) is None:
        return []
    stray: list[int] = []
    for start, line in _lines(text):
        open_at: list[tuple[str, int]] = []
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
                if open_at and open_at[-1][0] == "isolate":
                    open_at.pop()
                else:
                    stray.append(at)
            else:
                open_at.append(("isolate", at))
        stray.extend(at for kind, at in open_at if kind != "override")
    return sorted(stray)


def _lines(text: str) -> list[tuple[int, str]]:
    """Paragraphs in the sense of the bidi algorithm, with where they start."""
    result, start = [], 0
    for piece in re.split("(?<=[\n\r\u2029])", text):
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


def isolate(text: str, direction: Direction) -> str:
    """`text` as HTML, escaped, its runs against `direction` in `<bdi>`."""
    if direction == "ltr" and text.isascii():
        return escape(text)
    found = runs(text, direction)
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
