"""The header names the language of its folder, and counts.

A header that gettext refuses is told by `catalogue.header_problem`, under the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline import po
from pipeline.checks.finding import Finding
from pipeline.po import Catalogue, Entry
from pipeline.speech import say


def find(catalogue: Catalogue, tag: str) -> Iterator[tuple[Entry, Finding]]:
    header = catalogue.header
    if header is None or not header.msgstr:
        return
    if header.fuzzy:
        yield header, Finding(
            start=0, end=0, message=say("the header is marked fuzzy"), hint=say("remove the flag: tools then pass it over")
        )
    fields = {name.casefold(): value for name, value in po.headers(catalogue)}
    named = fields.get("language", "")
    if named.replace("_", "-").casefold() != tag.casefold() and not _region(named, tag):
        at = header.msgstr.find("Language:")
        yield header, Finding(
            start=max(at, 0),
            end=at + 9 if at >= 0 else 0,
            message=say("the header's Language is {named}, in the folder of {tag}", named=named, tag=tag)
            if named
            else say("the header names no Language"),
            hint=say("write Language: {tag}, or move the file", tag=tag),
        )


def _region(named: str, tag: str) -> bool:
    """Whether fa_IR stands for fa: tools add the region."""
    return named.replace("_", "-").casefold().startswith(f"{tag.casefold()}-")
