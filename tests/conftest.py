"""What tests share: a small site to work on, the command, the example, a browser."""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline import cli, po

ROOT = Path(__file__).parent.parent
CI = os.environ.get("CI") == "true"
SOAK = bool(os.environ.get("DOZABAN_SOAK"))

os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="", DOZABAN_VISUAL="")  # whoever runs the tests, in whatever language

SITE = """\
title = "Pol"
base_url = "https://example.org/sub/"
time_zone = "Europe/London"
default_language = "en"
page_size = 3

[languages.en]
name = "English"

[languages.fa]
name = "فارسی"
"""


@dataclass(frozen=True)
class Said:
    """A command's exit status and what it wrote."""

    status: int
    out: str
    err: str


class Folder:
    """A site in a temporary folder, driven through the command."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def post(self, name: str, body: str = "", **front: str) -> Path:
        """A post with a title and a date, unless `front` says otherwise."""
        front = {"title": f"Title of {name}", "date": "2026-03-20", **front}
        head = "".join(f"{key}: {value}\n" for key, value in front.items() if value)
        return self.write(f"content/posts/{name}.md", f"---\n{head}---\n\n{body}")

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def run(self, *arguments: str) -> Said:
        return run("-C", str(self.root), *arguments)

    def page(self, address: str, out: str = "public") -> str:
        return self.read(f"{out}/{address}index.html")

    def translate(self, name: str, words: dict[str, str], tag: str = "fa") -> None:
        """Fill in a catalogue: msgid → msgstr; a None leaves it as it is."""
        path = self.root / "locales" / tag / "LC_MESSAGES" / f"{name}.po"
        catalogue = po.parse(path.read_bytes(), str(path))
        missing = set(words) - {entry.msgid for entry in catalogue.entries}
        assert not missing, missing
        entries = tuple(
            po.revise(entry, msgstr=words[entry.msgid], fuzzy=False) if entry.msgid in words else entry
            for entry in catalogue.entries
        )
        path.write_bytes(po.serialize(replace(catalogue, entries=entries)))

    def tree(self, below: str = "public") -> dict[str, bytes]:
        """Every file below a folder."""
        top = self.root / below
        return {
            path.relative_to(top).as_posix(): path.read_bytes()
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }


def run(*arguments: str) -> Said:
    """The command, in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = cli.main(list(arguments))
        out.flush()
    return Said(status, out.buffer.getvalue().decode(), err.getvalue())  # type: ignore[attr-defined]


@pytest.fixture
def site(tmp_path: Path) -> Folder:
    """An empty bilingual site."""
    folder = Folder(tmp_path / "site")
    folder.write("content/site.toml", SITE)
    return folder


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A copy of the repository's example site, built once; do not change it."""
    root = tmp_path_factory.mktemp("example")
    for name in ("content", "locales", "templates"):
        shutil.copytree(ROOT / name, root / name)
    folder = Folder(root)
    said = folder.run("build")
    assert said.status == 0, said.err
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A folder on loopback, as a web server would give it; its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}/"
        listening.shutdown()


@pytest.fixture(scope="session")
def server(example: Folder) -> Iterator[str]:
    """The built example on loopback."""
    with serving(example.root / "public") as address:
        yield address


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[[str, int, str], None]:
    """Puts a row into the table of tests/README.md (see `make soak`): what was tried, how
    often, what came of it. To be called when a test has seen all of that."""
    folder = os.environ.get("DOZABAN_TALLY")

    def say(what: str, tried: int, outcome: str) -> None:
        if folder:
            row = {"test": request.path.name, "what": what, "tried": tried, "outcome": outcome}
            Path(folder).mkdir(parents=True, exist_ok=True)
            with open(Path(folder) / f"{os.getpid()}.jsonl", "a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")

    return say


def need(program: str) -> str:
    """The path of a program, else skip; in CI its absence is a failure."""
    found = shutil.which(program)
    if found is None:
        if CI:
            pytest.fail(f"{program} is missing")
        pytest.skip(f"{program} is missing: apt install it to run this test")
    return found


def chromium() -> str:
    """The path of a Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return need("chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium that reaches nothing but this machine."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield launched
        launched.close()
