"""What the tests of catalogues share: what GNU's msgfmt says of one, and a real course's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import po
from pipeline.po import Catalogue

COURSE = Path(__file__).parents[2] / "shared/data/comprehensive-rust/po/fa.po"

NEWLINE_CHECK = re.compile(r"do not both (begin|end) with '\\n'|found \d+ fatal error")


def msgfmt(data: bytes) -> tuple[bool, dict[str, int]]:
    """Whether GNU msgfmt accepts the catalogue, and its statistics.

    Without the byte order mark, which it does not know; and a newline that msgid and
    msgstr do not share, which is a matter for checks, refuses nothing here.
    """
    if not shutil.which("msgfmt"):
        if os.environ.get("CI") == "true":
            pytest.fail("msgfmt is missing: install gettext")
        pytest.skip("msgfmt is not installed: nothing to compare with")
    result = subprocess.run(
        ["msgfmt", "--statistics", "-o", os.devnull, "-"],
        input=data.removeprefix(b"\xef\xbb\xbf"),
        capture_output=True,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        check=False,
    )
    lines = result.stderr.decode(errors="replace").splitlines()
    faults = [line for line in lines if re.match(r"<stdin>:\d|msgfmt:", line)]
    words = ("translated", "fuzzy", "untranslated")
    counts = {
        word: int(found[1]) if (found := re.search(rf"(\d+) {word}", lines[-1])) else 0
        for word in words
    }
    return all(NEWLINE_CHECK.search(line) for line in faults), counts


def agree(catalogue: Catalogue, data: bytes) -> None:
    """`lookup` says what `parse` says, of obsolete entries where it is asked for them."""
    tables: dict[bool, dict[po.Key, po.Reading]] = {False: {}, True: {}}
    for entry in catalogue.entries:
        tables[entry.obsolete][entry.key] = po.Reading(
            msgstr=entry.msgstr,
            state=entry.state,
            line=entry.msgstr_line,
            previous=entry.previous if entry.state == "fuzzy" else None,
            plurals=entry.plurals,
        )
    expected = po.Lookup(
        path=catalogue.path, messages=tables[False], headers=dict(po.headers(catalogue))
    )
    assert po.lookup(data, catalogue.path) == expected
    expected = replace(expected, obsolete=tables[True])
    assert po.lookup(data, catalogue.path, obsolete=True) == expected
