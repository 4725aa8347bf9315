"""ها and its kin parted from their word by a space: کتاب ها is کتاب‌ها.

After a Latin word or code it is a suggestion, unless a half-space is there already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import GAP, IN_WORD, LETTER, MARKS, letters, word_before
from pipeline.checks.prose import THING
from pipeline.speech import say

_FIND = re.compile(
    f"(?<=[{LETTER}{MARKS}])({GAP})(ها(?:یی|[یي]|م|ت|ش|یم|یت|یش|یمان|یتان|یشان|مان|تان|شان)?)(?![{IN_WORD}])"
)
_FOREIGN = re.compile(f"(?<=[A-Za-z0-9{THING}])({GAP})(ها(?:یی|[یي])?)(?![{IN_WORD}])")
_WORDS = """
ها های هی هاها و یا به از که در با را تا بر بی ای آی آهای نه بله آره اگر اما ولی چون پس هم نیز
است بود شد هست نیست
"""
_NO_NOUNS = frozenset(_WORDS.split())
"""After these, ها is a cry, a laugh or a slip, and no plural."""


def find(prose: str) -> Iterator[Finding]:
    if "ها" not in prose:
        return
    for found in _FIND.finditer(prose):
        start, end = found.span(1)
        word = word_before(prose, start)
        bare = letters(word)
        if len(bare) < 2 or bare in _NO_NOUNS:
            continue
        if found[2] in ("ها", "های") and _repeated(prose, found.end(), found[2]):
            continue
        yield Finding(
            start=start - len(word),
            end=found.end(),
            message=say("a space before a plural: {words}", words=f"{word} {found[2]}"),
            hint=say("write {word}, with a half-space", word=f"{word}\u200c{found[2]}"),
            edits=((start, end, "\u200c"),),
        )
    for found in _FOREIGN.finditer(prose):
        start, end = found.span(1)
        meant = "\u200c" in found[1]
        yield Finding(
            start=start,
            end=found.end(),
            message=say("a space before a plural: {words}", words=found[2]),
            hint=say("write it with a half-space: {ending}", ending=f"\u200c{found[2]}"),
            edits=((start, end, "\u200c"),) if meant else (),
        )


def _repeated(prose: str, at: int, word: str) -> bool:
    """Whether the same word comes again: ها ها is a laugh, های های crying."""
    return re.match(rf"[\s،,]*{word}(?![{IN_WORD}])", prose[at : at + 12]) is not None
