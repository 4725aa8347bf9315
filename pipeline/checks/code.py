"""Code spans are those of the original: code is not translated."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare, partners
from pipeline.speech import say

_MOST = 10_000_000
"""Characters to look through for words that should or may be code; nobody reads so much."""


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.codes and not pair.target.codes:
        return
    lacking, extra = compare(pair.source.codes, pair.target.codes)
    instead_of, lacking = partners(extra, lacking)
    source, target = pair.source.prose, pair.target.prose
    if (len(lacking) + len(extra)) * (len(source) + len(target)) > _MOST:
        source = target = ""
    for part, instead in zip(extra, instead_of, strict=True):
        hidden = [character for character in part.value if not character.isprintable()]
        if not instead and not hidden and part.value in source:
            continue  # a word of the original set as code, as for its direction
        hint = say("write `{instead}`", instead=instead) if instead else say("remove the backticks")
        if hidden:
            hint = say("there is an invisible character in it: {code}", code=f"U+{ord(hidden[0]):04X}")
        yield Finding(
            start=part.start,
            end=part.end,
            message=say("`{code}` is code here; in the original it is `{instead}`", code=part.value, instead=instead)
            if instead
            else say("`{code}` is code here, and not in the original", code=part.value),
            hint=hint,
        )
    for value in lacking:
        at = target.find(value)
        yield Finding(
            start=max(at, 0),
            end=at + len(value) if at >= 0 else 0,
            message=say("`{code}` is not code here, as it is in the original", code=value)
            if at >= 0
            else say("the code `{code}` is missing", code=value),
            hint=say("put it in backticks") if at >= 0 else say("write it as it is, in backticks"),
        )
