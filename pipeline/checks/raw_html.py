"""HTML tags that the original lacks: they are shown as text, and never are markup."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks import Finding
from pipeline.checks.pair import Pair, compare


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.target.tags:
        return
    _, extra = compare(pair.source.tags, pair.target.tags)
    for part in extra:
        if part.value.startswith("<!--"):
            continue
        yield Finding(
            start=part.start,
            end=part.end,
            message=f"the tag {part.value} is shown as text: the original has none such",
            hint="write it in Markdown, or as code between backticks",
        )
