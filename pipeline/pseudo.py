"""Pseudo-translation: made-up text in the target's script, to try templates on.

Every message gets a text that is longer, in the letters and the direction of the other
language, with its markup and placeholders whole: what still shows in the source's
letters is a string that no catalogue reaches, and what breaks is a layout that real
translations would break. It is never written to a catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipeline import markdown
from pipeline.model import Direction, Language
from pipeline.po import Key, Lookup, Reading

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS: Mapping[Direction, tuple[str, str, str]] = {
    "rtl": ("ابسدهفگحیجکلمنوپقرشتعوژخزغ", "«", "»"),
    "ltr": ("åƀçđëƒğĥïĵķłñňøþɋřšŧûṽŵẋýž", "[", "]"),
}
_WORD = re.compile(r"[^\W\d_]+(?:[\u200c'’][^\W\d_]+)*")
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sd%]|\{[^{}]*\}|&[#\w]+;")
_STRETCH = 1.3
"""Translations between English and Persian come out up to a third longer."""


def words(text: str, direction: Direction) -> str:
    """Plain text in the letters of the other script, longer, placeholders kept."""
    pieces, at = [], 0
    for found in _PLACEHOLDER.finditer(text):
        pieces += [_letters(text[at : found.start()], direction), found.group()]
        at = found.end()
    pieces.append(_letters(text[at:], direction))
    return "".join(pieces)


def _letters(text: str, direction: Direction) -> str:
    alphabet = _ALPHABETS[direction][0]

    def turn(found: re.Match[str]) -> str:
        word = found.group()
        turned = [
            alphabet[_LATIN.find(letter) if letter in _LATIN else ord(letter) % len(_LATIN)]
            for letter in word.lower()
        ]
        extra = max(1, round(len(turned) * (_STRETCH - 1))) if len(turned) > 3 else 0
        return "".join(turned + turned[:extra])

    return _WORD.sub(turn, text)


def message(msgid: str, language: Language) -> str:
    """A body's message, its text nodes alone turned: links, code and tags stay."""
    parsed = markdown.parse(msgid)
    data, pieces, at = parsed.data, [], 0
    _, opening, closing = _ALPHABETS[language.direction]
    for event, span in parsed.events:
        if type(event) is dict and "Text" in event and span["start"] >= at:
            raw = data[span["start"] : span["end"]].decode()
            pieces.append(data[at : span["start"]].decode())
            pieces.append(words(raw, language.direction))
            at = span["end"]
    pieces.append(data[at:].decode())
    return f"{opening}{''.join(pieces)}{closing}"


class _Messages(Mapping[Key, Reading]):
    """Every message there could be, translated on demand."""

    def __init__(self, language: Language, *, markup: bool) -> None:
        self._language, self._markup = language, markup

    def __getitem__(self, key: Key) -> Reading:
        context, msgid = key
        if not msgid:
            raise KeyError(key)
        if self._markup and context is None:
            text = message(msgid, self._language)
        else:
            _, opening, closing = _ALPHABETS[self._language.direction]
            text = f"{opening}{words(msgid, self._language.direction)}{closing}"
        return Reading(text, "translated", 0)

    def __iter__(self) -> Iterator[Key]:
        return iter(())

    def __len__(self) -> int:
        return 0


def lookup(language: Language, path: str, *, markup: bool = True) -> Lookup:
    """A catalogue that has every message. `markup`: messages are Markdown."""
    return Lookup(path=path, messages=_Messages(language, markup=markup), headers={})
