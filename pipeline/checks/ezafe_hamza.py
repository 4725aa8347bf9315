"""A style: the ezafe after ه is a hamza, خانهٔ ما and not خانه‌ی ما. Off unless asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import IN_WORD, LETTER, word_before
from pipeline.speech import say

_FIND = re.compile(f"(?<=[{LETTER}]ه)\u200c[یي](?![{IN_WORD}])")


def find(prose: str) -> Iterator[Finding]:
    for found in _FIND.finditer(prose):
        word = word_before(prose, found.start())
        yield Finding(
            start=found.start() - len(word),
            end=found.end(),
            message=say("the ezafe is written with ی: {word}", word=f"{word}\u200cی"),
            hint=say("write {words}", words=f"{word}\u0654"),
            edits=((found.start(), found.end(), "\u0654"),),
        )
