"""HTML tags that the original lacks: they are shown as text, and never are markup."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare
from pipeline.speech import say


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.target.tags:
        return
    _, extra = compare(pair.source.tags, pair.target.tags)
    told: set[str] = set()
    for part in extra:
        name = part.value.strip("</>").split()[0].lower() if part.value.strip("</>").split() else ""
        if part.value.startswith("<!--") or name in told:
            continue  # once a message
        told.add(name)
        isolates = name in ("span", "bdi", "bdo") and "dir" in part.value
        yield Finding(
            start=part.start,
            end=part.end,
            message=say("the tag {tag}, which the original has not, is no markup here", tag=part.value),
            hint=say("write the words alone: directions are isolated for you")
            if isolates
            else say("write it in Markdown, or as code between backticks"),
        )
