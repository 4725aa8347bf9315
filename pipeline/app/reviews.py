"""Reviews: who read which state of an edition.

A review is a small TOML file beside the catalogues. It holds as long as the ordered
messages and what stands for each are the same; dates, tags and comments do not count.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline import files
from pipeline.app.sources import Sources, choose, decode, open_site
from pipeline.localise import Edition
from pipeline.problems import ContentError, UsageError, problem
from pipeline.speech import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """That somebody read an edition, and the digests of what they read."""

    by: str
    day: date
    messages: str
    translations: str

    def holds(self, edition: Edition) -> bool:
        """Whether the edition is still as it was read."""
        return (self.messages, self.translations) == edition.digests


def review_path(name: str, tag: str) -> str:
    """Where the review of an edition is."""
    return f"locales/{tag}/reviews/{name}.toml"


_MOST = 10_000
"""Bytes of a review; it has four lines."""


def read_review(root: Path, name: str, tag: str) -> Review | None:
    """The review of an edition, or None. Raises ContentError."""
    path = review_path(name, tag)
    data = files.read_if_there(root, path)
    if data is None:
        return None
    import tomllib

    hint = say("write it anew: {command}", command="dozaban review DOC --lang LANG")
    if len(data) > _MOST:
        raise ContentError(problems=(problem("review", say("this is far too long for a review"), path, hint=hint),))
    try:
        found = tomllib.loads(decode(data, path))
    except (ValueError, RecursionError) as error:
        raise ContentError(problems=(problem("review", say("not TOML: {reason}", reason=str(error)), path, hint=hint),)) from None
    by, day = found.get("by"), found.get("date")
    messages, translations = found.get("messages"), found.get("translations")
    if not (
        isinstance(by, str) and isinstance(day, date)
        and isinstance(messages, str) and isinstance(translations, str)
    ):  # fmt: skip
        raise ContentError(
            problems=(problem("review", say("a review has by, date, messages and translations"), path, hint=hint),)
        )
    return Review(by=by, day=day, messages=messages, translations=translations)


def record(root: Path, name: str, tag: str, *, by: str, today: date) -> tuple[str, Edition]:
    """Write that `by` read the edition as it stands; returns the file's path.

    Raises UsageError where there is nothing to review.
    """
    from pipeline.app.survey import prepare
    from pipeline.localise import Words

    with files.lock(root, "review"):
        sources = open_site(root)
        chosen = choose(sources, name)
        edition = _edition(sources, chosen, tag, prepare(sources, chosen, {
            language.tag: Words() for language in sources.site.languages
        }).editions)  # fmt: skip
        quoted = json.dumps(by, ensure_ascii=False)
        text = (
            f"# Who read this edition, and in which state. Written by `dozaban review`.\n"
            f"by = {quoted}\ndate = {today.isoformat()}\n"
            f'messages = "{edition.digests[0]}"\ntranslations = "{edition.digests[1]}"\n'
        )
        path = review_path(chosen, tag)
        files.write(root, path, text.encode())
        return path, edition


def _edition(sources: Sources, name: str, tag: str, editions: dict[str, Edition]) -> Edition:
    if not editions:
        raise ContentError(problems=(problem("review", say("the document cannot be read"), sources.paths[name]),))
    edition = editions.get(tag)
    if edition is None:
        known = [language.tag for language in sources.site.languages]
        raise UsageError(say("the site has no language `{tag}`; it has {names}", tag=tag, names=known))
    if edition.origin == "original":
        raise UsageError(say("`{name}` was written in this language: there is nothing to review", name=name))
    if not edition.blocks and edition.body_messages:
        raise UsageError(say("nothing of `{name}` is translated yet: there is nothing to review", name=name))
    return edition
