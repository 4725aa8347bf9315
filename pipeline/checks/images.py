"""The images are those of the original, or their counterparts in the other language."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.links import same_abroad
from pipeline.checks.pair import Pair, compare


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.images and not pair.target.images:
        return
    lacking, extra = compare(pair.source.images, pair.target.images)
    for part in list(extra):
        twin = next((one for one in lacking if _localised(one, part.value, pair.languages)), None)
        if twin is not None:
            lacking.remove(twin)
            extra.remove(part)
    for part in extra:
        yield Finding(
            start=part.start,
            end=part.end,
            message=f"the image `{part.value}`, which the original has not",
            hint=f"is it `{lacking[0]}`?" if lacking else "remove it",
        )
    for address in lacking:
        yield Finding(
            start=0,
            end=0,
            message=f"the image `{address}` is missing",
            hint=f"put it in: ![…]({address})",
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
