"""Near matches: which of many texts is most like a given one, and which holds it.

The only user of rapidfuzz. Scores are shares of equal characters, 0 to 1 (Indel
similarity, 2·common / total length). It knows no catalogues and decides nothing: the
floors are the callers'.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process


def similarity(one: str, other: str, floor: float = 0.0) -> float:
    """How alike two texts are, 0 to 1; 0 where it is less than `floor`."""
    return fuzz.ratio(one, other, score_cutoff=floor * 100) / 100


class Span(NamedTuple):
    """Where in a longer text a shorter one stands, and how much of it, 0 to 1."""

    start: int
    end: int
    score: float


def within(short: str, long: str, floor: float) -> Span | None:
    """Where the shorter text stands in the longer one; None below `floor`."""
    found = fuzz.partial_ratio_alignment(short, long, score_cutoff=floor * 100)
    return None if found is None else Span(found.dest_start, found.dest_end, found.score / 100)


def grams(text: str) -> frozenset[str]:
    """The runs of three characters in a text."""
    return frozenset(map("".join, zip(text, text[1:], text[2:], strict=False)))


def may_hold(long: frozenset[str], short: frozenset[str]) -> bool:
    """Whether `within` is worth asking, by the grams of both: twenty times as fast."""
    return len(long & short) >= 0.6 * len(short)


class Choices:
    """Many texts, of which the most like a given one is wanted, again and again."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted(sorted(texts), key=len)
        self._lengths = [len(text) for text in self._texts]

    def nearest(self, text: str, floor: float) -> str | None:
        """The text most like `text`; None below `floor`; of equals, the shortest.

        About 5 ms among 100,000: only texts of a fitting length are compared.
        """
        least = floor / (2 - floor)
        low = bisect_left(self._lengths, len(text) * least - 1)
        high = bisect_right(self._lengths, len(text) / least + 1)
        found = process.extractOne(
            text, self._texts[low:high], scorer=fuzz.ratio, score_cutoff=floor * 100
        )
        return None if found is None else found[0]


def pairs(
    left: Sequence[tuple[int, str]],
    right: Sequence[tuple[int, str]],
    floors: Mapping[tuple[int, int], float],
    default: float,
) -> list[tuple[int, int]]:
    """Pairs (left, right) one to one, the best scores first.

    A number may stand for several texts; the best one counts. `floors` lowers the floor
    of single pairs, as where their neighbours agree, and raises their scores by as much.
    """
    scores: dict[tuple[int, int], float] = {}

    def note(pair: tuple[int, int], score: float) -> None:
        score += default - floors.get(pair, default)
        scores[pair] = max(score, scores.get(pair, 0.0))

    choices = [text for _, text in right]
    texts: dict[int, list[str]] = {}
    for to, text in right:
        texts.setdefault(to, []).append(text)
    friends: dict[int, list[int]] = {}
    for at, to in floors:
        friends.setdefault(at, []).append(to)
    for at, text in left:
        for _, score, number in process.extract(
            text, choices, scorer=fuzz.ratio, score_cutoff=default * 100, limit=None
        ):
            note((at, right[number][0]), score / 100)
        for to in friends.get(at, ()):
            for other in texts.get(to, ()):
                if score := similarity(text, other, floors[at, to]):
                    note((at, to), score)
    taken: set[int] = set()
    given: set[int] = set()
    result = []
    for (at, to), _ in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if at not in taken and to not in given:
            taken.add(at)
            given.add(to)
            result.append((at, to))
    return result
