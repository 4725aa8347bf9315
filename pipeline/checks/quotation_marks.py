'''"…" around Persian words, where Persian has «…».

Only whole pairs, of which nothing is inside one another. English quotations, inches and
what stands around code keep theirs.
'''

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.persian import LETTER
from pipeline.checks.prose import MARK
from pipeline.speech import say

_STRAIGHT = re.compile(f'(?<![^\\s(«\\[{MARK}،؛:/\u200f\u200e\u2013\u2014-])"([^"«»“”„\\n]+)"(?![A-Za-z0-9])')
_CURLY = re.compile(f"(?<![^\\s(«\\[{MARK}،؛:/\u200f\u200e\u2013\u2014-])[“”„]([^\"«»“”„\\n]+)[”“](?![A-Za-z0-9])")
_PERSIAN = re.compile(f"[{LETTER}]")
_LATIN = re.compile("[A-Za-z]")


def find(prose: str) -> Iterator[Finding]:
    if '"' in prose and prose.count('"') % 2 == 0:
        yield from _find(prose, _STRAIGHT)
    if "”" in prose or "“" in prose:
        yield from _find(prose, _CURLY)


def _find(prose: str, pattern: re.Pattern[str]) -> Iterator[Finding]:
    depth = counted = 0
    for found in pattern.finditer(prose):
        inside = found[1]
        persian, latin = len(_PERSIAN.findall(inside)), len(_LATIN.findall(inside))
        if not persian or persian < latin or inside[0].isspace() or inside[-1].isspace():
            continue
        start, end = found.span()
        depth += prose.count("«", counted, start) - prose.count("»", counted, start)
        counted = start
        if depth > 0:
            continue  # a quotation in a quotation
        yield Finding(
            start=start,
            end=end,
            message=say("{marks} around Persian words", marks=f"{found[0][0]}…{found[0][-1]}"),
            hint=say("write «…»"),
            edits=((start, start + 1, "«"), (end - 1, end, "»")),
        )
