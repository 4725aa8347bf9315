"""A voice: what the command says, in a language.

A sentence of ours (see `pipeline.speech`) is looked up in the command's own catalogue,
cli.po, and filled in anew: numbers in the language's digits, days in its calendar,
sentences within it said likewise. What the catalogue lacks is said in English.

What stands in a sentence and runs the other way (a path, a name, code between backticks)
is isolated there, and a sentence that runs from right to left is isolated whole, so that
neither disturbs the line that it is in: on a terminal that knows of directions, in a
file, in mail. A terminal that does not gets `shaped` text: letters joined and in the
order in which they are seen, without any control.

English is the language of the templates: it is said as it is, and needs none of the
modules that are imported within functions here. Nothing here reads a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.speech import Said, Value, filled, word

if TYPE_CHECKING:
    from pipeline.model import Direction, Language
    from pipeline.po import Lookup

_TOKEN = re.compile(r"`([^`]*)`|(\{\{|\}\})|\{(\w+)\}")
_CODE = re.compile(r"`([^`]*)`")
_FSI, _PDI = "\u2068", "\u2069"
_OPENERS = {"ltr": "\u2066", "rtl": "\u2067"}
_ISOLATE = re.compile("[\u2066-\u2068]([^\u2066-\u2069]*)\u2069")
_PERSIAN = re.compile("[\u0620-\u065f\u0670-\u06ff\u200c ]+")
"""Letters and digits that run from right to left as they are."""
_COMMA = word("between the items of a list", ", ")
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNBROKEN = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")


class Voice:
    """One language of the command. `language` is asked for when a number or a day is said.

    Without `lookup` the language is English.
    """

    def __init__(
        self,
        tag: str,
        direction: Direction = "ltr",
        language: Callable[[], Language] | None = None,
        lookup: Lookup | None = None,
        *,
        shaped: bool = False,
    ) -> None:
        self.tag, self.direction, self.shaped = tag, direction, shaped
        self._language, self._lookup = language, lookup
        self._known: dict[tuple[str, str], str] = {}  # what is said without values

    @cached_property
    def language(self) -> Language:
        from pipeline.model import Language

        return self._language() if self._language else Language(tag=self.tag, name="English")

    def __call__(self, text: str) -> str:
        """A text as it is written out: what was said in this language, any other as it is.

        White space at its ends stays outside of what is isolated.
        """
        if not isinstance(text, Said):
            return text
        return "\n".join(self.line(line) for line in self.plain(text).split("\n"))

    def lines(self, text: str, cells: int) -> list[str]:
        """The same in lines of at most `cells` cells, where that can be; 0: as they come.

        A text is wrapped before it is put into the order in which it is seen.
        """
        if not isinstance(text, Said):
            return [text]
        lines = self.plain(text).split("\n")
        if cells:
            lines = [one for line in lines for one in _wrapped(line, cells)]
        return [self.line(line) for line in lines]

    def line(self, line: str) -> str:
        """A line made of what `plain` gave: in one piece, whatever it stands in."""
        if self.shaped:
            return shape(line, self.direction)
        inner = line.strip(" ")
        if self.direction == "ltr" or not inner:
            return line
        lead, tail = len(line) - len(line.lstrip(" ")), len(line.rstrip(" "))
        return f"{line[:lead]}{_OPENERS[self.direction]}{inner}{_PDI}{line[tail:]}"

    def quoted(self, text: str) -> str:
        """Somebody's text by itself: isolated, or shaped in its own direction."""
        from pipeline.bidi import direction_of, neutralise

        text = neutralise(text)
        if self.shaped:
            return shape(text, direction_of(text) or "ltr")
        return f"{_FSI}{text}{_PDI}"

    def plain(self, text: str) -> str:
        """A text of ours as part of a text in this language, or of a page."""
        if not isinstance(text, Said) or self._lookup is None:
            return str.__str__(text)
        if not text.template and text.values:
            items, between = text.values["items"], str(text.values["between"])
            assert isinstance(items, tuple | list)
            return (self._comma() if between == ", " else between).join(map(self._value, items))
        key = (text.context, text.template)
        if not text.values and key in self._known:
            return self._known[key]
        template = self._template(text)
        if template is None:
            said = self._isolate(str.__str__(text), "ltr")
        else:
            said = self._filled(template, text)
        if not text.values:
            self._known[key] = said
        return said

    def day(self, day: date) -> str:
        """A day for a table: the year first, each part as long as in any other."""
        from pipeline.languages import sortable_date

        return day.isoformat() if self._lookup is None else sortable_date(day, self.language)

    def number(self, number: int) -> str:
        """A whole number, a year or a line: without separators."""
        from pipeline.languages import digits

        return str(number) if self._lookup is None else digits(str(number), self.language)

    # --- within a sentence ---

    def _template(self, said: Said) -> str | None:
        """The translation of a sentence's template, of its form for the count."""
        from pipeline.languages import plural_index

        assert self._lookup is not None
        found = self._lookup.messages.get((said.context or None, said.template))
        if found is None or found.state != "translated":
            return None
        if not said.plural or not found.plurals:
            return found.msgstr
        count = said.values["n"]
        assert isinstance(count, int)
        try:
            form = plural_index(self._lookup.headers.get("Plural-Forms", ""), count)
            return found.plurals[form] or None
        except (ValueError, IndexError):
            return found.msgstr

    def _filled(self, template: str, said: Said) -> str:
        pieces, at = [], 0
        for found in (_TOKEN if said.values else _CODE).finditer(template):
            pieces.append(self._own(template[at : found.start()]))
            at = found.end()
            if found[0][0] == "`":
                pieces.append(f"`{self._code(found[1], said)}`")
            elif found[2]:
                pieces.append(found[2][0])
            else:
                pieces.append(self._value(said.values.get(found[3], found[0])))
        pieces.append(self._own(template[at:]))
        return "".join(pieces)

    def _own(self, text: str) -> str:
        from pipeline.bidi import isolated

        return isolated(text, self.direction, alone=False)

    def _code(self, text: str, said: Said) -> str:
        """What stands between backticks: one value, or code with values in it."""
        if not said.values:
            return self._isolate(text, "ltr")
        whole = _TOKEN.fullmatch(text)
        if whole is not None and whole[3] in said.values:
            return self._value(said.values[whole[3]])
        plain = {name: _within(value) for name, value in said.values.items()}
        return self._isolate(filled(text, {name: str(value) for name, value in plain.items()}), "ltr")

    def _value(self, value: Value) -> str:
        if isinstance(value, Said):
            return self.plain(value)
        if isinstance(value, str):
            from pipeline.bidi import neutralise

            return "\n".join(map(self._somebodys, neutralise(value).split("\n")))
        if isinstance(value, date):
            from pipeline.languages import format_date

            return format_date(value, self.language)
        if isinstance(value, int):
            return self.number(value)
        return self._comma().join(map(self._value, value))

    def _somebodys(self, text: str) -> str:
        """A text of somebody's, on one line, in a sentence of ours."""
        own = not text or (self.direction == "rtl" and _PERSIAN.fullmatch(text))
        if own or (text[0], text[-1]) == (_FSI, _PDI):
            return text
        return f"{_FSI}{text}{_PDI}"

    def _comma(self) -> str:
        return self._template(_COMMA) or ", "

    def _isolate(self, text: str, direction: Direction) -> str:
        return "\n".join(f"{_OPENERS[direction]}{line}{_PDI}" for line in text.split("\n"))


ENGLISH = Voice("en")
"""The language in which everything is said first."""


def _within(value: Value) -> Value:
    """A value within code: as it is written, without what would end the code early."""
    from pipeline.bidi import neutralise

    return neutralise(value) if isinstance(value, str) else value


def _wrapped(text: str, cells: int) -> list[str]:
    """A text as lines, broken at spaces, not within what is isolated if that fits a line."""
    from pipeline.shaping import width

    lead = " " * (len(text) - len(text.lstrip(" ")))
    whole = _UNBROKEN.sub(
        lambda found: found[0] if width(found[0]) > cells else found[0].replace(" ", "\0"), text.strip(" ")
    )
    lines = [lead]
    for piece in whole.split(" "):
        if len(lines[-1]) == len(lead) or width(f"{lines[-1]} {piece}") <= cells:
            lines[-1] += piece if len(lines[-1]) == len(lead) else f" {piece}"
        else:
            lines.append(f"{lead}{piece}")
    return [line.replace("\0", " ") for line in lines]


def shape(text: str, direction: Direction) -> str:
    """A line as it is seen from left to right, with each of its isolates by itself."""
    if text.isascii():
        return text
    from pipeline.bidi import direction_of
    from pipeline.shaping import visual

    stands = [chr(code) for code in range(0x2500, 0x2600) if chr(code) not in text]
    held: dict[str, str] = {}

    def hold(found: re.Match[str]) -> str:
        inner = found[1]
        opener = found[0][0]
        way = {"\u2066": "ltr", "\u2067": "rtl"}.get(opener) or direction_of(inner) or "ltr"
        if not stands:
            return inner
        sign = stands.pop()
        held[sign] = visual(inner, way)  # type: ignore[arg-type]
        return sign

    before = ""
    while before != text and stands:  # from the innermost
        before, text = text, _ISOLATE.sub(hold, text)
    text = _CONTROLS.sub("", text)  # more of them than a line of ours has
    text = visual(text, direction)
    for sign, inner in reversed(held.items()):
        text = text.replace(sign, inner)
    return text
