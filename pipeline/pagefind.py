"""Speaking with Pagefind, which makes the index for search: records in, files out.

Its program comes with the extra `search` (`pip install 'dozaban[search]'`). Its own package
for Python waits a tenth of a second for each record; so this speaks its protocol, in
which messages in base64 stand with commas between, as of version 1.5. This module knows
nothing of what the records and files are for.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from itertools import chain
from typing import Any

from pipeline.problems import DiskError, problem
from pipeline.speech import say


def engine() -> str:
    """The path of Pagefind's program; empty where the extra is not installed."""
    if find_spec("pagefind_bin") is None:
        return ""
    from pagefind_bin import get_executable

    try:
        return str(get_executable())
    except FileNotFoundError:
        return ""


def signature(program: str) -> str:
    """What tells one program from another, for what is remembered of its work."""
    if not program:
        return ""
    found = os.stat(program)
    return f"{found.st_size} {found.st_mtime_ns}"


def index(program: str, records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """The files that Pagefind makes of some records (its `AddRecord`): (path, data), sorted.

    Raises DiskError where it cannot be run, or says what is not understood here.
    """
    try:
        process = subprocess.Popen(
            [program, "--service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise _failed(error.strerror or str(error)) from None
    first, last = {"type": "NewIndex", "config": {}}, {"type": "GetFiles", "index_id": 0}
    made: dict[str, Any] = {}
    try:
        for number, asked in enumerate(chain([first], records, [last]), 1):
            made = _answer(process, {"message_id": number, "payload": asked})
        files = [(str(one["path"]), str(one["content"])) for one in made.pop("files")]
    except OSError:
        raise _failed(say("it ended without an answer")) from None
    except (ValueError, KeyError, TypeError):
        raise not_understood() from None
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        process.wait()
    for path, content in sorted(files):
        yield path, base64.b64decode(content)


def _answer(process: subprocess.Popen[bytes], message: Mapping[str, Any]) -> dict[str, Any]:
    """What Pagefind answers to a message: it answers each, in order."""
    assert process.stdin is not None and process.stdout is not None
    said = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
    process.stdin.write(base64.b64encode(said) + b",")
    process.stdin.flush()
    pieces: list[bytes] = []
    while not pieces or not pieces[-1].endswith(b","):
        piece = os.read(process.stdout.fileno(), 1 << 20)
        if not piece:
            raise OSError
        pieces.append(piece)
    found: dict[str, Any] = json.loads(base64.b64decode(b"".join(pieces)[:-1]))["payload"]
    if found["type"] == "Error":
        raise _failed(str(found["message"]))
    return found


def _failed(why: str) -> DiskError:
    return DiskError(
        problems=(
            problem("search", say("Pagefind, which makes the search, failed: {why}", why=why), "",
                    hint=say("install it again: {command}", command="pip install --force-reinstall pagefind-bin")),
        )
    )  # fmt: skip


def not_understood() -> DiskError:
    """What Pagefind made is not what this version of ours knows."""
    return _failed(say("this version of it is not known here"))
