"""Law 6, old or new: faults at every call that changes the disk, kills at any moment, two at once.

A library in C (faults.c) fails, cuts or kills the command at a chosen call; warm.py forks
the command from a process that has it imported. `make test` tries a sample of the calls,
`make soak` every one.
"""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import posixpath
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from aiosmtpd.smtp import SMTP
from conftest import SITE, Folder, need

from pipeline import cli, files, journal, po
from pipeline.app import workers
from pipeline.problems import DiskError

SOAK = bool(os.environ.get("DOZABAN_SOAK"))
HERE = Path(__file__).parent
Tally = Callable[[str, int, str], None]


class Warm:
    """The process that forks the command; see warm.py."""

    def __init__(self, folder: Path) -> None:
        faults = folder / "faults.so"
        command = [need("cc"), "-shared", "-fPIC", "-O1", "-o", str(faults), str(HERE / "faults.c"), "-ldl"]
        subprocess.run(command, check=True)
        site = Folder(folder / "first")
        site.write("content/site.toml", SITE)
        site.post("a", "Text.\n")
        paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "warm.py"), str(site.root)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "LD_PRELOAD": str(faults), "PYTHONPATH": paths},
        )  # fmt: skip

    def run(self, site: Folder, *arguments: str, **befalls: Any) -> dict[str, Any]:
        """How a run of the command ended to which that happened."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"arguments": ["-C", str(site.root), *arguments], **befalls}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    made = Warm(tmp_path_factory.mktemp("warm"))
    yield made
    made.process.kill()
    made.process.communicate()


# --- a site with something to lose, and what is to be done in it ------------------------------

ARABIC = "متن يکم، كتاب‌ها.\n\nمتن دوم: ﻻله.\n"


@cache
def settled_tree() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        settle(site := Folder(Path(folder)))
        return site.tree(".")


def settled(site: Folder) -> None:
    """A site with translations of all kinds: of blocks, names and templates, reviewed, authored; and built."""
    for path, data in settled_tree().items():
        site.write(path, data)


PLAIN = "\n[outputs]\nsearch = false\ncards = false\n"
"""A build of such a site takes half the time."""


def settle(site: Folder) -> None:
    site.write("content/site.toml", SITE + PLAIN)
    site.write("templates/footer.html", "{% trans %}A word of ours{% endtrans %}\n")
    site.post("a", "First *text*.\n\nSecond text here.\n\nThird of them.\n", tags="[spring, tea]")
    site.post("b", "See [a](a.md).\n\n- one thing\n- another thing\n")
    site.post("gone", "What goes away, and [b](b.md).\n")
    site.post("named", "A text that moves.\n\nAnother that moves, too.\n")
    site.post("both", "Two tongues.\n")
    site.write("content/posts/both.fa.md", "---\ntitle: دو زبان\n---\n\nدو زبان.\n")
    site.write("content/posts/c.md", f"---\ntitle: کتاب ها\nlang: fa\ndate: 2026-03-19\n---\n\n{ARABIC}")
    site.write("content/pages/about.md", "---\ntitle: About\n---\n\nWho we are.\n")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان الف", "First *text*.": "*متن* يکم.", "Second text here.": "متن دوم."})
    site.translate("posts/b", {"Title of b": "ب", "one thing": "یک چیز"})
    site.translate("posts/gone", {"Title of gone": "رفته", "What goes away, and [b](b.md).": "رفتنی، و [ب](b.md)."})
    site.translate("posts/named", {"Title of named": "نام", "A text that moves.": "متنی که می‌رود."})
    site.translate("posts/c", {"کتاب ها": "Books"}, tag="en")
    site.translate("pages/about", {"About": "درباره", "Who we are.": "ما كه هستيم."})
    site.translate("terms", {"spring": "بهار", "tea": "چاي", "Pol": "پل"})
    site.translate("messages", {"A word of ours": "حرفی از ما"})
    assert site.run("review", "posts/named", "--lang", "fa", "--by", "Mina").status == 0
    assert site.run("build").status == 0


def edited(site: Folder) -> None:
    """And then its editors changed, added, renamed and removed some of it."""
    settled(site)
    site.post("a", "First *text*, changed.\n\nThird of them.\n\nA fourth; see [new](new.md).\n", tags="[spring, soup]")
    site.post("new", "A new one: [b](b.md), [moved](moved.md).\n\nThird of them.\n")
    (site.root / "content/posts/gone.md").unlink()
    (site.root / "content/posts/named.md").rename(site.root / "content/posts/moved.md")
    site.write("templates/footer.html", "{% trans %}A word of ours{% endtrans %} {% trans %}One more{% endtrans %}\n")


def merged(site: Folder) -> None:
    edited(site)
    assert site.run("update").status == 0


def adorned(site: Folder) -> None:
    merged(site)
    site.write("content/site.toml", SITE)


def adoptable(site: Folder) -> None:
    settled(site)
    site.post("d", "One paragraph of it.\n\nAnd two, with `code`.\n\n## Three\n\nFour.\n")
    site.write("theirs.md", "---\ntitle: عنوان دال\n---\n\nیک بند از آن.\n\nو دو، با `code`.\n\n## سه\n\nچهار.\n")


def numbered(site: Folder) -> None:
    """With an issue of the newsletter that goes out in both languages."""
    settled(site)
    text = site.read("content/site.toml")
    site.write("content/site.toml", text.replace("[languages.en]", (
        '[newsletter]\nsender = "post@example.org"\nunsubscribe = "https://example.org/leave"\n'
        'smtp = "localhost:1"\nsecurity = "none"\nrate = 100000\n\n[languages.en]'), 1))  # fmt: skip
    site.write("content/newsletters/nowruz.md", (
        "---\ntitle: The spring letter\nnumber: 1\ndate: 2026-03-21\ndigest: {limit: 5}\n---\n\nFriends,\n"))  # fmt: skip
    site.write("content/newsletters/nowruz.fa.md", "---\ntitle: نامهٔ بهار (C++)\n---\n\nدوستان،\n")


FORMS = ("--format", "html", "--format", "text", "--format", "eml")
COMMANDS: dict[str, tuple[Callable[[Folder], None], tuple[str, ...]]] = {
    "update": (edited, ("update",)),
    "check --fix": (settled, ("check", "--fix")),
    "adopt": (adoptable, ("adopt", "posts/d", "{root}/theirs.md")),
    "review": (settled, ("review", "posts/a", "--lang", "fa", "--by", "Mina")),
    "mv": (settled, ("mv", "posts/named", "posts/deep/renamed")),
    "new": (settled, ("new", "post", "One more")),
    "theme copy": (settled, ("theme", "copy", "base.html")),
    "newsletter build": (numbered, ("newsletter", "build", "nowruz", *FORMS)),
    "build": (merged, ("build",)),
    "build --jobs 2": (adorned, ("build", "--jobs", "2")),
    "status --html": (settled, ("status", "--html", "{root}/overview")),
}

FAULTS: dict[str, dict[str, Any]] = {
    "EIO": {"kind": "fails", "error": errno.EIO},
    "EINTR": {"kind": "fails", "error": errno.EINTR},
    "EMFILE": {"kind": "fails", "error": errno.EMFILE},
    "ENOSPC from there on": {"kind": "full", "error": errno.ENOSPC},
    "a short write": {"kind": "short"},
    "kill -9 before": {"kind": "killed"},
    "kill -9 after, or in the middle of a write": {"kind": "torn"},
}


TOLD = "exit 1, one line with the path; every file old or new; the second run ended as an undisturbed one"


class Stage:
    """A site as it is before a command, copied anew for every trial, and what it becomes."""

    def __init__(self, folder: Path, warm: Warm, command: str) -> None:
        self.warm = warm
        self.kept, self.site = folder / "kept", Folder(folder / "site")
        make, arguments = COMMANDS[command]
        make(Folder(self.kept))
        if "build" not in command:  # a hundred files fewer to copy
            shutil.rmtree(self.kept / "public")
        self.arguments = [one.replace("{root}", str(self.site.root)) for one in arguments]
        self.renew()
        self.before = whole(self.site)
        self.ended = warm.run(self.site, *self.arguments, below=str(self.site.root), kind="count")
        assert self.ended["status"] in (0, 1) and "Traceback" not in self.ended["err"], self.ended
        self.after = whole(self.site)
        assert self.after != self.before
        self.texts = msgstrs(self.before)
        if command == "check --fix":  # it mends them: that each file is the old or the new one must do
            self.texts &= msgstrs(self.after)
        assert self.texts <= msgstrs(self.after)

    def renew(self) -> None:
        shutil.rmtree(self.site.root, ignore_errors=True)
        shutil.copytree(self.kept, self.site.root, symlinks=True)

    def again(self) -> None:
        """The second run, as soon as nobody has the lock: what a killed command has forked
        may take a moment to end."""
        until = time.monotonic() + 60
        while (ended := self.warm.run(self.site, *self.arguments))["status"] and time.monotonic() < until:
            assert "another command is at work here" in ended["err"], ended
        assert ended["status"] == 0, ended

    def calls(self, fault: dict[str, Any]) -> int:
        """At how many calls of an undisturbed run the fault could be put."""
        error = errno.EMFILE if fault.get("error") == errno.EMFILE else 0
        return int(self.ended["calls"][str(error)][fault["kind"]])

    def strike(self, fault: dict[str, Any], at: int) -> tuple[str, list[str]]:
        """Put a fault at a call: what came of it, and what is wrong about that."""
        self.renew()
        ended = self.warm.run(self.site, *self.arguments, below=str(self.site.root), **fault, at=at)
        where = f"{ended['call']} {ended['path'].removeprefix(str(self.site.root))}: "
        killed = ended["status"] < 0
        wrong = [] if killed else complaints(ended, self.ended, several=fault["kind"] == "full")
        now = whole(self.site)
        wrong += torn(now, self.before, self.after)
        if lost := self.texts - msgstrs(now):
            wrong.append(f"lost: {lost}")
        if not killed:
            if ended["status"] == self.ended["status"] == 0 and now != self.after:
                wrong.append(f"a good end, and not all was done: {differ(now, self.after)}")
            if ended["call"] not in ("unlink", "unlinkat", "rmdir"):
                wrong += [f"left: {path}" for path in left_over(self.site)]
        until = time.monotonic() + 30
        while "another command is at work here" in (again := self.warm.run(self.site, *self.arguments))["err"]:
            assert killed and time.monotonic() < until, again  # until its workers have ended, the lock is theirs
        now = whole(self.site)
        if now != self.after:
            wrong.append(f"the second run ({again['status']}: {again['err']}) made something else: {differ(now, self.after)}")
        wrong += [f"left after the second run: {path}" for path in left_over(self.site)]
        if killed:
            outcome = "killed: every file old or new; the second run ended as an undisturbed one"
        elif ended["status"] == self.ended["status"]:
            outcome = "ended as if undisturbed"
        else:
            outcome = TOLD
        return outcome, [where + one for one in wrong]


def whole(site: Folder) -> dict[str, bytes]:
    """Every file but the cache, without what the clock says in it."""
    return {
        path: re.sub(rb"-Date: [-0-9]+ [0-9:]+[+]0000", b"-Date: now", data)
        for path, data in site.tree(".").items()
        if not path.startswith(".dozaban/") and "/.dozaban-stage/" not in path
        and not posixpath.basename(path).startswith(".dozaban-tmp-")
    }  # fmt: skip


def left_over(site: Folder) -> list[str]:
    return [str(path) for path in site.root.rglob(".dozaban-*") if path.name != files.MARK]


def msgstrs(tree: dict[str, bytes]) -> set[str]:
    """Every text of a translator, wherever a catalogue has it."""
    found = set()
    for path, data in tree.items():
        if path.endswith(".po"):
            for entry in po.parse(data, path).entries:
                found |= {entry.msgstr, *entry.plurals, *(line.partition("was: ")[2] for line in entry.comments)}
    return found - {""}


def torn(now: dict[str, bytes], before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Files that are neither old nor new, or that went though they stay."""
    versions = {*before.values(), *after.values()}
    wrong = [f"torn: {path}" for path, data in now.items() if data not in versions]
    return wrong + [f"gone: {path}" for path in before.keys() & after.keys() if path not in now]


def differ(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def complaints(ended: dict[str, Any], undisturbed: dict[str, Any], *, several: bool) -> list[str]:
    """What is wrong about how a command told of a fault."""
    wrong = []
    if "Traceback" in ended["err"] or ended["status"] not in (0, 1):
        wrong.append(f"status {ended['status']}: {ended['err']}")
    said = [line for line in ended["err"].splitlines() if re.search(r"(^|: )error: ", line)]
    said = [line for line in said if line not in undisturbed["err"]]
    if ended["status"] != undisturbed["status"]:
        if not said or (len(said) > 1 and not several):
            wrong.append(f"{len(said)} lines of error: {ended['err']}")
        wrong += [f"no path: {line}" for line in said if not re.match(r"\S+[/.]\S+: error: |error: Pagefind", line)]
    return wrong


def sample(numbers: int, most: int, seed: str, in_soak: int | None = None) -> list[int]:
    """Which calls to try: in a soak all, or so many; else some."""
    every = range(1, numbers + 1)
    wanted = (in_soak or numbers) if SOAK else most
    return sorted(random.Random(seed).sample(every, min(wanted, numbers)))


def longer(*values: str) -> Any:
    """A case for `make soak` alone."""
    return pytest.param(*values, marks=pytest.mark.soak)


# --- faults at every call ------------------------------------------------------------------------

SAMPLED = ("update", "check --fix", "mv", "build")
"""What `make test` tries: the others go the same ways through files.py."""

LARGE = {"newsletter build": 40, "build --jobs 2": 60, "status --html": 40}
"""Of these a soak tries so many calls a fault: most are one file like another."""


@pytest.mark.parametrize("command", [one if one in SAMPLED else longer(one) for one in COMMANDS])
def test_every_file_is_old_or_new_whatever_fails(command: str, warm: Warm, tmp_path: Path, tally: Tally) -> None:
    stage = Stage(tmp_path, warm, command)
    wrong: list[str] = []
    outcomes: Counter[tuple[str, str]] = Counter()
    for name in FAULTS if SOAK else random.Random(command).sample(sorted(FAULTS), 2):
        for at in sample(stage.calls(FAULTS[name]), 1, f"{command} {name}", LARGE.get(command)):
            outcome, found = stage.strike(FAULTS[name], at)
            outcomes[name, outcome] += 1
            wrong += [f"{name} at {at}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
    for (name, outcome), count in outcomes.items():
        tally(f"`{command}`: {name}", count, outcome)


@pytest.mark.parametrize("command", ["update", longer("check --fix"), "build", longer("status --html")])
@pytest.mark.parametrize("fault", ["gone", "EIO", longer("EMFILE")])
def test_a_file_that_cannot_be_read_in_the_middle(
    command: str, fault: str, warm: Warm, tmp_path: Path, tally: Tally
) -> None:
    """Whether the disk fails, too many files are open, or somebody removed it meanwhile."""
    stage = Stage(tmp_path, warm, command)
    wrong: list[str] = []
    befalls = {"kind": "gone"} if fault == "gone" else {"kind": "unread", "error": getattr(errno, fault)}
    numbers = sample(stage.calls(befalls), 2, command + fault)
    for at in numbers:
        if fault != "gone" and command != "status --html":  # which tells of such a file in what it writes
            wrong += [f"{at}: {one}" for one in stage.strike(befalls, at)[1]]
            continue
        stage.renew()
        ended = stage.warm.run(stage.site, *stage.arguments, below=str(stage.site.root), **befalls, at=at)
        went = ended["path"].removeprefix(f"{stage.site.root}/")
        found = complaints(ended, stage.ended, several=True) + [f"left: {path}" for path in left_over(stage.site)]
        theirs = msgstrs({path: data for path, data in stage.before.items() if path != went})
        if went not in stage.before and went in stage.after:  # a catalogue under its new name
            theirs -= msgstrs({went: stage.after[went]})
        if command != "check --fix" and (lost := theirs - msgstrs(whole(stage.site))):
            found.append(f"lost: {lost}")
        wrong += [f"{at}, {went}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
    said = "a file that vanishes before it is read" if fault == "gone" else f"{fault} at opening a file to read it"
    tally(f"`{command}`: {said}", len(numbers), "exit 0 without it, or exit 1 and lines with paths; nothing lost")


@pytest.mark.parametrize("limit", ["RLIMIT_FSIZE", "RLIMIT_NOFILE"])
@pytest.mark.parametrize("command", ["update", longer("build")])
def test_limits_of_the_process(command: str, limit: str, warm: Warm, tmp_path: Path, tally: Tally) -> None:
    stage = Stage(tmp_path, warm, command)
    every = [0, 1, 60, 500, 1000, 2000, 4000, 8000, 16_000, 32_000] if limit == "RLIMIT_FSIZE" else list(range(3, 30))
    chosen = every if SOAK else every[:3:2]
    wrong: list[str] = []
    stopped = 0
    for value in chosen:
        stage.renew()
        ended = warm.run(stage.site, *stage.arguments, limits={limit: value})
        found = complaints(ended, stage.ended, several=True)
        found += torn(whole(stage.site), stage.before, stage.after)
        found += [f"left: {path}" for path in left_over(stage.site)]
        found += [f"lost: {one}" for one in stage.texts - msgstrs(whole(stage.site))]
        stopped += ended["status"] == 1
        again = warm.run(stage.site, *stage.arguments)
        if whole(stage.site) != stage.after:
            found.append(f"the second run: {again}")
        wrong += [f"{value}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
    assert stopped, "no limit was low enough"
    tally(f"`{command}`: {limit}", len(chosen), f"{stopped} times exit 1 and lines with paths, else done; {AFTER}")


AFTER = "every file old or new; the second run ended as an undisturbed one"


@pytest.mark.soak
def test_a_disk_that_is_full_indeed(warm: Warm, tmp_path: Path, tally: Tally) -> None:
    """A file system of some kilobytes, with less and less room."""
    small = tmp_path / "site"
    small.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts file systems")  # the library's faults stand for it elsewhere
    site = Folder(small)

    def renew(kept: Folder) -> None:
        for path in small.iterdir():
            shutil.rmtree(path)
        shutil.copytree(kept.root, small, dirs_exist_ok=True)

    try:
        for command in ("update", "build"):
            make, arguments = COMMANDS[command]
            kept = Folder(tmp_path / command)
            make(kept)
            renew(kept)
            before = whole(site)
            assert warm.run(site, *arguments)["status"] == 0
            after = whole(site)
            tried = stopped = 0
            for room in range(0, 600, 4):
                renew(kept)
                free = os.statvfs(small)
                ballast = small / ".ballast"
                ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - room * 1024)))
                ended = warm.run(site, *arguments)
                ballast.unlink()
                now = whole(site)
                assert complaints(ended, {"status": 0, "err": ""}, several=True) == [], (room, ended)
                assert torn(now, before, after) == [] and left_over(site) == [], room
                assert msgstrs(before) <= msgstrs(now), room
                tried, stopped = tried + 1, stopped + (ended["status"] == 1)
                assert warm.run(site, *arguments)["status"] == 0
                assert whole(site) == after, room
            assert 0 < stopped < tried
            tally(f"`{command}`: a full file system (tmpfs)", tried,
                  f"{stopped} times exit 1 and lines with paths, else done; {AFTER}")  # fmt: skip
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(
    "command", ["update", *map(longer, ("check --fix", "adopt", "review", "mv", "newsletter build")), "build"]
)
def test_folders_that_may_not_be_written_in(command: str, warm: Warm, tmp_path: Path, tally: Tally) -> None:
    stage = Stage(tmp_path, warm, command)
    tried = 0
    for top in (".", "content", "locales", "public", "outbox", ".dozaban") if SOAK else (".", "locales"):
        stage.renew()
        folders = [stage.site.root / top, *(path for path in (stage.site.root / top).rglob("*") if path.is_dir())]
        folders = [path for path in folders if path.is_dir()]
        for folder in folders:
            folder.chmod(0o555)
        ended = warm.run(stage.site, *stage.arguments, powerless=True)
        for folder in folders:
            folder.chmod(0o755)
        tried += 1
        assert complaints(ended, stage.ended, several=True) == [], (top, ended)
        if top == ".":
            assert ended["status"] == 1 and "Permission denied" in ended["err"], ended
            assert whole(stage.site) == stage.before
        assert left_over(stage.site) == [] and stage.texts <= msgstrs(whole(stage.site))
        assert torn(whole(stage.site), stage.before, stage.after) == []
        warm.run(stage.site, *stage.arguments)
        assert whole(stage.site) == stage.after, top
    tally(f"`{command}`: read-only folders", tried, f"exit 1 and lines with paths where it has to write; {AFTER}")


def test_standard_output_that_is_full(site: Folder) -> None:
    settled(site)
    said = io.StringIO()
    with open("/dev/full", "wb", buffering=0) as full:
        out = io.TextIOWrapper(full, write_through=True)
        with redirect_stderr(said), redirect_stdout(out):
            status = cli.main(["-C", str(site.root), "list"])
    assert status == 1 and "error: No space left on device [disk]" in said.getvalue()


# --- readers -------------------------------------------------------------------------------------


class Links(HTMLParser):
    """What a page leads to, or shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.found.add(value)
            elif value and name == "srcset":
                self.found |= {one.split()[0] for one in value.split(",")}


def leads_to(path: str, page: bytes) -> set[str]:
    """The files of the site that a page leads to."""
    found = set()
    for link in Links(page.decode()).found:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc and parts.path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
            if not posixpath.splitext(target)[1]:
                target = posixpath.normpath(f"{target}/index.html")
            found.add(target)
    return found


def walk(public: Path) -> tuple[set[str], list[str]]:
    """What a reader sees who follows every link from the front page; and links that lead nowhere.

    Where the page itself has changed or gone meanwhile, the reader has an old one.
    """
    seen: set[str] = {"index.html"}
    dead: list[str] = []
    wanted = ["index.html"]

    def has(path: str) -> bytes:
        with suppress(FileNotFoundError):
            return (public / path).read_bytes()
        return b""

    while wanted:
        path = wanted.pop()
        page = has(path) if path.endswith(".html") else b""
        for target in leads_to(path, page) - seen:
            if (public / target).is_file():
                seen.add(target)
                wanted.append(target)
            elif has(path) == page and not (public / target).is_file():
                dead.append(f"{path} -> {target}")
    return seen, dead


def test_the_site_holds_together_at_every_moment_of_a_build(warm: Warm, tmp_path: Path, tally: Tally) -> None:
    """Additions, then changes, then deletions: stopped anywhere, every link leads somewhere."""
    stage = Stage(tmp_path, warm, "build")
    public = stage.site.root / "public"
    pages, dead = walk(public)
    assert len(pages) > 20 and dead == []
    stage.renew()
    assert walk(public)[1] == []
    calls = warm.run(stage.site, *stage.arguments, below=str(public), kind="count")["calls"]["0"]["count"]
    numbers = sample(calls, 6, "readers")
    states = set()
    for at in numbers:
        stage.renew()
        warm.run(stage.site, *stage.arguments, below=str(public), kind="killed", at=at)
        assert walk(public)[1] == [], at
        states.add(tuple(sorted(stage.site.tree().items())))
    assert len(states) > 2
    tally("`build`: stopped, and every link followed from the front page", len(numbers), "no link led nowhere")


def test_a_reader_meets_no_dead_link_while_builds_go_on(warm: Warm, tmp_path: Path, tally: Tally) -> None:
    """A reader at work all the while: content goes to and fro between two states."""
    one, other, site = Folder(tmp_path / "one"), Folder(tmp_path / "other"), Folder(tmp_path / "site")
    settled(one)
    merged(other)
    shutil.copytree(one.root, site.root)
    dead: list[str] = []
    walks = [0]
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            dead.extend(walk(site.root / "public")[1])
            walks[0] += 1

    reader = threading.Thread(target=read)
    reader.start()
    builds = 100 if SOAK else 4
    try:
        for number in range(builds):
            kept = (other, one)[number % 2].root
            for below in ("content", "locales", "templates"):
                shutil.rmtree(site.root / below)
                shutil.copytree(kept / below, site.root / below)
            assert warm.run(site, "build")["status"] == 0
    finally:
        done.set()
        reader.join()
    assert dead == [] and walks[0] > 1
    tally("a reader who follows every link while a site is built", builds, "no link led nowhere")


# --- kills at any moment -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["update", "build", longer("build --jobs 2")])
def test_killed_at_random_moments(command: str, warm: Warm, tmp_path: Path, tally: Tally) -> None:
    most = {"update": 1200, "build": 600, "build --jobs 2": 250}[command]
    stage = Stage(tmp_path, warm, command)
    chance = random.Random(command)
    kills = 0
    while kills < (most if SOAK else 2):
        stage.renew()
        ended = warm.run(stage.site, *stage.arguments, kill_after=chance.uniform(0, stage.ended["seconds"]))
        if ended["status"] >= 0:
            continue
        kills += 1
        now = whole(stage.site)
        assert torn(now, stage.before, stage.after) == [], kills
        assert stage.texts <= msgstrs(now), kills
        stage.again()
        assert whole(stage.site) == stage.after and left_over(stage.site) == [], kills
    tally(f"`{command}`: kill -9 at a random moment", kills, f"no msgstr lost, {AFTER}")


@pytest.mark.soak
def test_killed_alone_a_build_leaves_nobody_holding_the_lock(warm: Warm, tmp_path: Path, tally: Tally) -> None:
    """Its workers end with it; until they have, the lock is theirs."""
    stage = Stage(tmp_path, warm, "build --jobs 2")
    chance = random.Random(2)
    kills = 0
    while kills < 150:
        stage.renew()
        ended = warm.run(
            stage.site, *stage.arguments, kill_after=chance.uniform(0, stage.ended["seconds"]), all=False
        )
        if ended["status"] >= 0:
            continue
        kills += 1
        stage.again()
        assert whole(stage.site) == stage.after and left_over(stage.site) == [], kills
    tally("`build --jobs 2`: kill -9 of its first process alone", kills,
          "its workers ended, and the lock was free; the next run ended as an undisturbed one")  # fmt: skip


def test_a_build_of_what_has_changed_converges_too(warm: Warm, tmp_path: Path, tally: Tally) -> None:
    """One site, changed and built again and again, with what each build remembers of the last
    one; each is struck, by any fault at any call. Never is what comes of it other than what
    a build makes that remembers nothing."""
    site = Folder(tmp_path / "site")
    settled(site)
    public, anew = site.root / "public", tmp_path / "anew"
    calls = warm.run(site, "build", below=str(site.root), kind="count")["calls"]["0"]["count"]
    chance = random.Random(4)
    times = 250 if SOAK else 2
    for number in range(times):
        match chance.randrange(5):
            case 0:
                site.post("a", f"First *text*.\n\nSecond text here.\n\nNumber {number}.\n", tags="[spring, tea]")
            case 1:
                site.translate("posts/a", {"Second text here.": f"متن {number}."})
            case 2:
                site.translate("terms", {"tea": f"چای {number}"})
            case 3:
                site.post(f"more{number % 3}", f"See [a](a.md). {number}\n")
            case 4:
                (site.root / f"content/posts/more{number % 3}.md").unlink(missing_ok=True)
        name, at = chance.choice(sorted(FAULTS)), chance.randint(1, max(calls, 40))
        ended = warm.run(site, "build", below=str(site.root), **FAULTS[name], at=at)
        assert ended["status"] in (-9, 0, 1) and "Traceback" not in ended["err"], (name, at, ended)
        assert walk(public)[1] == [], (number, name, at)
        again = warm.run(site, "build", below=str(site.root), kind="count")
        calls = again["calls"]["0"]["count"]
        assert again["status"] == 0 and left_over(site) == [], (number, name, at, again)
        assert warm.run(site, "build", "--no-cache", "--out", str(anew))["status"] == 0
        assert site.tree() == Folder(tmp_path).tree("anew"), (number, name, at)
    tally("`build` of a site changed in place: any fault at any call", times,
          "no link led nowhere; the next build made what one does that remembers nothing")  # fmt: skip


def deadly(numbers: Any) -> list[int]:
    """Work that ends the process that does it."""
    if 7 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(numbers)


def test_a_worker_that_is_killed_keeps_nobody_waiting() -> None:
    with pytest.raises(DiskError, match="a process at work was ended from outside"):
        list(workers.spread(deadly, range(40), 2, None, ""))
    assert list(workers.spread(deadly, range(8, 40), 2, None, "")) == list(range(8, 40))


TORN = """
import faulthandler, random
from pipeline.app import workers

def work(numbers):
    if numbers[0] == bad:
        raise ValueError(bad)
    return ["y" * size for _ in numbers]

faulthandler.dump_traceback_later(60, exit=True)
chance, told = random.Random(7), 0
for _ in range(60):
    bad, size = chance.choice([0, 6, 12, 48]), chance.choice([10, 10_000, 70_000, 100_000])
    try:
        for one in workers.spread(work, range(100), 8, None, ""):
            assert len(one) == size
    except ValueError as error:
        told += error.args == (bad,) and "in work" in error.__notes__[0]
print(told)
"""


def test_work_that_breaks_off_keeps_nobody_waiting(tally: Tally) -> None:
    """Whatever the others are in the middle of saying, when one of them has an error."""
    said = subprocess.run([sys.executable, "-c", TORN], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "60\n"), said.stderr
    tally("work in eight processes that breaks off", 60, "one error; nobody waited for")


# --- sending ------------------------------------------------------------------------------------------


class Mailroom:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        ready = threading.Event()

        def serve() -> None:
            self.loop = asyncio.new_event_loop()
            listening = self.loop.create_server(lambda: SMTP(self, loop=self.loop, hostname="localhost"), "127.0.0.1", 0)
            server = self.loop.run_until_complete(listening)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            self.loop.run_forever()
            server.close()
            waiting = asyncio.all_tasks(self.loop)
            for task in waiting:
                task.cancel()
            if waiting:
                self.loop.run_until_complete(asyncio.wait(waiting))
            self.loop.close()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        assert ready.wait(20)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.accepted += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def mailroom() -> Iterator[Mailroom]:
    room = Mailroom()
    yield room
    room.loop.call_soon_threadsafe(room.loop.stop)
    room.thread.join(20)


READERS = {f"r{number}@example.net": ("en", "fa")[number % 2] for number in range(3)}
SENDING = ("newsletter", "send", "nowruz", "--subscribers", "{root}/list.csv", "--yes")


def test_nobody_is_mailed_twice_and_nobody_forgotten(
    warm: Warm, mailroom: Mailroom, tmp_path: Path, tally: Tally
) -> None:
    kept, site = Folder(tmp_path / "kept"), Folder(tmp_path / "site")
    numbered(kept)
    kept.write("content/site.toml", kept.read("content/site.toml").replace("localhost:1", f"localhost:{mailroom.port}"))
    kept.write("list.csv", "address,language\n" + "".join(f"{one},{tag}\n" for one, tag in READERS.items()))
    arguments = [one.replace("{root}", str(site.root)) for one in SENDING]
    record = "outbox/nowruz/journal.jsonl"

    def renew() -> None:
        shutil.rmtree(site.root, ignore_errors=True)
        shutil.copytree(kept.root, site.root)
        mailroom.accepted.clear()

    renew()
    undisturbed = warm.run(site, *arguments, below=str(site.root), kind="count")
    assert undisturbed["status"] == 0 and sorted(mailroom.accepted) == sorted(READERS), undisturbed
    wrong: list[str] = []
    rows: list[tuple[str, int, str]] = []
    for name in FAULTS if SOAK else ("EIO", "kill -9 after, or in the middle of a write"):
        fault = FAULTS[name]
        calls = undisturbed["calls"][str(errno.EMFILE if fault.get("error") == errno.EMFILE else 0)][fault["kind"]]
        unknown = 0
        numbers = sample(calls, 2, name)
        for at in numbers:
            renew()
            ended = warm.run(site, *arguments, below=str(site.root), **fault, at=at)
            found = [] if ended["status"] < 0 else complaints(ended, undisturbed, several=False)
            data = files.read_if_there(site.root, record) or b""
            journal.read(data, record)  # refuses a line that is torn, but for the last
            again = warm.run(site, *arguments)
            ends = journal.read(site.read(record).encode(), record)
            twice = [one for one, count in Counter(mailroom.accepted).items() if count > 1]
            untold = {one.address for one in ends.in_state("unknown")}
            forgotten = set(READERS) - set(mailroom.accepted) - untold
            if twice or forgotten or len(untold) > 1 or again["status"] != (1 if untold else 0):
                found.append(f"twice {twice}, forgotten {forgotten}, unknown {untold}: {again}")
            unknown += len(untold)
            found += [f"left: {path}" for path in left_over(site)]
            wrong += [f"{name} at {at}, {ended['call']} {ended['path']}: {one}" for one in found]
        outcome = f"nobody mailed twice, nobody forgotten; {unknown} times one reader listed as unknown"
        rows.append((f"`newsletter send`: {name}", len(numbers), outcome))
    assert not wrong, "\n".join(wrong)
    for row in rows:
        tally(*row)


# --- two at once, and links ----------------------------------------------------------------------------


def test_the_lock_says_who_has_it(site: Folder) -> None:
    settled(site)
    before = whole(site)
    commands = (("update",), ("build",), ("check", "--fix"), ("review", "posts/a", "--lang", "fa", "--by", "M"), ("mv", "a", "z"))
    with files.lock(site.root, "update"):
        for command in commands:
            said = site.run(*command)
            assert said.status == 1 and said.err.count("error: ") == 1, said
            holder = f"another command is at work here: dozaban update (process {os.getpid()})"
            assert f".dozaban/lock: error: {holder}" in said.err and "wait until it has ended" in said.err
    assert whole(site) == before
    assert site.run("update").status == 0


@pytest.mark.parametrize(
    ("command", "path"),
    [("update", "locales/fa/LC_MESSAGES/posts/a.po"), longer("check --fix", "locales/fa/LC_MESSAGES/pages/about.po"),
     ("check --fix", "content/posts/c.md"), longer("adopt", "locales/fa/LC_MESSAGES/posts/d.po")],
)  # fmt: skip
def test_what_an_editor_saves_meanwhile_stays(
    command: str, path: str, warm: Warm, tmp_path: Path, tally: Tally
) -> None:
    """Somebody saves, by renaming, before any one call that the command makes."""
    stage = Stage(tmp_path, warm, command)
    old = stage.before.get(path, stage.after[path])
    word = "تازه‌نوشته"
    if path.endswith(".md"):
        theirs = old + f"\n{word}.\n".encode()
    else:
        catalogue = po.parse(old, path)
        entries = tuple(
            po.revise(one, msgstr=f"{word} {one.msgstr}") if one.msgstr else one for one in catalogue.entries
        )
        theirs = po.serialize(replace(catalogue, entries=entries))
    words = theirs.decode().count(word)
    assert words
    saved = tmp_path / "saved"
    saved.write_bytes(theirs)
    calls = stage.calls({"kind": "saved"})
    numbers = range(1, calls + 1) if SOAK else sample(calls, 4, command + path)
    refused = 0
    for at in numbers:
        stage.renew()
        ended = warm.run(
            stage.site, *stage.arguments, below=str(stage.site.root), kind="saved", at=at,
            **{"from": str(saved), "to": str(stage.site.root / path)},
        )  # fmt: skip
        assert "Traceback" not in ended["err"] and ended["status"] in (0, 1), ended
        refused += "somebody saved this file meanwhile" in ended["err"]
        for _ in range(2):
            assert stage.site.read(path).count(word) >= words, (at, ended)
            assert left_over(stage.site) == []
            assert warm.run(stage.site, *stage.arguments)["status"] == 0
    tally(f"`{command}`: an editor saves `{path}` at some call", len(numbers),
          f"the editor's text stays; {refused} times the command said so and left the file alone")  # fmt: skip


def test_without_the_systems_help_the_same_is_written(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two files cannot change places (other systems, some file systems)."""
    edited(site)
    monkeypatch.setattr(files, "_rename", lambda old, new, flag: False)
    assert site.run("update").status == 0
    before = whole(site)
    assert site.run("mv", "posts/a", "posts/renamed").status == 0
    assert site.run("mv", "posts/renamed", "posts/b").status == 2
    monkeypatch.undo()
    assert site.run("mv", "posts/renamed", "posts/a").status == 0
    now = whole(site)
    assert set(differ(now, before)) == {"content/posts/a.md"}  # it has aliases now
    assert left_over(site) == []


@pytest.mark.parametrize(("was", "now"), [(b"old", b"theirs"), (None, b"theirs"), (b"old", None)])
@pytest.mark.parametrize(("moment", "helped"), [("_temporary", True), ("_temporary", False), ("_rename", True)])
def test_between_reading_and_writing_somebody_saves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: bytes | None, now: bytes | None, helped: bool, moment: str
) -> None:
    """Or deletes: theirs stays, up to the last moment where the system helps, and nothing is left beside it."""
    target = tmp_path / "a.po"
    if was is not None:
        target.write_bytes(was)
    undisturbed = getattr(files, moment)
    times = [0]

    def disturbed(*arguments: Any, **more: Any) -> Any:
        made = undisturbed(*arguments, **more) if moment == "_temporary" else None
        times[0] += 1
        if times[0] == 1:
            target.unlink(missing_ok=True)
            if now is not None:
                target.write_bytes(now)
        return made or undisturbed(*arguments, **more)

    if not helped:
        monkeypatch.setattr(files, "_rename", lambda old, new, flag: False)
    monkeypatch.setattr(files, moment, disturbed)
    with pytest.raises(DiskError, match="somebody saved this file meanwhile; it was left alone"):
        files.write(tmp_path, "a.po", b"ours", expected=was)
    assert Folder(tmp_path).tree(".") == ({} if now is None else {"a.po": now})
    with pytest.raises(DiskError, match="somebody saved this file meanwhile"):
        files.write(tmp_path, "a.po", b"ours", expected=was)
    assert files.write(tmp_path, "a.po", b"ours", expected=now)


def test_a_full_disk_keeps_the_old_file_and_nothing_beside_it(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even the leavings cannot be removed, the next command does it."""
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    site.post("a", "Text, changed.\n")
    before = whole(site)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def stuck(path: Any, **_: Any) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)

    monkeypatch.setattr(os, "fsync", full)
    said = site.run("update")
    assert said.status == 1 and "error: cannot write it: No space left on device [disk]" in said.err
    assert "free some space and run the command again; nothing was lost" in said.err
    assert whole(site) == before and left_over(site) == []
    monkeypatch.setattr(os, "unlink", stuck)
    assert site.run("update").status == 1 and len(left_over(site)) == 1
    monkeypatch.undo()
    assert site.run("update").status == 0
    assert left_over(site) == []


def test_nothing_is_moved_over_another_file_or_from_nowhere(tmp_path: Path) -> None:
    site = Folder(tmp_path)
    site.write("a/one", "1")
    site.write("b/two", "2")
    with pytest.raises(DiskError, match="b/two: there is such a file already"):
        files.move(tmp_path, "a/one", "b/two")
    with pytest.raises(DiskError, match="a/three: cannot move it to b/three: No such file"):
        files.move(tmp_path, "a/three", "b/three")
    assert site.tree(".") == {"a/one": b"1", "b/two": b"2"}


# What stands in the way, made by whoever: the file that is a folder, the folder that is a
# file; the command; where it says so, and what.
IN_THE_WAY = [
    ("content/posts/a.md/x", "build", ""),
    ("locales/fa/LC_MESSAGES/posts/a.po/x", "build", "locales/fa/LC_MESSAGES/posts/a.po: error: cannot read it: Is a directory"),
    ("locales/fa/LC_MESSAGES/posts/a.po/x", "status", "locales/fa/LC_MESSAGES/posts/a.po: error: cannot read it: Is a directory"),
    ("locales/fa/LC_MESSAGES/posts", "update", "locales/fa/LC_MESSAGES/posts/a.po: error: cannot "),
    (".dozaban", "update", ".dozaban/lock: error: cannot take the lock: File exists"),
    (".dozaban/lock/x", "update", ".dozaban/lock: error: cannot take the lock: Is a directory"),
    ("public", "build", "public is a file, not a folder"),
]


@pytest.mark.parametrize(("path", "command", "what"), IN_THE_WAY)
def test_a_folder_in_the_place_of_a_file_and_a_file_of_a_folder(site: Folder, path: str, command: str, what: str) -> None:
    if path != "content/posts/a.md/x":
        site.post("a", "Text.\n")
    site.write(path, "")
    before = site.tree(".")
    said = site.run(command)
    assert "Traceback" not in said.err and what in said.err, said.err
    assert (said.status != 0) is bool(what)
    assert before.items() <= site.tree(".").items()


def test_a_folder_that_may_not_be_listed_is_named(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(site)
    scan = os.scandir

    def closed(path: Any) -> Any:
        if os.fspath(path).endswith("content/posts"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scan(path)

    before = whole(site)
    monkeypatch.setattr(os, "scandir", closed)
    for command in ("build", "update", "check", "status", "list"):
        said = site.run(command)
        assert said.status == 1 and "content/posts: error: cannot list it: Permission denied [disk]\n" in said.err
        assert "check the permissions of the file and of its folder" in said.err
    monkeypatch.undo()
    assert whole(site) == before


def test_what_is_neither_file_nor_folder_is_passed_over(site: Folder) -> None:
    """A pipe would keep whoever reads it waiting."""
    edited(site)
    os.mkfifo(site.root / "content/posts/pipe.md")
    os.mkfifo(site.root / "locales/fa/LC_MESSAGES/posts/pipe.po")
    for command in ("update", "check", "status", "list", "build"):
        said = site.run(command)
        assert said.status == 0 and "pipe" not in said.out + said.err, said


LEADS_OUT = "this leads out of the site through a link"


@pytest.mark.parametrize("path", [
    "locales/fa/LC_MESSAGES/posts/a.po", "locales/fa/LC_MESSAGES", "locales/fa/glossary.csv",
    *map(longer, ("locales/fa/LC_MESSAGES/posts", "locales/fa", "locales", "locales/fa/LC_MESSAGES/terms.po",
                  "locales/fa/LC_MESSAGES/messages.po", "locales/fa/reviews/posts/named.toml")),
])  # fmt: skip
def test_a_link_that_leads_out_is_refused_by_name(site: Folder, tmp_path: Path, path: str, tally: Tally) -> None:
    settled(site)
    site.write("content/site.toml", SITE + "review = true\n")
    site.write("locales/fa/glossary.csv", "term,translation\ntea,چای\n")
    outside = tmp_path / "outside"
    (site.root / path).rename(outside)
    (site.root / path).symlink_to(outside)

    def there() -> object:
        return Folder(outside).tree(".") if outside.is_dir() else outside.read_bytes()

    before = there()
    asked = 0
    for command in (("build",), ("update",), ("check",), ("check", "--fix"), ("status",)):
        said = site.run(*command)
        assert "Traceback" not in said.err and said.status in (0, 1), said.err
        asked += 1
        if command[0] in ("build", "check") and not path.endswith(("glossary.csv", "terms.po", "messages.po")):
            assert said.status == 1 and LEADS_OUT in said.err and path in said.err, (command, said)
        assert there() == before, command
    assert site.run("update").status == 1 or path.endswith(".toml")
    tally("a link in locales/ that leads out of the site", asked, "refused by name; nothing written there")


def test_a_link_within_the_site_is_written_through(site: Folder) -> None:
    edited(site)
    catalogue = site.root / "locales/fa/LC_MESSAGES/posts/a.po"
    shared = site.root / "locales/fa/shared.po"
    catalogue.rename(shared)
    catalogue.symlink_to("../../shared.po")
    before = shared.read_bytes()
    assert site.run("update").status == 0
    assert catalogue.is_symlink() and shared.read_bytes() != before
    assert site.run("build").status == 0


def test_a_hard_link_is_broken_and_its_other_name_keeps_the_bytes(site: Folder, tmp_path: Path) -> None:
    edited(site)
    catalogue = site.root / "locales/fa/LC_MESSAGES/posts/a.po"
    other = tmp_path / "backup.po"
    os.link(catalogue, other)
    before = other.read_bytes()
    assert site.run("update").status == 0
    assert other.read_bytes() == before != catalogue.read_bytes()
    assert msgstrs({"a.po": before}) <= msgstrs({"a.po": catalogue.read_bytes()})


@pytest.mark.parametrize(
    "folder", [".dozaban/print", "public/en", *map(longer, (".dozaban/made", ".dozaban", "outbox", "public/.dozaban-stage"))]
)
def test_nothing_is_written_where_a_link_leads_out(site: Folder, tmp_path: Path, folder: str, tally: Tally) -> None:
    numbered(site)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "index.html").write_text("not ours")
    shutil.rmtree(site.root / folder, ignore_errors=True)
    (site.root / folder).symlink_to(outside)
    for command in (("build",), ("newsletter", "build", "nowruz"), ("newsletter", "preview", "nowruz"), ("status",)):
        said = site.run(*command)
        assert "Traceback" not in said.err, said.err
        if said.status:
            assert LEADS_OUT in said.err or "this is a link; remove it" in said.err, said
        assert Folder(outside).tree(".") == {"index.html": b"not ours"}, command
    tally("a link in the cache, the outbox or the output that leads out", 4, "refused, or replaced; nothing written there")


@pytest.mark.parametrize("name", ["nowruz/journal.jsonl", *map(longer, ("nowruz/preview", "nowruz/Preview", "nowruz/fa.html", "nowruz/preview/x"))])
def test_no_issue_takes_the_place_of_anothers_files(site: Folder, name: str) -> None:
    numbered(site)
    for suffix in (".md", ".fa.md"):
        site.write(f"content/newsletters/{name}{suffix}", site.read(f"content/newsletters/nowruz{suffix}"))
    for command in (("build", *FORMS), ("preview",)):
        said = site.run("newsletter", command[0], name, *command[1:])
        assert said.status == 1 and f"content/newsletters/{name}.md: error: an issue cannot be called" in said.err, said
    assert not (site.root / "outbox").exists()
    assert site.run("mv", f"newsletters/{name}", "newsletters/other").status == 0
    assert site.run("newsletter", "build", "other", *FORMS).status == 0


def test_an_issue_may_be_called_lock(site: Folder, mailroom: Mailroom) -> None:
    numbered(site)
    site.write("content/site.toml", site.read("content/site.toml").replace("localhost:1", f"localhost:{mailroom.port}"))
    site.write("list.csv", "address,language\n" + "".join(f"{one},{tag}\n" for one, tag in READERS.items()))
    listed = ("--subscribers", str(site.root / "list.csv"), "--yes")
    assert site.run("newsletter", "send", "nowruz", *listed).status == 0
    for suffix in (".md", ".fa.md"):
        site.write(f"content/newsletters/lock{suffix}", site.read(f"content/newsletters/nowruz{suffix}"))
    assert site.run("newsletter", "build", "lock", *FORMS).status == 0
    assert site.run("newsletter", "send", "lock", *listed).status == 0
    assert Counter(mailroom.accepted) == Counter(list(READERS) * 2)
