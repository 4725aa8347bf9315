"""Laws 3 and 7 on GNU gettext's own tests: for `make soak`, which fetches them.

A case is a catalogue in the source package, or a here-document of its test scripts that
holds entries. msgfmt accepts one if `msgfmt -o /dev/null` ends with 0 (newlines at the
ends of strings aside, see `msgfmt` in catalogue_cases.py). What it accepts we read, and
write back byte for byte; what it refuses we refuse, at a line and a column, with a reason
and a remedy. EXCEPTIONS are the refusals that are ours alone, as po.py lists them.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from catalogue_cases import agree, msgfmt
from conftest import need
from markdown_cases import CORPUS

from pipeline import po
from pipeline.problems import CatalogueError, Problem

pytestmark = pytest.mark.soak

SOURCE = CORPUS / "gettext"

EXCEPTIONS = {
    r"the header says charset=": "one encoding for all: the remedy is a command, tried below",
    r"not UTF-8: ": "the same, of a file that names no charset",
    r"a domain directive": "a file is the catalogue of one document",
    r"this begins on the line on which an entry ends": "lines are what losslessness speaks of",
}

_HERE = re.compile(
    rb"<<-?[ ]*(?P<quoted>[\\'\"]?)(?P<end>[A-Za-z_]+)['\"]?[^\n]*\n(?P<text>.*?)^\t*(?P=end)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_ENTRY = re.compile(rb"^(?:#~ ?)?(?:msgid|msgstr|msgctxt|domain)", re.MULTILINE)


def here_documents(script: bytes) -> Iterator[tuple[int, bytes]]:
    """The catalogues in a shell script, each with its line; `$` and `` ` `` are left alone."""
    for found in _HERE.finditer(script):
        text = found["text"]
        if not found["quoted"]:
            text = re.sub(rb"\\([\\$`])", rb"\1", text.replace(b"\\\n", b""))
        if _ENTRY.search(text):
            yield script.count(b"\n", 0, found.start()) + 1, text


@cache
def corpus() -> dict[str, bytes]:
    """Every catalogue of the source package by its path, a here-document's with its line."""
    found: dict[str, bytes] = {}
    for path in sorted(SOURCE.rglob("*")) if os.environ.get("DOZABAN_SOAK") else ():
        if not path.is_file():
            continue
        name, data = path.relative_to(SOURCE).as_posix(), path.read_bytes()
        if path.suffix in (".po", ".pot"):
            found[name] = data
        elif data.startswith(b"#!"):
            found |= {f"{name}:{line}": text for line, text in here_documents(data)}
        elif path.suffix in ("", ".in", ".out", ".ok") and _ENTRY.search(data):
            found[name] = data
    return found


def read(data: bytes, name: str) -> tuple[po.Catalogue | None, tuple[Problem, ...]]:
    try:
        return po.parse(data, name), ()
    except CatalogueError as error:
        return None, error.problems


def lossless(data: bytes, name: str) -> None:
    catalogue = po.parse(data, name)
    assert po.serialize(catalogue) == data
    assert msgfmt(data) == (True, po.statistics(catalogue))
    agree(catalogue, data)
    at, text = 0, "changed" if data.isascii() else "می‌خواهم"  # the header may say ASCII
    for number, entry in enumerate(catalogue.entries):
        assert entry.raw is not None
        changed = po.revise(entry, msgstr=text, fuzzy=not entry.fuzzy)
        assert changed.raw is not None
        made = (*catalogue.entries[:number], changed, *catalogue.entries[number + 1 :])
        at = data.index(entry.raw, at)
        if number % 20 == 0:
            written = po.serialize(replace(catalogue, entries=made))
            assert written == data[:at] + changed.raw + data[at + len(entry.raw) :]
    whole = [replace(entry, raw=None, gap=None) for entry in catalogue.entries]
    header = replace(catalogue.header, raw=None) if catalogue.header else None
    ours = po.serialize(replace(catalogue, entries=tuple(whole), header=header))
    assert po.parse(ours, name) == catalogue
    assert msgfmt(ours) == (True, po.statistics(catalogue))


def test_the_corpus_is_there() -> None:
    if len(corpus()) > 1500:
        return
    message = f"GNU gettext's tests are not in {SOURCE}: `make soak` fetches them"
    if os.environ.get("CI") == "true" and os.environ.get("DOZABAN_SOAK"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.mark.parametrize("name", corpus())
def test_what_gettext_tests_itself_with(name: str) -> None:
    data = corpus()[name]
    accepted, _ = msgfmt(data)
    catalogue, problems = read(data, name)
    for found in problems:
        assert found.location.line and found.location.column and found.message and found.hint
    if catalogue is not None:
        lossless(data, name)
        return
    if not accepted:
        return
    said = {one for one in EXCEPTIONS if any(re.match(one, found.message) for found in problems)}
    assert said, problems
    if "the header says charset=" in said:
        remedy = [need("msgconv"), "--to-code=UTF-8"]
    elif "not UTF-8: " in said:
        remedy = [need("iconv"), "-f", "ISO-8859-1", "-t", "UTF-8"]
    elif "a domain directive" in said:
        return
    else:
        remedy = [need("msgcat")]
    mended = subprocess.run(remedy, input=data, capture_output=True, check=True).stdout
    lossless(mended, name)
