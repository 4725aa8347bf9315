"""Building the site: nothing where nothing has changed, a page where a word has, else all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.app.warm import Kept, Lost
from pipeline.problems import Problem, UsageError, packed, unpacked
from pipeline.speech import say


@dataclass(kw_only=True)
class Built:
    """What a build did. `addresses` are those of all pages, redirects among them.

    `whole` says why everything was made anew; where it was not, `reasons` says which
    changed files made which file of the output be made anew.
    """

    documents: int = 0
    pages: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    problems: list[Problem] = field(default_factory=list)
    editions: dict[str, dict[str, int]] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()
    out: str = ""
    written_paths: tuple[str, ...] = ()
    whole: str = ""
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.problems)

    def kept(self, own: Mapping[str, Sequence[Problem]], others: Iterable[Problem]) -> dict[str, Any]:
        """What the next build has to know of this one."""
        return {
            "documents": self.documents,
            "pages": self.pages,
            "unchanged": self.written + self.unchanged,
            "editions": self.editions,
            "problems": [packed(one) for one in self.problems],
            "own": {name: [packed(one) for one in found] for name, found in own.items()},
            "others": [packed(one) for one in others],
        }


def build(
    root: Path,
    *,
    out: Path | None = None,
    strict: bool = False,
    drafts: bool = False,
    portable: bool = False,
    jobs: int = 0,
    cache: bool = True,
    as_of: date | None = None,
    only_check: bool = False,
    pseudo: bool = False,
    cards: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    session: Session | None = None,
    executor: str = "",
) -> Built:
    """Build the site into `out` (public/ by default; .dozaban/pseudo/ for made-up text).

    A build with errors writes nothing and returns them in `problems`. `jobs` is the
    number of processes; 0 chooses. Without `cards`, which only others see, none are drawn.
    An `executor` (dask://HOST:PORT) has reading and rendering done elsewhere, in a folder
    that all share. A `session` is for who builds again and again, and alone writes there.
    Raises DozabanError where nothing can be said at all.
    """
    out = out or (root / ".dozaban" / "pseudo" if pseudo else root / "public")
    guard_output(root, out)
    with files.lock(root, "build"):
        options: list[object] = [strict, drafts, portable, str(as_of), pseudo, cards]
        before = session.kept if session else None
        kept = Kept(root, out, options, before) if cache and not only_check else None
        past = Kept(root, root / "public", None) if cache and only_check else kept
        if session:
            session.kept = None  # what breaks off leaves nothing to rely on
        found = _known(kept, strict, drafts, portable, as_of, pseudo) if kept else None
        while found is None:
            from pipeline.app.making import make

            crew = _crew(root, executor, progress) if executor else None
            try:
                found = make(
                    root, out, kept, past, strict=strict, drafts=drafts, portable=portable, jobs=jobs,
                    as_of=as_of, only_check=only_check, pseudo=pseudo, cards=cards, progress=progress, crew=crew,
                )  # fmt: skip
            except Lost:
                assert kept is not None
                kept.forget()
            except BaseException:  # what its workers were at when they were ended stays half-written
                files.clear_temporaries(root)
                raise
            else:
                found.whole = _why(kept)
            finally:
                if crew is not None:
                    crew.close()
        if session and kept:
            session.kept = kept
        return found


def _crew(root: Path, executor: str, progress: Callable[[str, int, int], None] | None) -> Any:
    from pipeline.app import remote

    folder = root / ".dozaban"
    folder.mkdir(exist_ok=True)
    return remote.Crew(remote.connect(executor), folder, progress)


def _why(kept: Kept | None) -> str:
    """Why all was made anew."""
    if kept is None:
        return say("nothing was to be taken from the cache")
    if kept.why:
        return kept.why
    if not kept.compared:
        return say("no build with these settings is remembered")
    paths = sorted(kept.compared.all, key=lambda path: (path.startswith("//"), path))
    if not paths:
        return say("what was remembered is lost")
    first, more = paths[0].removeprefix("//"), len(paths) - 1
    if not more:
        return say("{path} has come, gone or changed", path=first)
    return say("{path} and {n} more file have come, gone or changed", "{path} and {n} more files have come, gone or changed", path=first, n=more)


class Session:
    """Builds of one process into a folder of its own, which keep in memory what they remember."""

    kept: Kept | None = None

    def close(self) -> None:
        """Write down what is remembered."""
        if self.kept is not None:
            self.kept.flush()


def _known(
    kept: Kept, strict: bool, drafts: bool, portable: bool, as_of: date | None, pseudo: bool
) -> Built | None:
    """A build where nothing has changed, or only words; None where more has."""
    if kept.changes:  # what it takes is had ready while another process looks whether the output stands
        from pipeline.app.rebuild import rebuild
    if not kept.stands():
        kept.why = say("the output is not as the last build left it")
        return None
    if not kept.comparable():
        kept.why = say("a program that it needs has come, gone or changed")
        return None
    if not kept.changes:
        kept.settle()
        return recalled(kept)
    with suppress(Lost):
        kept.why = ""
        return rebuild(kept, strict=strict, drafts=drafts, portable=portable, as_of=as_of, pseudo=pseudo)
    return None


def recalled(kept: Kept) -> Built:
    """What the last build came to, where nothing has changed since."""
    found = kept["built"]
    return Built(
        documents=found["documents"], pages=found["pages"], unchanged=found["unchanged"],
        editions=found["editions"], problems=[unpacked(one) for one in found["problems"]], out=kept.out,
    )  # fmt: skip


_OLDER: Mapping[str, tuple[str, ...]] = {
    "site": ("index.html", "404.html", "sitemap.xml", "assets/style-*.css"),
    "status": ("index.html", "status.css"),
}
"""What all stands in a folder that was built before folders were marked."""

_SOURCES = ("content", "locales", "templates", "outbox")


def guard_output(root: Path, out: Path, kind: str = "site") -> None:
    """Refuse an output folder that holds something else, which writing it would delete.

    Ours are empty folders, those with our mark of the same `kind`, and what looks in all
    like one from before there were marks. Hidden files at the top do not count: they stay.
    Raises UsageError.
    """
    real, top = out.resolve(), root.resolve()
    if real == top or real in top.parents or real == top / ".dozaban" or ".git" in real.parts or any(
        real == top / own or top / own in real.parents for own in _SOURCES
    ):
        raise UsageError(say("the output folder {out} holds the site's sources", out=str(out)))
    if not out.is_dir():
        if out.exists():
            raise UsageError(say("{out} is a file, not a folder", out=str(out)))
        return
    shown = any(not entry.name.startswith(".") for entry in os.scandir(out))
    mark, older = files.mark_of(out), _OLDER.get(kind, ())
    if shown and mark != kind and (mark or not older or not all(any(out.glob(name)) for name in older)):
        if mark:
            raise UsageError(say(
                "{out} holds another output of ours ({mark}): "
                "its files would be deleted; name an empty or a new folder",
                out=str(out), mark=mark,
            ))  # fmt: skip
        raise UsageError(say(
            "{out} is not empty and holds no site of ours: "
            "its files would be deleted; name an empty or a new folder",
            out=str(out),
        ))  # fmt: skip
