"""«خانه ی ما»: a ی on its own is no word; it is خانهٔ ما or خانه‌ی ما, as the site likes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import GAP, IN_WORD, LETTER, word_before
from pipeline.speech import say

_FIND = re.compile(f"(?<=[{LETTER}]ه){GAP}[یي](?![{IN_WORD}])")


def find(prose: str) -> Iterator[Finding]:
    if "ه" not in prose:
        return
    for found in _FIND.finditer(prose):
        word = word_before(prose, found.start())
        yield Finding(
            start=found.start() - len(word),
            end=found.end(),
            message=say("a space before ی: {words}", words=f"{word} ی"),
            hint=say("write {one} or {other}", one=f"{word}\u0654", other=f"{word}\u200cی"),
        )
