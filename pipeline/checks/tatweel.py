"""Tatweel inside a word: صـــلح. At a word's edge it shows a letter's form: هـ, ـها."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import LETTER, MARKS
from pipeline.speech import say

_FIND = re.compile(f"(?<=[{LETTER}{MARKS}])\u0640+(?=[{LETTER}])")


def find(prose: str) -> Iterator[Finding]:
    if "\u0640" not in prose:
        return
    for found in _FIND.finditer(prose):
        start, end = found.span()
        yield Finding(
            start=start,
            end=end,
            message=say("a stretched word: tatweel (U+0640)"),
            hint=say("remove it: searches do not find the word"),
            edits=((start, end, ""),),
        )
