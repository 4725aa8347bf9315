"""A site on the desk: what checking and mending both need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipeline import checks, files, glossary
from pipeline.app import voices, wording
from pipeline.app.sources import TEMPLATES_LANGUAGE, Sources
from pipeline.checks import Rule
from pipeline.checks.finding import Finding
from pipeline.checks.mend import Finder
from pipeline.glossary import Glossary
from pipeline.model import Site
from pipeline.problems import Problem


class Desk:
    """A site on the desk: its sources, the rules in force, glossaries, today."""

    def __init__(self, sources: Sources, as_of: date | None) -> None:
        self.sources = sources
        self.site: Site = sources.site
        self.today = as_of or datetime.now(ZoneInfo(sources.site.time_zone)).date()
        self.rules = checks.weighed(checks.RULES, self.site.checks)
        self.paths: list[str] = []  # that were looked at
        self.problems: list[Problem] = []
        self.glossaries: dict[str, Glossary] = {}
        for language in self.site.languages:
            path = f"locales/{language.tag}/glossary.csv"
            data = files.read_if_there(sources.root, path)
            if data is not None:
                self.glossaries[language.tag], more = glossary.parse(data, path)
                self.problems += more
        self._by: dict[str, tuple[Rule, ...]] = {}

    def applying(self, applies: str) -> tuple[Rule, ...]:
        """The rules in force that apply to a kind of thing."""
        if applies not in self._by:
            self._by[applies] = tuple(rule for rule in self.rules if rule.applies == applies)
        return self._by[applies]

    def orthography(self, tag: str) -> tuple[Rule, ...]:
        """The text rules in force for a language."""
        key = f"text:{tag}"
        if key not in self._by:
            self._by[key] = checks.weighed(checks.orthography(tag), self.site.checks)
        return self._by[key]

    def finders(self, tag: str, without: frozenset[str] = frozenset()) -> list[Finder]:
        """What mends a text of a language."""
        found: list[Finder] = [
            (rule.name, _over_prose(rule)) for rule in self.orthography(tag) if rule.fixable
        ]
        found += [
            (rule.name, rule.find) for rule in self.applying("written") if rule.fixable
        ]
        return [one for one in found if one[0] not in without]


def _over_prose(rule: Rule) -> Callable[[str, str], Iterable[Finding]]:
    find = rule.find
    return lambda text, prose: find(prose)


def shared(sources: Sources) -> list[tuple[str, str]]:
    """The catalogues that are no document's, each with its source language."""
    found = [("terms", sources.site.default_language), ("messages", TEMPLATES_LANGUAGE)]
    if wording.at_home(sources.root):
        found.append((voices.NAME, TEMPLATES_LANGUAGE))
    return found
