"""Laws 3 and 7 on catalogues that others wrote: Persian and Arabic ones from PyPI.

Django and Sphinx ship them; they are development dependencies, and their catalogues are
read where they are installed. On CI their absence is a failure.
"""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, files
from itertools import islice
from pathlib import Path

import pytest
from catalogue_cases import COURSE, agree, msgfmt

from pipeline import po

PACKAGES = ("django", "sphinx")
FOLDERS = {"fa", "ar", "ar_DZ"}
FEWEST = {"django": 30, "sphinx": 2}


def shipped(package: str) -> list[Path]:
    """The package's Persian and Arabic catalogues."""
    try:
        listed = files(package) or []
    except PackageNotFoundError:
        return []
    return sorted(
        Path(str(path.locate()))
        for path in listed
        if path.suffix == ".po" and FOLDERS & set(path.parts)
    )


CATALOGUES = [path for package in PACKAGES for path in shipped(package)]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_corpus_is_there(package: str) -> None:
    if len(shipped(package)) >= FEWEST[package]:
        return
    message = f"{package} or its catalogues are missing: pip install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "/".join(path.parts[-6:]))
def test_a_catalogue_in_the_wild(path: Path) -> None:
    data = path.read_bytes()
    catalogue = po.parse(data, path.name)
    assert po.serialize(catalogue) == data
    assert msgfmt(data) == (True, po.statistics(catalogue))
    agree(catalogue, data)
    other = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert po.parse(other, path.name) == catalogue
    assert po.serialize(po.parse(b"\xef\xbb\xbf" + other, path.name)) == b"\xef\xbb\xbf" + other


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "/".join(path.parts[-6:]))
def test_what_we_would_have_written_says_the_same(path: Path) -> None:
    catalogue = po.parse(path.read_bytes(), path.name)
    assert catalogue.header is not None
    ours = po.serialize(
        replace(
            catalogue,
            header=replace(catalogue.header, raw=None),
            entries=tuple(replace(entry, raw=None, gap=None) for entry in catalogue.entries),
        )
    )
    assert po.parse(ours, path.name) == catalogue
    assert po._ordinary(ours, path.name) is not None  # ours are read the fast way
    assert msgfmt(ours) == (True, po.statistics(catalogue))


@pytest.mark.parametrize("path", [*CATALOGUES, COURSE], ids=lambda path: "/".join(path.parts[-6:]))
def test_each_entry_changes_alone(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"no {path}: the course's catalogue lies beside the repository only")
    data = path.read_bytes()
    catalogue = po.parse(data, path.name)
    at = data.index(catalogue.header.raw) if catalogue.header and catalogue.header.raw else 0
    for number, entry in islice(enumerate(catalogue.entries), None, None, 10):
        changed = po.revise(entry, msgstr="می‌خواهم", fuzzy=not entry.fuzzy)
        made = (*catalogue.entries[:number], changed, *catalogue.entries[number + 1 :])
        written = po.serialize(replace(catalogue, entries=made))
        assert entry.raw is not None and changed.raw is not None
        at = data.index(entry.raw, at)
        assert data[:at].count(b"\n") == entry.line - 1
        assert written == data[:at] + changed.raw + data[at + len(entry.raw) :]
        assert po.revise(changed, fuzzy=entry.fuzzy, msgstr=entry.msgstr) == entry
