"""Persian and Latin digits in one number: ۲۰2۴. In `v1.۲` and the like nobody can know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.speech import say

_FIND = re.compile("(?<![0-9\u06f0-\u06f9A-Za-z_])(?:[0-9]+[\u06f0-\u06f9]|[\u06f0-\u06f9]+[0-9])[0-9\u06f0-\u06f9]*(?![A-Za-z_])")
_MIXED = re.compile("[0-9][\u06f0-\u06f9]|[\u06f0-\u06f9][0-9]")
_PERSIAN = {0x30 + digit: chr(0x06F0 + digit) for digit in range(10)}


def find(prose: str) -> Iterator[Finding]:
    if _MIXED.search(prose) is None:
        return
    for found in _FIND.finditer(prose):
        start, end = found.span()
        plain = found[0].translate(_PERSIAN)
        yield Finding(
            start=start,
            end=end,
            message=say("two kinds of digits in one number: {number}", number=found[0]),
            hint=say("write {words}", words=plain),
            edits=((start, end, plain),),
        )
