"""The images are those of the original, or their counterparts in the other language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pipeline.checks.finding import Finding
from pipeline.checks.links import same_abroad
from pipeline.checks.pair import Pair, compare, without_twins
from pipeline.speech import say


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.images and not pair.target.images:
        return
    lacking, extra = compare(pair.source.images, pair.target.images)
    lacking, extra = without_twins(lacking, extra, partial(_localised, languages=pair.languages))
    for part in extra:
        yield Finding(
            start=part.start,
            end=part.end,
            message=say("the image `{address}`, which the original has not", address=part.value),
            hint=say("is it `{address}`?", address=lacking[0]) if lacking else say("remove it"),
        )
    for address in lacking:
        yield Finding(
            start=0,
            end=0,
            message=say("the image `{address}` is missing", address=address),
            hint=say("put it in: {image}", image=f"![…]({address})"),
        )


def _localised(address: str, other: str, languages: tuple[str, str]) -> bool:
    """Whether `menu.fa.png` or `menu-fa.png` stands for `menu.png` or `menu.en.png`."""
    if same_abroad(address, other, languages):
        return True
    stems = []
    for path, tag in zip((address, other), languages, strict=True):
        stem, _, suffix = path.rpartition(".")
        stems.append((stem.removesuffix(f".{tag}").removesuffix(f"-{tag}").removesuffix(f"_{tag}"), suffix))
    return stems[0] == stems[1]
