"""Mending a text: the safe edits of rules, again and again until they find no more.

Edits are made in the text and in its prose alike, so that a text is read once. They touch
words only; whether the markup came through is for the caller to see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from pipeline.checks import Finding

Finder = tuple[str, Callable[[str, str], Iterable[Finding]]]
"""A rule's name, and what it finds in a text and its prose."""

_ROUNDS = 20


def mend(text: str, prose: str, finders: Sequence[Finder]) -> tuple[str, str, Counter[str]]:
    """The text and its prose with all that can be mended safely, and how often per rule."""
    done: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        changed = False
        for name, find in finders:
            chosen, edits = _choose(find(text, prose))
            if edits:
                text, prose = edit(text, edits), edit(prose, edits)
                done[name] += chosen
                changed = True
        if not changed:
            break
    return text, prose, done


def _choose(findings: Iterable[Finding]) -> tuple[int, list[tuple[int, int, str]]]:
    """The edits of findings, those left out that meet earlier ones."""
    chosen: list[tuple[int, int, str]] = []
    count = 0
    for found in findings:
        if found.edits and all(_free(one, chosen) for one in found.edits):
            chosen.extend(found.edits)
            count += 1
    return count, chosen


def _free(one: tuple[int, int, str], taken: list[tuple[int, int, str]]) -> bool:
    return all(one[1] < start or end < one[0] for start, end, _ in taken)


def edit(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """The text with replacements (start, end, new) that do not meet."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
