"""Code spans are those of the original: code is not translated."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks import Finding
from pipeline.checks.pair import Pair, compare


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.codes and not pair.target.codes:
        return
    lacking, extra = compare(pair.source.codes, pair.target.codes)
    for part in extra:
        instead = lacking.pop(0) if len(lacking) == len(extra) == 1 else ""
        yield Finding(
            start=part.start,
            end=part.end,
            message=f"`{part.value}` is code here"
            + (f"; in the original it is `{instead}`" if instead else ", and not in the original"),
            hint=_hint(part.value, instead),
        )
    for value in lacking:
        yield Finding(
            start=0, end=0, message=f"the code `{value}` is missing", hint="write it as it is, in backticks"
        )


def _hint(value: str, instead: str) -> str:
    hidden = [character for character in value if not character.isprintable()]
    if hidden:
        return f"there is an invisible character in it: U+{ord(hidden[0]):04X}"
    return f"write `{instead}`" if instead else "remove the backticks"
