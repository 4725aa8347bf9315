"""می and نمی parted from their verb by a space: می رود is می‌رود.

Only before a known form of a verb, for می is wine as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import GAP, IN_WORD, LETTER, MARKS, letters, verb_forms
from pipeline.speech import say

_FIND = re.compile(
    f"(?<![{IN_WORD}])ن?م[یي]({GAP})(?=([{LETTER}][{LETTER}{MARKS}]+)(?![{LETTER}{MARKS}\u0640]))"
)


def find(prose: str) -> Iterator[Finding]:
    if "م" not in prose:
        return
    for found in _FIND.finditer(prose):
        if letters(found[2]) not in verb_forms():
            continue
        start, end = found.span(1)
        first = found[0][: start - found.start()]
        yield Finding(
            start=found.start(),
            end=found.end(2),
            message=say("a space in a verb: {words}", words=f"{first} {found[2]}"),
            hint=say("write {word}, with a half-space", word=f"{first}\u200c{found[2]}"),
            edits=((start, end, "\u200c"),),
        )
