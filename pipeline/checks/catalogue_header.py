"""The header: that there is one, and that it names the language of its folder."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline import po
from pipeline.checks.finding import Finding
from pipeline.po import Catalogue, Entry


def find(catalogue: Catalogue, tag: str) -> Iterator[tuple[Entry | None, Finding]]:
    header = catalogue.header
    if header is None:
        yield None, Finding(
            start=0, end=0, message="there is no header", hint="run `dozaban update`, or put one first"
        )
        return
    if header.fuzzy:
        yield header, Finding(
            start=0, end=0, message="the header is marked fuzzy", hint="remove the flag: tools then pass it over"
        )
    fields = {name.casefold(): value for name, value in po.headers(catalogue)}
    named = fields.get("language", "")
    if named.replace("_", "-").casefold() != tag.casefold() and not _region(named, tag):
        at = header.msgstr.find("Language:")
        yield header, Finding(
            start=max(at, 0),
            end=at + 9 if at >= 0 else 0,
            message=f"the header's Language is {named}, in the folder of {tag}"
            if named
            else "the header names no Language",
            hint=f"write Language: {tag}, or move the file",
        )
    if "plural-forms" not in fields and any(entry.plural is not None for entry in catalogue.entries):
        yield header, Finding(
            start=0,
            end=0,
            message="there are plural forms, and the header has no Plural-Forms",
            hint="add the line that Poedit writes for the language",
        )


def _region(named: str, tag: str) -> bool:
    """Whether fa_IR stands for fa: tools add the region."""
    return named.replace("_", "-").casefold().startswith(f"{tag.casefold()}-")
