"""A message and its translation, as the rules of translations look at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.checks.prose import Inline, Part
from pipeline.glossary import Glossary


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One msgid and one msgstr (of a plural entry: one form).

    `kind` is what the block is, as the `#.` comment says it; `languages` are the tags of
    the original and of the translation. `plural` is the msgid_plural.
    """

    msgid: str
    msgstr: str
    source: Inline
    target: Inline
    kind: str = "paragraph"
    plural: str | None = None
    languages: tuple[str, str] = ("", "")
    glossary: Glossary | None = None


def compare(source: Sequence[Part], target: Sequence[Part]) -> tuple[list[str], list[Part]]:
    """What the translation lacks, and what it has too much: as multisets."""
    if [part.value for part in source] == [part.value for part in target]:
        return [], []
    wanted = Counter(part.value for part in source)
    extra = []
    for part in target:
        if wanted[part.value] > 0:
            wanted[part.value] -= 1
        else:
            extra.append(part)
    return list(wanted.elements()), extra


def partner(value: str, lacking: list[str], *, lone: bool = False) -> str:
    """What of the original a wrong value stands for, taken out of `lacking`; or nothing.

    `lone`: it is the only wrong one, so that a lone lacking one is its partner.
    """
    from difflib import get_close_matches  # for findings only

    near = get_close_matches(value, lacking, n=1)
    if not near and lone and len(lacking) == 1:
        near = list(lacking)
    if not near:
        return ""
    lacking.remove(near[0])
    return near[0]
