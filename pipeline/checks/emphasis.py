"""Delimiters of emphasis that came out as text, as in `**«کتاب»**‌ها`.

Markdown takes a closing `**` for one only if no letter follows where punctuation stands
before it. That an original uses more or less emphasis says nothing: Persian has no italics.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks import Finding
from pipeline.checks.pair import Pair, compare

_QUOTES = "»”\"')]؟?!.،؛"


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.target.loose:
        return
    _, extra = compare(pair.source.loose, pair.target.loose)
    text = pair.msgstr
    past = -1
    for number, part in enumerate(extra):
        if part.start <= past:
            continue
        past = part.end
        for other in extra[number + 1 :]:  # ** is two
            if other.start == past and other.value == part.value:
                past = other.end
        sign = text[part.start : past]
        yield Finding(
            start=part.start,
            end=past,
            message=f"{sign} came out as text",
            hint=_hint(text, part.start, past, sign),
        )


def _hint(text: str, start: int, end: int, sign: str) -> str:
    before, after = text[start - 1 : start], text[end : end + 1]
    if before and before in _QUOTES and after and not after.isspace():
        return f"put the {sign} inside the quotation marks, as in «{sign}کتاب{sign}»\u200cها"
    partner = text.rfind(sign, 0, start) if text.count(sign) > 1 else -1
    following = text.find(sign, end)
    if partner < 0 and following >= 0:
        closing = text[following - 1 : following], text[following + len(sign) : following + len(sign) + 1]
        if closing[0] in _QUOTES and closing[1] and not closing[1].isspace():
            return f"put the {sign} inside the quotation marks, as in «{sign}کتاب{sign}»\u200cها"
    if sign[0] == "_":
        return f"write {'*' * len(sign)}: _ is none before or after a letter"
    return f"close it, with no space inside; for the sign itself write \\{sign[0]}"
