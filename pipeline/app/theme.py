"""The theme's files: which there are, which of them are the site's own, and copies to change.

A copy says in its first line from which state of our file it was made, so that `check` can
tell when ours has changed since. What each template is for stands in templates/README.md,
beside what it gets, and nowhere else.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from pipeline import files
from pipeline.app.sources import decode, package_data
from pipeline.problems import Problem, UsageError, problem
from pipeline.speech import say

README = "README.md"

_COMMENTS = {"html": ("{#", "#}"), "xml": ("{#", "#}"), "txt": ("{#", "#}"), "css": ("/*", "*/"), "js": ("/*", "*/")}
"""How a comment is written in a kind of file; others carry no mark."""

_MARK = re.compile(r"Copied from dozaban's (?P<name>\S+), state (?P<state>[0-9a-f]{8})")

_ROW = re.compile(r"^\| (`[^|]*`) \| ([^|]+) \| [^|]* \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A file of the theme. `purpose` is what README.md says of it; `ours` that the tool has
    it, `own` that the site does; `changed` that ours has changed since it was copied."""

    name: str
    purpose: str = ""
    ours: bool = True
    own: bool = False
    changed: bool = False


def templates(root: Path) -> list[Template]:
    """Every file of the theme and of the site's templates/, sorted by name."""
    data = package_data()
    ours, own = _names(data), _names(root)
    if data.resolve() == root.resolve():
        own = set()
    purposes = _purposes(decode(files.read(data, f"templates/{README}"), f"templates/{README}"))
    stale = {one.location.path for one in drift(root)}
    return [
        Template(
            name=name,
            purpose=purposes.get(name, ""),
            ours=name in ours,
            own=name in own,
            changed=f"templates/{name}" in stale,
        )
        for name in sorted(ours | own)
    ]


def _names(base: Path) -> set[str]:
    found = (path.removeprefix("templates/") for path in files.tree(base, "templates"))
    return {name for name in found if name != README}


def _purposes(text: str) -> dict[str, str]:
    """What the table in README.md says that each template renders."""
    return {
        name: renders.strip()
        for names, renders in _ROW.findall(text)
        for name in re.findall(r"`([^`]+)`", names)
    }


def show(name: str) -> bytes:
    """A file of the theme as the tool has it. Raises UsageError where there is none."""
    return files.read(package_data(), f"templates/{_ours(name)}")


def copy(root: Path, name: str) -> str:
    """Copy a file of the theme into the site's templates/; returns its path there.

    Never over another. Raises UsageError or DiskError.
    """
    name = _ours(name)
    path = f"templates/{name}"
    if (root / path).exists():
        raise UsageError(say(
            "{path} is there already; to compare: dozaban theme show {name} | diff {path} -",
            path=path, name=name,
        ))  # fmt: skip
    data = files.read(package_data(), path)
    with files.lock(root, "theme copy"):
        files.write(root, path, _marked(name, data), expected=None)
    return path


def _ours(name: str) -> str:
    """The name that a user means. Raises UsageError with the nearest ones."""
    wanted = name.removeprefix("./").removeprefix("templates/")
    known = _names(package_data()) | {README}
    if wanted in known:
        return wanted
    near = difflib.get_close_matches(wanted, sorted(known), n=1, cutoff=0.6)
    if near:
        raise UsageError(say("the theme has no `{name}`; did you mean `{other}`?", name=name, other=near[0]))
    raise UsageError(say("the theme has no `{name}`; `dozaban theme show` names all that there are", name=name))


def _state(data: bytes) -> str:
    return blake2b(data, digest_size=4).hexdigest()


def _marked(name: str, data: bytes) -> bytes:
    """A copy with its mark in a line of its own, which leaves no trace in a page."""
    opening, closing = _COMMENTS.get(name.rpartition(".")[2], ("", ""))
    if not opening:
        return data
    return f"{opening} Copied from dozaban's {name}, state {_state(data)} {closing}\n".encode() + data


def drift(root: Path) -> list[Problem]:
    """A warning for each copied file whose original has changed, or gone, since."""
    data, found = package_data(), []
    for path in files.tree(root, "templates"):
        if path.rpartition(".")[2] not in _COMMENTS:
            continue
        opening = files.read(root, path)[:500].decode("utf-8", "replace")
        mark = _MARK.search(opening)
        if mark is None:
            continue
        name, line = mark["name"], opening.count("\n", 0, mark.start()) + 1
        now = files.read(data, f"templates/{name}") if files.exists(data, f"templates/{name}") else None
        if now is None:
            message = say("dozaban has no {name} any more, of which this is a copy", name=name)
            hint = say("nothing may use it now: see `dozaban theme show`; remove this line if something does")
        elif (state := _state(now)) != mark["state"]:
            message = say("dozaban's {name} has changed since this was copied from it", name=name)
            hint = say("compare: dozaban theme show {name} | diff {path} - ; when nothing is left to take over, "
                       "write `state {state}` here", name=name, path=path, state=state)  # fmt: skip
        else:
            continue
        found.append(problem("theme-drift", message, path, line, severity="warn", hint=hint))
    return found
