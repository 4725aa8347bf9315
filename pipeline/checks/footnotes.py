"""Footnotes are called where the original calls them, each as often."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.footnotes and not pair.target.footnotes:
        return
    lacking, extra = compare(pair.source.footnotes, pair.target.footnotes)
    for part in extra:
        yield Finding(
            start=part.start,
            end=part.end,
            message=f"the footnote [^{part.value}], which the original has not here",
            hint=f"is it [^{lacking[0]}]?" if lacking else "remove it",
        )
    for label in lacking:
        yield Finding(
            start=0, end=0, message=f"the footnote [^{label}] is missing", hint=f"put in [^{label}]"
        )
