"""What stands beside a post: the one before it, the one after it, and its like.

Takes what an edition's posts are about and gives their names; it knows no page, no
title and no address. Nothing here compares each post with each: a post is compared with
those of a subject or author that are nearest to it in time, so that the work grows with
the posts and not with their pairs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

COUNT = 3
"""How many posts are related to one, at most."""

REACH = 8
"""How many posts of one subject or author are compared on either side in time; at the
ends of the list as many more on the other side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A post, as far as its neighbours matter: `day` is a date's ordinal, `people` its authors."""

    name: str
    day: int
    subjects: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The names of the posts beside one; `older` and `newer` are empty at the ends."""

    older: str = ""
    newer: str = ""
    related: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them: the posts whose titles stand on this one's page."""
        return tuple(filter(None, (self.older, self.newer, *self.related)))


class Neighbours:
    """The posts of one edition, newest first, each asked for those beside it.

    Related are other posts that share a subject or an author: first those with the
    weightiest subjects in common, where a subject weighs one more each time that half as
    many posts have it; then those with the most authors in common; then the nearest in
    time, and of two as near the newer.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._places = {piece.name: place for place, piece in enumerate(pieces)}
        self._subjects: dict[str, list[int]] = {}
        self._people: dict[str, list[int]] = {}
        for place, piece in enumerate(pieces):
            for table, keys in ((self._subjects, piece.subjects), (self._people, piece.people)):
                for key in dict.fromkeys(keys):
                    table.setdefault(key, []).append(place)

    def beside(self, name: str) -> Beside:
        """What stands beside that post; nothing where it is none of them."""
        place = self._places.get(name)
        if place is None:
            return Beside()
        pieces = self._pieces
        return Beside(
            older=pieces[place + 1].name if place + 1 < len(pieces) else "",
            newer=pieces[place - 1].name if place else "",
            related=tuple(pieces[other].name for other in self._related(place)),
        )

    def _related(self, place: int) -> list[int]:
        own = self._pieces[place]
        authors: dict[int, int] = {}
        for key in dict.fromkeys(own.people):
            for other in _near(self._people[key], place):
                authors[other] = authors.get(other, 0) + 1
        weights = dict.fromkeys(authors, 0)
        for key in dict.fromkeys(own.subjects):
            having = self._subjects[key]
            weight = (len(self._pieces) // len(having)).bit_length()
            for other in _near(having, place):
                weights[other] = weights.get(other, 0) + weight
        for other in (place - 1, place, place + 1):  # those stand there already
            weights.pop(other, None)
        found = [
            (-weight, -authors.get(other, 0), abs(self._pieces[other].day - own.day), other)
            for other, weight in weights.items()
        ]
        return [other for *_, other in nsmallest(COUNT, found)]


def _near(places: Sequence[int], place: int) -> Sequence[int]:
    """Those of some places, in order, that are nearest to one of them, itself included."""
    size = 2 * REACH + 1
    if len(places) <= size:
        return places
    first = min(max(bisect_left(places, place) - REACH, 0), len(places) - size)
    return places[first : first + size]
