"""An entry has as many plural forms as the header says, all of them or none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline import po
from pipeline.checks.finding import Finding
from pipeline.po import Catalogue, Entry
from pipeline.speech import say

_COUNT = re.compile(r"nplurals\s*=\s*([0-9]{1,2})\s*;\s*plural\s*=\s*\S")


def find(catalogue: Catalogue, tag: str) -> Iterator[tuple[Entry, Finding]]:
    entries = [one for one in catalogue.entries if one.plural is not None and not one.obsolete]
    if not entries:
        return
    fields = {name.casefold(): value for name, value in po.headers(catalogue)}
    found = _COUNT.search(fields.get("plural-forms", ""))
    if found is None:
        return  # told of the header
    count = int(found[1])
    for entry in entries:
        forms = len(entry.plurals)
        if forms != count:
            yield entry, Finding(
                start=0,
                end=0,
                message=say("{n} plural form, and the header says {wanted}", "{n} plural forms, and the header says {wanted}",
                            n=forms, wanted=count),
                hint=say("write {first} to {last}", first="msgstr[0]", last=f"msgstr[{count - 1}]") if count > 1 else say("write msgstr[0] alone"),
            )
        elif any(entry.plurals) and not all(entry.plurals):
            form = entry.plurals.index("")
            yield entry, Finding(
                start=0,
                end=0,
                message=say("plural form {form} is empty, and others are not", form=form),
                hint=say("translate it as well"),
                form=form,
            )
