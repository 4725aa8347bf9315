"""A space before a sign that follows its word: «سلام ؟», and inside « » and ( )."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks import Finding
from pipeline.checks.persian import LETTER, MARKS, SPACE
from pipeline.checks.prose import MARK, THING

_FIND = re.compile(
    rf"""(?<=[{LETTER}{MARKS}\u200c»)\]{MARK}{THING}])({SPACE}+)(?=[،؛؟])
       | (?<=[{LETTER}{MARKS}»])({SPACE}+)(?=[.:!](?:[\s»)\]{MARK}]|\Z))
       | (?<=[{LETTER}{MARKS}!؟.…])({SPACE}+)(?=»)
       | (?<=«)({SPACE}+)(?=[{LETTER}])
       | (?<=[{LETTER}{MARKS}])({SPACE}+)(?=\))
       | (?<=\()({SPACE}+)(?=[{LETTER}])""",
    re.VERBOSE,
)


def find(prose: str) -> Iterator[Finding]:
    for found in _FIND.finditer(prose):
        start, end = found.span()
        sign = prose[end : end + 1]
        if sign in "،؛؟.:!»)":
            message = f"a space before {sign}"
        else:
            message = f"a space after {prose[start - 1]}"
        yield Finding(
            start=start,
            end=end,
            message=message,
            hint="remove it",
            edits=((start, end, ""),),
        )
