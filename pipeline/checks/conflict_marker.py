"""What git leaves where two sides changed the same lines; in code blocks it may be meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pipeline.checks.finding import Finding
from pipeline.speech import say

_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7}) [^\r\n]*", re.MULTILINE)


def find(text: str, code: Callable[[], Sequence[tuple[int, int]]] = list) -> Iterator[Finding]:
    """`code` gives the spans of code blocks."""
    if "<<<<<<< " not in text and ">>>>>>> " not in text:
        return
    spans = code()
    inside = False
    for found in _MARKER.finditer(text):
        if any(start <= found.start() < end for start, end in spans):
            continue
        opens = found[0][0] == "<"
        if inside and not opens:  # one problem a conflict, where it begins
            inside = found[0][0] != ">"
            continue
        inside = opens
        if found[0][0] == "|":
            continue
        yield Finding(
            start=found.start(),
            end=found.end(),
            message=say("an unresolved merge conflict"),
            hint=say("keep one side and delete the lines <<<<<<<, =======, >>>>>>>"),
        )
