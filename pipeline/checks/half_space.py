"""Half-spaces (ZWNJ) where they do nothing: twice, or at a word's edge.

Beside quotation marks, brackets and hyphens they may be meant («می‌», «‌ها»), and beside
code, links and emphasis they join: those stay. Where a space stands beside one, and what
follows is never a word of its own, the space goes. A zero-width space (U+200B) and the ¬
of old word processors are taken for half-spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import IN_WORD, LETTER, MARKS, SPACE, spaces_before
from pipeline.checks.prose import MARK
from pipeline.speech import say

_JOINERS = "\u200c\u200b"
_RUN = re.compile(f"[{_JOINERS}]+|\u00ac")
_EDGE_BEFORE = re.compile(rf"(?:^|[\s،؛؟.,:!?…]){MARK}*\Z")
_EDGE_AFTER = re.compile(rf"{MARK}*(?:[\s،؛؟.,:!?…]|\Z)")
_SECOND_PARTS = """
اندازی سازی گذاری بندی گیری دهی یابی نویسی سنجی شناسی پذیر پذیری ناپذیر کننده کنندگان دهنده دهندگان
شونده گرا گرایی وزن سایت مراتب مند مندی گانه اند ام ایم اید
"""
_SECOND = frozenset(_SECOND_PARTS.split())
_JOINED = re.compile(f"(?:[{_JOINERS}]+{SPACE}+|{SPACE}+[{_JOINERS}]+)[{_JOINERS}]*([{LETTER}]+)(?![{IN_WORD}])")


def find(prose: str) -> Iterator[Finding]:
    if prose.isascii():
        return
    for found in _RUN.finditer(prose):
        run = found[0]
        start, end = found.span()
        if run == "\u200c" and prose[start - 1 : start].isalpha() and prose[end : end + 1].isalpha():
            continue  # as it should be
        if run == "\u00ac" and not (prose[start - 1 : start].isalpha() and prose[end : end + 1].isalpha()):
            continue  # the sign for "not"
        begin = spaces_before(prose, start)
        part = _JOINED.match(prose, begin)
        if part is not None and part[1] in _SECOND and prose[begin - 1 : begin].isalpha():
            start, end = begin, part.start(1)
            plain, message = "\u200c", say("a half-space and a space inside a word")
        elif _EDGE_AFTER.match(prose, end) or _EDGE_BEFORE.search(prose, max(0, start - 8), start):
            plain, message = "", say("a half-space at the edge of a word")
        elif run == "\u200c":
            continue
        elif len(run) > 1:
            plain, message = "\u200c", say("a half-space twice")
        elif not (_is_letter(prose[start - 1 : start]) and _is_letter(prose[end : end + 1])):
            continue
        else:
            plain, message = "\u200c", say("{code} in place of a half-space", code=f"U+{ord(run):04X}")
        yield Finding(
            start=start,
            end=end,
            message=message,
            hint=_hint(prose, start, end) if not plain else say("one half-space (ZWNJ, U+200C) is enough"),
            edits=((start, end, plain),),
        )


def _hint(prose: str, start: int, end: int) -> str:
    """Beside a space between two words, one of the two is too much."""
    before, after = spaces_before(prose, start), end
    while prose[after : after + 1] in (" ", "\u00a0"):
        after += 1
    between = before < start or after > end
    if between and _is_letter(prose[before - 1 : before]) and _is_letter(prose[after : after + 1]):
        return say("remove it, or the space beside it")
    return say("remove it")


def _is_letter(character: str) -> bool:
    return bool(character) and re.match(f"[{LETTER}{MARKS}]", character) is not None
