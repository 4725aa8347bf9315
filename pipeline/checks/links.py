"""Links lead where those of the original lead, in whatever order.

Not so where an address is the same in the other language: another language of a site
(`en.` and `fa.`, `/en/` and `/fa/`), or the authored edition of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair, compare, partner


def find(pair: Pair) -> Iterator[Finding]:
    if not pair.source.links and not pair.target.links:
        return
    lacking, extra = compare(pair.source.links, pair.target.links)
    for part in list(extra):
        twin = next((one for one in lacking if same_abroad(one, part.value, pair.languages)), None)
        if twin is not None:
            lacking.remove(twin)
            extra.remove(part)
    for part in extra:
        instead = partner(part.value, lacking, lone=len(extra) == 1)
        yield Finding(
            start=part.start,
            end=part.end,
            message=f"a link to `{part.value}`"
            + (f", where the original links `{instead}`" if instead else ", which the original has not"),
            hint="correct the address; if it is meant, put `# dozaban: ignore links` above the message",
        )
    words = pair.target.prose
    torn = [one for one in _TORN.finditer(pair.target.text) if words[one.start()] == "]"] if lacking else []
    for address in lacking:
        at = next((found for found in torn if found[2].startswith(address[:20])), None)
        yield Finding(
            start=at.start() if at else 0,
            end=at.end() if at else 0,
            message=f"the link to `{address}` is missing",
            hint=_hint(at) if at else "link the words that say it",
        )


_TORN = re.compile("\\]([\\s\u200b-\u200f]*)\\(([^()]*)\\)?")


def _hint(found: re.Match[str]) -> str:
    """Why what looks like a link is none."""
    if found[1]:
        hidden = found[1].strip()
        what = f"an invisible character (U+{ord(hidden[0]):04X})" if hidden else "a space"
        return f"there is {what} between ] and (: remove it"
    if not found[0].endswith(")"):
        return "the address is never closed: put ) after it"
    if re.search(r"\s", found[2]):
        return "there is a space in the address: remove it"
    return "look at the brackets around it"


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
