"""What is looked for in content and catalogues: a table of rules, one small file each.

A line of RULES is a rule; the module of its name (hyphens as underscores) holds its
`find`, which is loaded when it is first asked for, so that knowing the names costs
nothing. What `find` is given depends on what the rule applies to:

- translation: a `Pair` of a message and its translation; gives Findings in the msgstr
- text: the prose of a text, where all that is not text is masked (see prose.py)
- written: a text as it is written, with its prose; gives Findings in the former
- body: a document's body, and what tells its code blocks; gives Findings in it
- catalogue: a catalogue and a language; gives pairs of an Entry and a Finding
- document: a document, the site, today; gives Problems
- elsewhere: nothing: another stage reports it, and `[checks]` may weigh it

Rules judge values; none of them reads a file, and none changes anything: a Finding says
which edits would be safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Literal, NamedTuple

Applies = Literal["translation", "text", "written", "body", "catalogue", "document", "elsewhere"]
Weight = Literal["error", "warn", "off"]


class Rule(NamedTuple):
    """One rule: its name in `[checks]`, its weight unless that says otherwise."""

    name: str
    severity: Weight
    applies: Applies
    summary: str
    fixable: bool = False

    @property
    def find(self) -> Callable[..., Iterable[Any]]:
        """What the rule's own module finds; see above."""
        assert self.applies != "elsewhere", self.name
        return _load(self.name)


@cache
def _load(name: str) -> Callable[..., Iterable[Any]]:
    found: Callable[..., Iterable[Any]] = import_module(
        f"{__name__}.{name.replace('-', '_')}"
    ).find
    return found


RULES: tuple[Rule, ...] = (
    # a translation, beside its message
    Rule("links", "warn", "translation", "the addresses of links are those of the original"),
    Rule("images", "warn", "translation", "the images are those of the original"),
    Rule("code", "warn", "translation", "the code spans are those of the original"),
    Rule("placeholders", "error", "translation", "%(name)s and {name} are those of the original"),
    Rule("footnotes", "warn", "translation", "the footnotes are those of the original"),
    Rule("raw-html", "warn", "translation", "no HTML tag that the original lacks"),
    Rule("emphasis", "warn", "translation", "no * or _ that came out as text"),
    Rule("newlines", "error", "translation", "lines begin, end and count as in the original", True),
    Rule("glossary", "warn", "translation", "the terms agreed in glossary.csv are used"),
    # a text in Persian orthography, in the order in which they are mended
    Rule("presentation-forms", "warn", "text", "letters, not pictures of letters", True),
    Rule("arabic-letters", "warn", "text", "ی ک for ي ك; ة is a suggestion", True),
    Rule("arabic-digits", "warn", "text", "۴۵۶ for ٤٥٦", True),
    Rule("mixed-digits", "warn", "text", "one kind of digits in one number", True),
    Rule("tatweel", "warn", "text", "no ـ inside a word", True),
    Rule("verb-space", "warn", "text", "می‌رود for می رود", True),
    Rule("plural-space", "warn", "text", "کتاب‌ها for کتاب ها", True),
    Rule("comparative-space", "warn", "text", "بزرگ‌تر for بزرگ تر", True),
    Rule("half-space", "warn", "text", "no half-space twice, or at a word's edge", True),
    Rule("punctuation", "warn", "text", "، ؛ ؟ for , ; ? after Persian words", True),
    Rule("ellipsis", "warn", "text", "… for three dots", True),
    Rule("quotation-marks", "warn", "text", '«…» for "…" around Persian words', True),
    Rule("space-before", "warn", "text", "no space before ، ؛ ؟ . : ! » )", True),
    Rule("space-after", "warn", "text", "a space after ، ؛ ؟ ! :", True),
    Rule("heh-yeh", "warn", "text", "«خانه ی» is خانهٔ or خانه‌ی"),
    Rule("ezafe-hamza", "off", "text", "a style: خانهٔ for خانه‌ی", True),
    Rule("ezafe-yeh", "off", "text", "a style: خانه‌ی for خانهٔ", True),
    # any text
    Rule("bidi-control", "warn", "written", "no direction control without its other half", True),
    Rule("conflict-marker", "error", "body", "no unresolved merge conflict"),
    # catalogues and documents as a whole
    Rule("catalogue-header", "warn", "catalogue", "the header says what the catalogue is"),
    Rule("plural-forms", "error", "catalogue", "as many plural forms as the header says"),
    Rule("ignore-comment", "warn", "catalogue", "`# dozaban: ignore` names rules that there are"),
    Rule("future-date", "warn", "document", "no date that is still to come"),
    # what reading, building and updating find
    Rule("behind", "warn", "elsewhere", "catalogues have the messages of their documents"),
    Rule("broken-link", "error", "elsewhere", "links and images lead somewhere"),
    Rule("catalogue-duplicate", "error", "elsewhere", "each message is in its catalogue once"),
    Rule("catalogue-syntax", "error", "elsewhere", "catalogues can be read"),
    Rule("control-character", "error", "elsewhere", "no control characters in front matter"),
    Rule("directive", "warn", "elsewhere", "directives are known and have a block"),
    Rule("empty-digest", "warn", "elsewhere", "a digest's days and tags have posts"),
    Rule("foreign-image", "warn", "elsewhere", "pictures are files of the site"),
    Rule("glossary-file", "warn", "elsewhere", "glossary.csv can be read"),
    Rule("heading-id", "warn", "elsewhere", "headings' own ids are free and stand once"),
    Rule("html-comment", "warn", "elsewhere", "HTML comments are left out"),
    Rule("issue-item", "error", "elsewhere", "the pieces of an issue are posts that go out"),
    Rule("link-scheme", "warn", "elsewhere", "links lead to http, https, mailto, tel or the site"),
    Rule("lost-address", "warn", "elsewhere", "no address that git shows as published leads nowhere"),
    Rule("orphan-catalogue", "warn", "elsewhere", "each catalogue has its document"),
    Rule("parser", "warn", "elsewhere", "the Markdown parser got through"),
    Rule("picture", "error", "elsewhere", "pictures can be shown, and drawings hold no script"),
    Rule("refused", "error", "elsewhere", "a translation has text in it"),
    Rule("reserved", "error", "elsewhere", "no page has an address of the site's own"),
    Rule("structure", "error", "elsewhere", "a translation changes no block around it"),
    Rule("theme-drift", "warn", "elsewhere", "copied templates are of the theme as it is now"),
    Rule("twin-address", "error", "elsewhere", "no two pages have one address"),
    Rule("untranslated-tag", "warn", "elsewhere", "tags have a name in each language"),
)
"""Every rule, of which `[checks]` in site.toml may set the weight."""

NAMES = frozenset(rule.name for rule in RULES)

_TEXT = tuple(rule for rule in RULES if rule.applies == "text")

ORTHOGRAPHIES: Mapping[str, tuple[Rule, ...]] = {"fa": _TEXT, "prs": _TEXT}
"""The text rules of a language, by the first subtag of its tag; others have none."""


def orthography(tag: str) -> tuple[Rule, ...]:
    """The text rules for a language."""
    return ORTHOGRAPHIES.get(tag.partition("-")[0].lower(), ())


CONTRARY: Mapping[str, str] = {"ezafe-yeh": "ezafe-hamza"}
"""Styles of which a site has one: the first is not asked where the second is in force."""


def weighed(rules: Iterable[Rule], checks: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules that are not off, under the weights of site.toml."""
    on = {rule.name: rule for rule in rules if checks.get(rule.name, rule.severity) != "off"}
    return tuple(rule for rule in on.values() if CONTRARY.get(rule.name) not in on)
