"""Links lead where those of the original lead, in whatever order.

Not so where an address is the same in the other language: another language of a site
(`en.` and `fa.`, `/en/` and `/fa/`), or the authored edition of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare, partners, without_twins
from pipeline.speech import say


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.links and not pair.target.links:
        return
    lacking, extra = compare(pair.source.links, pair.target.links)
    lacking, extra = without_twins(lacking, extra, partial(same_abroad, languages=pair.languages))
    instead_of, lacking = partners(extra, lacking, lone=True)
    for part, instead in zip(extra, instead_of, strict=True):
        yield Finding(
            start=part.start,
            end=part.end,
            message=say("a link to `{address}`, where the original links `{instead}`", address=part.value, instead=instead)
            if instead
            else say("a link to `{address}`, which the original has not", address=part.value),
            hint=say("correct the address; if it is meant, put `# dozaban: ignore links` above the message"),
        )
    words = pair.target.prose
    candidates = _TORN.finditer(pair.target.text if lacking else "")
    torn = list(islice((one for one in candidates if words[one.start()] == "]"), _FEW))
    for address in lacking:
        at = next((found for found in torn if found[2].startswith(address[:20])), None)
        yield Finding(
            start=at.start() if at else 0,
            end=at.end() if at else 0,
            message=say("the link to `{address}` is missing", address=address),
            hint=_hint(at) if at else say("link the words that say it"),
        )


_FEW = 50
_TORN = re.compile("\\]([\\s\u200b-\u200f]*)\\(([^()]*)\\)?")


def _hint(found: re.Match[str]) -> str:
    """Why what looks like a link is none."""
    if found[1]:
        hidden = found[1].strip()
        if hidden:
            code = f"U+{ord(hidden[0]):04X}"
            return say("there is an invisible character ({code}) between ] and (: remove it", code=code)
        return say("there is a space between ] and (: remove it")
    if not found[0].endswith(")"):
        return say("the address is never closed: put ) after it")
    if re.search(r"\s", found[2]):
        return say("there is a space in the address: remove it")
    return say("look at the brackets around it")


def same_abroad(address: str, other: str, languages: tuple[str, str]) -> bool:
    """Whether two addresses are the same page in two languages, by how sites write them."""
    if address.rstrip("/") == other.rstrip("/") and address.count("/") <= 3 >= other.count("/"):
        return True  # a host, with or without its slash
    here, there = (tag.partition("-")[0].lower() for tag in languages)
    if not here or not there:
        return False
    if other.removesuffix(".md").removesuffix(f".{there}") == address.removesuffix(".md").removesuffix(f".{here}"):
        return True
    try:
        one, two = urlsplit(address), urlsplit(other)
    except ValueError:
        return False
    if one.scheme not in ("http", "https") or two.scheme not in ("http", "https"):
        return False
    labels = {here, there, "www", ""}
    first, _, site = one.netloc.lower().partition(".")
    second, _, twin = two.netloc.lower().partition(".")
    if site == twin and first != second and {first, second} <= labels:
        return True
    if one.netloc.lower() != two.netloc.lower():
        return False
    mine, theirs = _without(one.path, here), _without(two.path, there)
    return mine == theirs and (one.path, one.query) != (two.path, two.query)


def _without(path: str, tag: str) -> list[str]:
    """The parts of a path but for the one that names a language: en, en-US, en_GB."""
    return [
        part for part in path.split("/") if part.lower().replace("_", "-").partition("-")[0] != tag
    ]
