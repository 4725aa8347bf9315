"""`, ; ?` where a Persian sentence wants ، ؛ ؟.

A sign belongs to the words before it; a comma after a Latin word or code belongs to the
Persian sentence where that goes on behind it. Numbers, addresses and English runs keep
theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import DIGIT, LETTER, MARKS, after, before, spaces_before
from pipeline.checks.prose import MARK, THING
from pipeline.speech import say

_FIND = re.compile("[,;?]")
_PERSIAN = {",": "،", ";": "؛", "?": "؟"}
_WORD = re.compile(f"[{LETTER}{MARKS}]")
_WORD_OR_NUMBER = re.compile(f"[{LETTER}{MARKS}{DIGIT}]")
_FOREIGN = re.compile(f"[A-Za-z0-9{THING}]")
_ENDS = re.compile(rf"[\s{MARK}]|\Z")
_CLOSES = re.compile(rf"[\s{MARK}»)\]\"”'!?؟.…]|\Z")


def find(prose: str) -> Iterator[Finding]:
    if "," not in prose and ";" not in prose and "?" not in prose:
        return
    for found in _FIND.finditer(prose):
        sign, at = found[0], found.start()
        if not _wrong(prose, sign, at):
            continue
        plain = _PERSIAN[sign]
        yield Finding(
            start=at,
            end=at + 1,
            message=say("a Latin {sign} in Persian text", sign=sign),
            hint=say("write {words}", words=plain),
            edits=((at, at + 1, plain),),
        )


def _wrong(prose: str, sign: str, at: int) -> bool:
    left, right = before(prose, at), prose[at + 1 : at + 2]
    if sign == "?":
        return bool(_WORD.match(left) and _CLOSES.match(right))
    if sign == ";":
        return bool(_WORD.match(left) and (_ENDS.match(right) or _WORD.match(right)))
    if left and left in " \t\u00a0":
        left = before(prose, spaces_before(prose, at, " \t\u00a0"))
    if _WORD.match(right):
        return bool(_WORD.match(left) or _FOREIGN.match(left))
    if not _ENDS.match(right):
        return False
    if _WORD_OR_NUMBER.match(left):
        return True
    return bool(_FOREIGN.match(left) and _WORD.match(after(prose, at + 1)))
