"""A post's date that is still to come: the build publishes it all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pipeline import languages
from pipeline.model import Document, Site
from pipeline.problems import Problem, problem
from pipeline.speech import say


def find(document: Document, site: Site, today: date) -> Iterator[Problem]:
    if document.date is None or document.draft:
        return
    day = languages.local_day(document.date, site.time_zone)
    if day > today:
        line, column = document.source.get("date", (0, 0))
        yield problem(
            "future-date",
            say("the date {day} is still to come", day=day),
            document.path,
            line,
            column,
            hint=say("a plain `build` publishes it now; `build --as-of` with today's date holds it back until then"),
            severity="warn",
        )
