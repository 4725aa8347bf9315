"""A style: the ezafe after ه is a ی, خانه‌ی ما and not خانهٔ ما. Off unless asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import IN_WORD, LETTER, word_before
from pipeline.speech import say

_FIND = re.compile(f"(?<=[{LETTER}]ه)\u0654(?![{IN_WORD}])|(?<=[{LETTER}])\u06c0(?![{IN_WORD}])")


def find(prose: str) -> Iterator[Finding]:
    for found in _FIND.finditer(prose):
        start, end = found.span()
        word = word_before(prose, start)
        plain = "\u200cی" if found[0] == "\u0654" else "ه\u200cی"
        yield Finding(
            start=start - len(word),
            end=end,
            message=say("the ezafe is written with a hamza: {word}", word=f"{word}{found[0]}"),
            hint=say("write {words}", words=f"{word}{plain}"),
            edits=((start, end, plain),),
        )
