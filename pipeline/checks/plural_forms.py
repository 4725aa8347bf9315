"""An entry has as many plural forms as the header says, all of them or none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline import po
from pipeline.checks.finding import Finding
from pipeline.po import Catalogue, Entry

_COUNT = re.compile(r"nplurals\s*=\s*([0-9]{1,2})\s*;\s*plural\s*=\s*\S")


def find(catalogue: Catalogue, tag: str) -> Iterator[tuple[Entry | None, Finding]]:
    entries = [one for one in catalogue.entries if one.plural is not None and not one.obsolete]
    if not entries:
        return
    fields = {name.casefold(): value for name, value in po.headers(catalogue)}
    said = fields.get("plural-forms")
    if said is None:
        return  # the header's own rule tells
    found = _COUNT.search(said)
    if found is None:
        assert catalogue.header is not None
        at = max(catalogue.header.msgstr.find("Plural-Forms"), 0)
        yield catalogue.header, Finding(
            start=at,
            end=at + len("Plural-Forms"),
            message=f"the header's Plural-Forms say nothing: {said}",
            hint="write it like nplurals=2; plural=(n > 1);",
        )
        return
    count = int(found[1])
    for entry in entries:
        forms = len(entry.plurals)
        if forms != count:
            yield entry, Finding(
                start=0,
                end=0,
                message=f"{forms} plural {'form' if forms == 1 else 'forms'}, and the header says {count}",
                hint=f"write msgstr[0] to msgstr[{count - 1}]" if count > 1 else "write msgstr[0] alone",
            )
        elif any(entry.plurals) and not all(entry.plurals):
            form = entry.plurals.index("")
            yield entry, Finding(
                start=0,
                end=0,
                message=f"plural form {form} is empty, and others are not",
                hint="translate it as well",
                form=form,
            )
