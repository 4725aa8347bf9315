"""Delimiters of emphasis that came out as text, as in `**«کتاب»**‌ها`.

Markdown takes a closing `**` for one only if no letter follows where punctuation stands
before it. That an original uses more or less emphasis says nothing: Persian has no italics.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare
from pipeline.speech import say

_QUOTES = "»”\"')]؟?!.،؛"


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.target.loose:
        return
    _, extra = compare(pair.source.loose, pair.target.loose)
    text = pair.msgstr
    runs: list[tuple[int, int]] = []
    for part in extra:  # ** is two
        if runs and runs[-1][1] == part.start and text[runs[-1][0]] == part.value:
            runs[-1] = (runs[-1][0], part.end)
        else:
            runs.append((part.start, part.end))
    waiting: tuple[int, int] | None = None
    for start, end in runs:
        sign = text[start:end]
        if waiting is not None and text[slice(*waiting)] == sign:  # one problem a pair
            guilty = (start, end) if _quoted(text, start, end) else waiting
            yield _finding(text, *guilty)
            waiting = None
            continue
        if waiting is not None:
            yield _finding(text, *waiting)
        waiting = (start, end)
    if waiting is not None:
        yield _finding(text, *waiting)


def _finding(text: str, start: int, end: int) -> Finding:
    sign = text[start:end]
    return Finding(
        start=start, end=end, message=say("{sign} came out as text", sign=sign), hint=_hint(text, start, end, sign)
    )


def _quoted(text: str, start: int, end: int) -> bool:
    """Whether punctuation stands before, and a letter after: no end for Markdown."""
    after = text[end : end + 1]
    return text[start - 1 : start] in _QUOTES and bool(after) and not after.isspace()


def _hint(text: str, start: int, end: int, sign: str) -> str:
    if start and _quoted(text, start, end):
        return say(
            "put the {sign} inside the quotation marks, as in {example}",
            sign=sign, example=f"«{sign}کتاب{sign}»\u200cها",
        )  # fmt: skip
    if sign[0] == "_":
        return say("write {sign}: _ is none before or after a letter", sign="*" * len(sign))
    return say("close it, with no space inside; for the sign itself write {escaped}", escaped=f"\\{sign[0]}")
