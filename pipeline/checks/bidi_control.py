"""Embeddings, overrides and isolates without their other half, in text and in code."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bidi import stray_controls
from pipeline.checks.finding import Finding
from pipeline.checks.prose import MARK, THING
from pipeline.speech import say


def find(text: str, prose: str) -> Iterator[Finding]:
    if text.isascii():
        return
    for at in stray_controls(text):
        words = prose[at] not in (MARK, THING)
        yield Finding(
            start=at,
            end=at + 1,
            message=say("the direction control {code} has no other half, or overrides", code=f"U+{ord(text[at]):04X}"),
            hint=say("remove it: directions are isolated for you"),
            edits=((at, at + 1, ""),) if words else (),
        )
