"""Letters that are coded as pictures of themselves (U+FB50 and on), as old PDFs have them.

Signs without a plain spelling stay: ﷼ ﷲ ﷺ ﷽ and the ornate brackets. A final form before
another letter had a half-space after it, or it would not look so; that one is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from pipeline.checks.finding import Finding
from pipeline.checks.persian import LETTER
from pipeline.speech import say

_FORM = "\ufb50-\ufd3d\ufd50-\ufdc7\ufe70-\ufefc"
_FORMS = re.compile(f"[{_FORM}]+")
_NEXT = re.compile(f"[{LETTER}]")


def find(prose: str) -> Iterator[Finding]:
    if prose.isascii():
        return
    for found in _FORMS.finditer(prose):
        start, end = found.span()
        plain = "".join(
            _plain(character) + (_joiner(character, prose[at : at + 1]))
            for at, character in enumerate(found[0], start + 1)
        )
        yield Finding(
            start=start,
            end=end,
            message=say("presentation forms, which no search finds: {words}", words=found[0]),
            hint=say("write {words}", words=plain),
            edits=((start, end, plain),) if plain != found[0] else (),
        )


@cache
def _plain(character: str) -> str:
    return unicodedata.normalize("NFKC", character).strip()


def _joiner(character: str, following: str) -> str:
    """A half-space where a form that ends a word is followed by a letter that would join."""
    kind = unicodedata.decomposition(character).partition(" ")[0]
    if kind not in ("<final>", "<isolated>") or not _joins(_plain(character)[-1:]):
        return ""
    if _NEXT.match(following):
        return "\u200c"
    begins = unicodedata.decomposition(following).partition(" ")[0] if following else ""
    return "\u200c" if begins in ("<initial>", "<isolated>") and _NEXT.match(_plain(following)) else ""


@cache
def _joins(letter: str) -> bool:
    """Whether the letter has a form that joins to the next one."""
    return letter in _joining()


@cache
def _joining() -> frozenset[str]:
    return frozenset(
        unicodedata.normalize("NFKC", chr(code))
        for code in (*range(0xFB50, 0xFBFF), *range(0xFE80, 0xFEF5))
        if unicodedata.decomposition(chr(code)).startswith("<initial>")
    )
