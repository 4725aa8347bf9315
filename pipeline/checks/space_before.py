"""A space before a sign that follows its word: «سلام ؟», and inside « » and ( )."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import LETTER, MARKS, SPACE
from pipeline.checks.prose import MARK, THING
from pipeline.speech import say

_FIND = re.compile(f"(?<!{SPACE}){SPACE}++(?=[،؛؟.:!»)])|(?<=[«(]){SPACE}++")
_ENDS = re.compile(rf"[\s»)\]{MARK}]|\Z")
_LETTER = re.compile(f"[{LETTER}{MARKS}]")
_BEFORE_OWN = f"\u200c»)]{MARK}{THING}"


def _wrong(prose: str, start: int, end: int) -> bool:
    before, sign = prose[start - 1 : start] if start else "", prose[end : end + 1]
    worded = _LETTER.match(before) is not None
    if sign in "،؛؟" and sign:
        return bool(before) and (worded or before in _BEFORE_OWN)
    if prose.startswith((":)", ":("), end):
        return False  # a smile
    if sign in ".:!" and sign:
        return (worded or before == "»") and _ENDS.match(prose, end + 1) is not None
    if sign == "»":
        return worded or (bool(before) and before in "!؟.…")
    if sign == ")":
        return worded
    return _LETTER.match(sign) is not None


def find(prose: str) -> Iterator[Finding]:
    for found in _FIND.finditer(prose):
        start, end = found.span()
        if not _wrong(prose, start, end):
            continue
        sign = prose[end : end + 1]
        if sign in "،؛؟.:!»)":
            message = say("a space before {sign}", sign=sign)
        else:
            message = say("a space after {sign}", sign=prose[start - 1])
        yield Finding(
            start=start,
            end=end,
            message=message,
            hint=say("remove it"),
            edits=((start, end, ""),),
        )
