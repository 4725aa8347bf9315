"""تر and ترین parted from their adjective by a space: بزرگ تر is بزرگ‌تر.

«تر» is wet as well: it is mended after an adjective that is known, and ترین after any
word; after other words it is a suggestion, and after what gets wet nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import ADJECTIVES, GAP, LETTER, MARKS, letters, word_before
from pipeline.speech import say

_FIND = re.compile(f"(?<=[{LETTER}{MARKS}])({GAP})(تر(?:ین)?(?:[یي]|ها|هایی|های)?)(?![{LETTER}{MARKS}])")
_WET_WORDS = """
چشم چشمان چشمش چشمی دیده دیدگان مژه مژگان گونه لب لبان دامن دامان مو موی موهای هوا هوای خاک زمین
علف گل برگ سبزه چوب هیزم دست دستان دستمال حوله لباس پارچه پیراهن میوه شاخه نان خشک و یا از با به
که در را این آن یک چه هر جامه کف کفش سنگ راه کوچه خیابان باران نم جمله حرف شعر
"""
_WET = frozenset(_WET_WORDS.split())


def find(prose: str) -> Iterator[Finding]:
    if "تر" not in prose:
        return
    for found in _FIND.finditer(prose):
        start, end = found.span(1)
        word = word_before(prose, start)
        bare = letters(word)
        known = word in ADJECTIVES or bare in ADJECTIVES
        most = found[2].startswith("ترین")
        if not known and (len(bare) < 3 or bare in _WET):
            continue
        yield Finding(
            start=start - len(word),
            end=found.end(),
            message=say("a space in a comparison: {words}", words=f"{word} {found[2]}"),
            hint=say("write {word}, with a half-space", word=f"{word}\u200c{found[2]}"),
            edits=((start, end, "\u200c"),) if known or most else (),
        )
