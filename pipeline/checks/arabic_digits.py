"""Arabic digits ٤٥٦ (U+0660 and on), which look like Persian ones but for three."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import in_arabic
from pipeline.speech import say

_FIND = re.compile("[\u0660-\u0669]+")
_PERSIAN = {0x0660 + digit: chr(0x06F0 + digit) for digit in range(10)}


def find(prose: str) -> Iterator[Finding]:
    if prose.isascii():
        return
    for found in _FIND.finditer(prose):
        start, end = found.span()
        if in_arabic(prose, start, end):
            continue
        plain = found[0].translate(_PERSIAN)
        yield Finding(
            start=start,
            end=end,
            message=say("Arabic digits: {digits} ({code})", digits=found[0], code=f"U+{ord(found[0][0]):04X}"),
            hint=say("write the Persian {letters}", letters=plain),
            edits=((start, end, plain),),
        )
