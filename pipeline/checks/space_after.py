"""No space after a sign between two Persian words: سلام،خوبی؟

A point is a suggestion only: abbreviations and names have points inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import LETTER, MARKS, word_before
from pipeline.checks.prose import THING
from pipeline.speech import say

_FIND = re.compile(f"[،؛؟!:.](?=[{LETTER}A-Za-z«({THING}])")
_COMMA = re.compile(rf"[{LETTER}{MARKS}\u200c»)\]{THING}]\Z")
_BEFORE = {
    "،": _COMMA,
    "؛": _COMMA,
    "؟": re.compile(rf"[{LETTER}{MARKS}»)]\Z"),
    "!": re.compile(rf"[{LETTER}{MARKS}»)]\Z"),
    ":": re.compile(rf"[{LETTER}]{{3}}\Z"),
    ".": re.compile(rf"[{LETTER}]{{3}}\Z"),
}
_LETTERS = {sign: re.compile(f"[{LETTER}]{{{count}}}") for sign, count in {"؟": 1, "!": 1, ":": 2, ".": 2}.items()}
_WORD = re.compile(rf"[{LETTER}{MARKS}\u200c]+(?![{LETTER}{MARKS}\u200c.])")


def find(prose: str) -> Iterator[Finding]:
    if prose.isascii():
        return
    for found in _FIND.finditer(prose):
        at, sign = found.start(), found[0]
        if not _BEFORE[sign].search(prose, max(0, at - 3), at):
            continue
        if sign in _LETTERS and not _LETTERS[sign].match(prose, at + 1):
            continue
        point = sign == "."
        if point:
            word = word_before(prose, at)
            if prose[at - len(word) - 1 : at - len(word)] == "." or not _WORD.match(prose, at + 1):
                continue
        yield Finding(
            start=at,
            end=at + 1,
            message=say("no space after {sign}", sign=sign),
            hint=say("put one there"),
            edits=() if point else ((at + 1, at + 1, " "),),
        )
