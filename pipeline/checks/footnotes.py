"""Footnotes are called where the original calls them, each as often."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare
from pipeline.speech import say


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.footnotes and not pair.target.footnotes:
        return
    lacking, extra = compare(pair.source.footnotes, pair.target.footnotes)
    for part in extra:
        yield Finding(
            start=part.start,
            end=part.end,
            message=say("the footnote {mark}, which the original has not here", mark=f"[^{part.value}]"),
            hint=say("is it {mark}?", mark=f"[^{lacking[0]}]") if lacking else say("remove it"),
        )
    for label in lacking:
        yield Finding(
            start=0, end=0, message=say("the footnote {mark} is missing", mark=f"[^{label}]"), hint=say("put in {mark}", mark=f"[^{label}]")
        )
