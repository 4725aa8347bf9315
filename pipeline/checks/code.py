"""Code spans are those of the original: code is not translated."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare, partner


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.codes and not pair.target.codes:
        return
    lacking, extra = compare(pair.source.codes, pair.target.codes)
    for part in extra:
        hidden = [character for character in part.value if not character.isprintable()]
        instead = partner(part.value, lacking)
        if not instead and not hidden and part.value in pair.source.prose:
            continue  # a word of the original set as code, as for its direction
        hint = f"write `{instead}`" if instead else "remove the backticks"
        if hidden:
            hint = f"there is an invisible character in it: U+{ord(hidden[0]):04X}"
        yield Finding(
            start=part.start,
            end=part.end,
            message=f"`{part.value}` is code here"
            + (f"; in the original it is `{instead}`" if instead else ", and not in the original"),
            hint=hint,
        )
    for value in lacking:
        at = pair.target.prose.find(value)
        yield Finding(
            start=max(at, 0),
            end=at + len(value) if at >= 0 else 0,
            message=f"`{value}` is not code here, as it is in the original"
            if at >= 0
            else f"the code `{value}` is missing",
            hint="put it in backticks" if at >= 0 else "write it as it is, in backticks",
        )
