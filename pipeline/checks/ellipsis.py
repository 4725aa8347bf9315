"""Three dots for … beside Persian words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import LETTER, MARKS
from pipeline.checks.prose import MARK
from pipeline.speech import say

_FIND = re.compile(r"(?<![.…])\.\.\.(?![.…])")
_BEFORE = re.compile(rf"[{LETTER}{MARKS}»،][ \u00a0{MARK}]*\Z")
_AFTER = re.compile(rf"[ \u00a0{MARK}]*[{LETTER}«،؛؟]")


def find(prose: str) -> Iterator[Finding]:
    if "..." not in prose:
        return
    for found in _FIND.finditer(prose):
        start, end = found.span()
        if _BEFORE.search(prose, max(0, start - 12), start) or _AFTER.match(prose, end):
            yield Finding(
                start=start,
                end=end,
                message=say("three dots"),
                hint=say("write … (U+2026)"),
                edits=((start, end, "…"),),
            )
