"""Mending a text: the safe edits of rules, again and again until they find no more.

Edits are made in the text and in its prose alike, and touch words only. A mended text is
read again, and where its markup came out different, the edits that did it are not made.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from pipeline.checks.finding import Finding
from pipeline.checks.prose import Inline

Finder = tuple[str, Callable[[str, str], Iterable[Finding]]]
"""A rule's name, and what it finds in a text and its prose."""

_ROUNDS = 20
_MOST_WORK = 200_000
"""Characters to read again, edit by edit: a text with more is left for its author."""


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
    """The edits of findings in their order, those left out that meet earlier ones."""
    chosen: list[tuple[int, int, str]] = []
    count = 0
    for found in findings:
        if found.edits and all(_free(one, chosen) for one in found.edits):
            for one in found.edits:
                insort(chosen, one)
            count += 1
    return count, chosen


def _free(one: tuple[int, int, str], taken: list[tuple[int, int, str]]) -> bool:
    """Whether an edit meets none of the others, which are sorted and do not meet."""
    at = bisect(taken, one)
    return (not at or taken[at - 1][1] < one[0]) and (at == len(taken) or one[1] < taken[at][0])


def edit(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """The text with replacements (start, end, new) that do not meet."""
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        pieces += (text[at:start], new)
        at = end
    return "".join((*pieces, text[at:]))


def mend_text(
    inline: Inline, finders: Sequence[Finder], again: Callable[[str], Inline | None]
) -> tuple[str, Counter[str]]:
    """A text mended, unless its markup would come out different; then edit by edit.

    `again` reads the mended text; None if it cannot be read.
    """
    text, prose, rules = mend(inline.text, inline.prose, finders)
    if text == inline.text:
        return text, rules
    if _came_through(inline, prose, again(text)):
        return text, rules
    if len(inline.text) * rules.total() > _MOST_WORK:
        return inline.text, Counter()
    kept, counted = inline, Counter[str]()
    for _ in range(_ROUNDS):
        before = kept
        for name, find in finders:
            kept, made = _one_by_one(kept, find, again)
            counted[name] += made
        if kept is before:
            break
    return kept.text, +counted


def _one_by_one(
    kept: Inline, find: Callable[[str, str], Iterable[Finding]], again: Callable[[str], Inline | None]
) -> tuple[Inline, int]:
    """A text with those of a rule's edits that leave its markup alone, and how many."""
    count = passed = 0  # edits up to there are made, or break something
    for _ in range(len(kept.text) + 1):
        found = next(
            (one for one in find(kept.text, kept.prose) if one.edits and one.start >= passed), None
        )
        if found is None:
            break
        made = again(edit(kept.text, found.edits))
        if made is not None and _came_through(kept, edit(kept.prose, found.edits), made):
            kept, passed = made, found.start
            count += 1
        else:
            passed = found.start + 1
    return kept, count


def _came_through(before: Inline, prose: str, after: Inline | None) -> bool:
    """Whether a text has its markup still, and the words that the edits gave it."""
    return after is not None and after.prose == prose and after.shape == before.shape
