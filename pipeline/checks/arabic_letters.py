"""Arabic ي and ك in Persian words, and ة, for which the author has to choose ه or ت.

In a quotation in Arabic they are right, and in names that keep its article: دائرة‌المعارف.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import in_arabic
from pipeline.speech import say

_FIND = re.compile("[\u064a\u0643]+|\u0629(?![\u200c ]*ال)")
_PERSIAN = str.maketrans({"\u064a": "ی", "\u0643": "ک"})


def find(prose: str) -> Iterator[Finding]:
    if "\u064a" not in prose and "\u0643" not in prose and "\u0629" not in prose:
        return
    for found in _FIND.finditer(prose):
        start, end = found.span()
        if in_arabic(prose, start, end):
            continue
        if found[0] == "\u0629":
            yield Finding(
                start=start,
                end=end,
                message=say("the Arabic letter {letter} ({code})", letter="ة", code="U+0629"),
                hint=say("write ه or ت, as the word is read"),
            )
        else:
            plain = found[0].translate(_PERSIAN)
            code = f"U+{ord(found[0][0]):04X}"
            yield Finding(
                start=start,
                end=end,
                message=say("the Arabic letter {letter} ({code})", letter=found[0][0], code=code),
                hint=say("write the Persian {letters}", letters=plain[0]),
                edits=((start, end, plain),),
            )
