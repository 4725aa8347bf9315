"""The command line: arguments → a use case → a report → an exit status.

Exit statuses: 0 fine, 1 problems in the content, on the disk or in the network, 2 wrong
usage, 3 a bug of ours, 130 interrupted. Nothing here reads or writes a site itself.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pipeline import __version__, terminal
from pipeline.cli_newsletter import newsletter
from pipeline.commands import Argument, Commands, Option
from pipeline.problems import DozabanError, UsageError
from pipeline.speech import Said, say, series, word
from pipeline.terminal import AsJson
from pipeline.voice import ENGLISH

if TYPE_CHECKING:
    from pipeline.app.build import Built
    from pipeline.app.update import Updated
    from pipeline.nudges import Nudge

cli = Commands(
    "dozaban",
    help="One set of posts, two editions: a bilingual site and its translation, "
    "through plain gettext catalogues.",
)
_asked_for = [""]

_ALLOCATED = 500_000
"""After so many new objects, those that only hold each other are looked for: a command makes
many objects and few such, and looking more often took a twelfth of a build's time."""


class _Answered(Exception):
    """What was asked is answered: there is no command to run."""


def _version(wanted: bool) -> None:
    if wanted:
        terminal.put(f"dozaban {__version__}")
        raise _Answered


@cli.main
def _main(
    directory: Annotated[
        Path,
        Option("-C", metavar="DIR", help="The site: a folder with content/site.toml, or one below it."),
    ] = Path(),
    version: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
    # What follows is taken out before, wherever it stands: see `_asked`.
    ui: Annotated[
        str, Option("--ui", metavar="LANG", help="The language to speak; by default your locale's, or English.")
    ] = "",
    visual: Annotated[
        bool,
        Option("--visual", help="Persian shaped and put in order, for terminals that do neither "
                     "(or set DOZABAN_VISUAL=1)."),
    ] = False,
) -> None:
    terminal.here[0] = directory


# --- commands ----------------------------------------------------------------------------


@cli.command()
def init(directory: Annotated[Path, Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Start a new site that builds as it is."""
    from pipeline.app import documents

    target = directory if directory.is_absolute() else terminal.here[0] / directory
    documents.init(target)
    terminal.tell(say("A new site stands in {folder}. Next:", folder=str(directory)))
    terminal.tell(f"  dozaban -C {directory} serve       {terminal.spoken(say('look at it, live'))}")
    terminal.tell(f"  dozaban -C {directory} new post \"{terminal.voice[0].plain(say('A title'))}\"")
    after = say("after each change: brings the catalogues up to date")
    terminal.tell(f"  dozaban -C {directory} update      {terminal.spoken(after)}")


@cli.command()
def new(
    kind: Annotated[str, Argument(metavar="post|page|newsletter", help="What to write.")],
    title: Annotated[str, Argument(help="Its title; the file is named by it.")],
    lang: Annotated[str, Option("--lang", help="The language that it is written in.")] = "",
) -> None:
    """Start a new post, page or newsletter."""
    from pipeline.app import documents

    if kind not in ("post", "page", "newsletter"):
        raise UsageError(say("`{kind}` is no kind of document: post, page or newsletter", kind=kind))
    path = documents.new(terminal.root(), kind, title, lang)
    terminal.tell(say("wrote {path}", path=path))


@cli.command()
def mv(
    old: Annotated[str, Argument(help="The document as it is called now.")],
    new_name: Annotated[str, Argument(metavar="NEW", help="Its new name.")],
) -> None:
    """Rename a document; its old addresses redirect.

    Its editions, catalogues and reviews move along.
    """
    from pipeline.app import build as building
    from pipeline.app import documents

    root = terminal.root()
    for before, after in documents.move(root, old, new_name):
        terminal.tell(f"{before} → {after}")
    rules = ("broken-link", "issue-item")
    broken = [one for one in building.build(root, only_check=True).problems if one.rule in rules]
    if broken:
        terminal.tell(say(
            "{n} link or issue has the old name, or leads nowhere from the new place; correct:",
            "{n} links or issues have the old name, or lead nowhere from the new place; correct:",
            n=len(broken),
        ))  # fmt: skip
        for one in broken:
            terminal.tell(f"  {terminal.clean(str(one.location))}: {terminal.spoken(one.message)}")


@cli.command("list")
def list_(
    lang: Annotated[str, Option("--lang", help="Only editions in this language.")] = "",
    as_json: AsJson = False,
) -> int:
    """List the documents and how far each edition is."""
    from pipeline.app import documents
    from pipeline.languages import iso

    found, problems = documents.examine(terminal.root())
    rows: list[dict[str, Any]] = []
    for record, site in found:
        document = record.document
        if lang and lang not in [language.tag for language in site.languages]:
            raise UsageError(say("the site has no language `{lang}`", lang=lang))
        editions = {
            tag: {
                "origin": edition.origin,
                "outcome": record.decisions[tag].outcome,
                "reason": record.decisions[tag].reason,
                "counts": edition.coverage.counts(),
            }
            for tag, edition in sorted(record.editions.items())
            if not lang or tag == lang
        }
        rows.append(
            {
                "document": document.name,
                "kind": document.kind,
                "lang": document.lang,
                "date": iso(document.date) if document.date else None,
                "title": document.title,
                "editions": editions,
            }
        )
    if as_json:
        terminal.as_json("list", documents=rows, problems=[terminal.problem_json(p) for p in problems])
    else:
        width = max((len(row["document"]) for row in rows), default=0)
        for row in rows:
            parts = [
                say("{lang} {standing}", lang=tag, standing=_standing(edition))
                for tag, edition in row["editions"].items()
            ]
            day = terminal.voice[0].day(date.fromisoformat(row["date"][:10])) if row["date"] else ""
            terminal.tell(f"{row['document']:<{width}}  {day:<10}  {terminal.spoken(series(parts))}")
        terminal.report(problems)
    return int(any(one.severity == "error" for one in problems))


def _standing(edition: dict[str, Any]) -> Said:
    """How an edition stands, in a word or two."""
    from pipeline.account import WORDS

    if edition["origin"] != "composed":
        return _ORIGINS[edition["origin"]]
    if edition["outcome"] == "all":
        return WORDS["complete"]
    counts = edition["counts"]
    return say(
        "{done}/{total} {outcome}",
        done=counts["translated"], total=sum(counts.values()), outcome=WORDS[edition["outcome"]],
    )  # fmt: skip


_ORIGINS = {
    "original": word("state", "original"),
    "authored": word("state", "authored"),
    "composed": word("state", "composed"),
}


@cli.command()
def show(
    name: Annotated[str, Argument(metavar="DOC", help="A document.")],
    lang: Annotated[str, Option("--lang", help="Only the edition in this language.")] = "",
    as_json: AsJson = False,
) -> int:
    """Show a document and its open messages.

    Its editions, what goes out of each and why; with --lang each message that is still
    open, with what changed marked word by word, and what a reader would meet now.
    """
    from pipeline.app import documents
    from pipeline.languages import iso

    found, problems = documents.examine(terminal.root(), [name])
    for record, _ in found:
        document = record.document
        if lang and lang not in record.editions:
            raise UsageError(say("the site has no language `{lang}`", lang=lang))
        editions: list[dict[str, Any]] = []
        for tag, edition in sorted(record.editions.items()):
            if lang and tag != lang:
                continue
            decision = record.decisions[tag]
            editions.append(
                {
                    "lang": tag,
                    "origin": edition.origin,
                    "title": edition.title.text,
                    "outcome": decision.outcome,
                    "reason": decision.reason,
                    "detail": decision.detail,
                    "counts": edition.coverage.counts(),
                    "stale": edition.coverage.stale,
                    "words": edition.coverage.words,
                    "words_translated": edition.coverage.words_translated,
                    "review": _review_of(terminal.root(), document.name, edition),
                    "open": [
                        {
                            "kind": one.kind,
                            "msgid": one.msgid,
                            "msgstr": one.msgstr,
                            "previous": one.previous or None,
                            "state": one.state,
                            "shown": one.shown,
                            "path": one.path,
                            "line": one.line,
                            "source": {"path": one.source, "line": one.source_line},
                        }
                        for one in documents.open_messages(terminal.root(), document.name, tag)
                    ]
                    if lang
                    else None,
                }
            )
        if as_json:
            terminal.as_json(
                "show",
                document=document.name,
                kind=document.kind,
                lang=document.lang,
                date=iso(document.date) if document.date else None,
                path=document.path,
                editions=editions,
                problems=[terminal.problem_json(p) for p in problems],
            )
            continue
        terminal.tell(f"{document.name}  ({terminal.spoken(_KINDS[document.kind])}, {document.path})")
        for one in editions:
            standing = say("{origin}: {outcome}", origin=_ORIGINS[one["origin"]], outcome=_outcome(one))
            terminal.tell(f"  {one['lang']}  {terminal.spoken(standing)}")
            terminal.tell(f"      {terminal.quoted(one['title'])}")
            if one["origin"] == "composed":
                counts = one["counts"]
                terminal.tell(indent=6, text=say(
                    "{translated} translated, {fuzzy} fuzzy, {untranslated} untranslated; {done} of {words} words",
                    **counts, done=one["words_translated"], words=one["words"],
                ))  # fmt: skip
            if one["review"]:
                by, day = one["review"]["by"], date.fromisoformat(one["review"]["on"])
                if one["review"]["holds"]:
                    terminal.tell(say("read by {who} on {day}, as it stands", who=by, day=day), indent=6)
                else:
                    terminal.tell(say("read by {who} on {day}, but its text has changed since", who=by, day=day), indent=6)
            for message in one["open"] or ():
                _say_open(message)
    if not as_json:
        terminal.report(problems)
    return int(any(one.severity == "error" for one in problems))


def _review_of(root: Path, name: str, edition: Any) -> dict[str, Any] | None:
    from pipeline.app.reviews import read_review

    found = None if edition.origin == "original" else read_review(root, name, edition.language)
    if found is None:
        return None
    return {"by": found.by, "on": found.day.isoformat(), "holds": found.holds(edition)}


def _say_open(message: dict[str, Any]) -> None:
    """One open message: where it is, what changed, what a reader would meet."""
    from pipeline.differences import differences
    from pipeline.report import PARTS

    source = message["source"]
    place = f"{message['path']}:{message['line']}" if message["line"] else message["path"]
    kind = PARTS.get(message["kind"], message["kind"])
    terminal.tell()
    said = say("{state}; {shown}", state=_STATES[message["state"]], shown=_SHOWN[message["shown"]])
    terminal.tell(f"  {terminal.clean(place)}: {terminal.spoken(said)}")
    terminal.tell(say("{kind}, {place}", kind=kind, place=f"{source['path']}:{source['line']}"), indent=4)
    if message["previous"]:
        text = ""
        for what, part in differences(message["previous"], message["msgid"]):
            part = terminal.clean(part.replace("\n", " "))
            if not sys.stdout.isatty() or terminal.voice[0].shaped:
                part = {"same": part, "gone": f"[-{part}-]", "new": f"{{+{part}+}}"}[what]
                text += part
            else:
                text += terminal.colour(part, {"same": "0", "gone": "9;31", "new": "4;32"}[what], sys.stdout)
    else:
        text = terminal.clean(message["msgid"].replace("\n", " "))
    terminal.put(f"    {terminal.voice[0].quoted(text)}")
    if message["msgstr"]:
        terminal.put(f"    {terminal.quoted(message['msgstr'])}")


_KINDS = {"post": word("kind", "post"), "page": word("kind", "page"), "issue": word("kind", "issue")}
_STATES = {
    "untranslated": say("not translated"),
    "stale": say("the source has changed"),
    "fuzzy": say("a suggestion that nobody confirmed"),
}
_SHOWN = {
    "source": say("published in the source language"),
    "older translation": say("published as it was, marked"),
}
_GOES = {
    "all": say("goes out"),
    "marked": say("goes out, with what is not translated marked"),
    "withheld": say("is withheld"),
    "draft": say("does not go out"),
    "held": say("is held back"),
}


def _outcome(edition: dict[str, Any]) -> Said:
    goes = _GOES[edition["outcome"]]
    return say("{outcome}: {why}", outcome=goes, why=edition["detail"]) if edition["detail"] else goes


@cli.command()
def update(
    names: Annotated[list[str] | None, Argument(metavar="[DOC…]", help="Only these documents.")] = None,
    check: Annotated[
        bool, Option("--check", help="Change nothing; exit 1 if something would change.")
    ] = False,
    compendium: Annotated[
        list[Path] | None,
        Option(help="A catalogue to fill from: exact matches as translated, near ones as fuzzy."),
    ] = None,
    drop_obsolete: Annotated[
        bool, Option("--drop-obsolete", help="Remove what the source no longer has, for good.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Bring the catalogues up to date.

    What content and templates have to translate goes into locales/; what changed keeps
    its old translation as fuzzy, what is gone stays as obsolete. New messages are looked
    for in the site's other translations; in documents that are named, all blank ones are.
    """
    from pipeline.app import update as upkeep

    done, problems = upkeep.update(
        terminal.root(),
        names or (),
        check=check,
        compendia=[_outside(path) for path in compendium or ()],
        drop_obsolete=drop_obsolete,
    )
    if as_json:
        terminal.as_json(
            "update",
            catalogues=[
                {"path": one.path, "lang": one.language, "new_file": one.fresh, "written": one.written,
                 "moved_from": one.moved_from,
                 "changes": {k: getattr(one.changes, k) for k in one.changes.__slots__}}
                for one in done
            ],
            problems=[terminal.problem_json(p) for p in problems],
        )  # fmt: skip
        errors = sum(1 for one in problems if one.severity == "error")
    else:
        for one in done:
            terminal.tell(f"{one.path}: {terminal.spoken(_changes(one))}")
        errors = terminal.report(problems)
        if not done and not errors:
            terminal.tell(say("every catalogue is up to date"))
    return int(bool(errors or (check and done)))


def _outside(path: Path) -> Path:
    """A path of the user's, from where they stand."""
    return path


def _changes(one: Updated) -> Said:
    """What an update did to a catalogue."""
    found = {name: getattr(one.changes, name) for name in one.changes.__slots__}
    said = {
        "new": say("{n} new", n=found["new"]),
        "filled": say("{n} filled in", n=found["filled"]),
        "suggested": say("{n} suggested", n=found["suggested"]),
        "changed": say("{n} changed, to be looked at again", n=found["changed"]),
        "carried": say("{n} carried over", n=found["carried"]),
        "returned": say("{n} came back", n=found["returned"]),
        "dropped": say("{n} no longer in the source, kept as obsolete", n=found["dropped"]),
        "removed": say("{n} removed", n=found["removed"]),
        "swept": say("{n} obsolete, removed", n=found["swept"]),
        "recorded": say("{n} recorded from the edition", n=found["recorded"]),
        "comments": say("{n} comments renewed", n=found["comments"]),
    }
    parts = [text for name, text in said.items() if found[name]]
    if one.changes.moved and not parts:
        parts = [say("put in the document's order")]
    if one.moved_from:
        parts.insert(0, say("moved from {path}", path=one.moved_from))
    text = series(parts) if parts else say("header renewed")
    return say("new catalogue: {changes}", changes=text) if one.fresh else text


@cli.command()
def check(
    names: Annotated[list[str] | None, Argument(metavar="[DOC…]", help="Only these documents.")] = None,
    fix: Annotated[
        bool, Option("--fix", help="Mend what can be mended safely, and report the rest.")
    ] = False,
    as_of: Annotated[
        datetime | None, Option("--as-of", formats=["%Y-%m-%d"], help="Today's date.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Find what is wrong in content and catalogues.

    Each finding stands at its file, line and column, with a hint.
    """
    from pipeline.app import check as checking

    done = checking.check(
        terminal.root(),
        names or (),
        fix=fix,
        as_of=as_of.date() if as_of else None,
        progress=terminal.progress(),
    )
    if as_json:
        terminal.as_json(
            "check",
            documents=done.documents,
            fixed=[{"path": one.path, "rules": one.rules} for one in done.mended],
            problems=[terminal.problem_json(p) for p in done.problems],
        )
        errors = sum(1 for one in done.problems if one.severity == "error")
    else:
        for one in done.mended:
            rules = [say("{n} {rule}", n=number, rule=rule) for rule, number in one.rules.items()]
            fixed = say("fixed {n} ({rules})", n=sum(one.rules.values()), rules=series(rules))
            terminal.tell(f"{one.path}: {terminal.spoken(fixed)}")
        errors = terminal.report(done.problems)
        warnings = len(done.problems) - errors
        found = say("nothing wrong")
        if errors and warnings:
            found = say("{errors} and {warnings}", errors=_errors(errors), warnings=_warnings(warnings))
        elif errors or warnings:
            found = _errors(errors) if errors else _warnings(warnings)
        documents = say("{n} document", "{n} documents", n=done.documents)
        terminal.tell(say("{found} in {documents}", found=found, documents=documents))
    return int(bool(errors))


def _errors(number: int) -> Said:
    return say("{n} error", "{n} errors", n=number)


def _warnings(number: int) -> Said:
    return say("{n} warning", "{n} warnings", n=number)


@cli.command()
def adopt(
    source: Annotated[str, Argument(metavar="SOURCE.md", help="A document, or a folder of documents.")],
    translation: Annotated[
        Path, Argument(metavar="TRANSLATION.md", help="Its translation, or a folder of translations.")
    ],
    lang: Annotated[str, Option("--lang", help="The language of the translation.")] = "",
    dry_run: Annotated[bool, Option("--dry-run", help="Write nothing; say what would come of it.")] = False,
    as_json: AsJson = False,
) -> int:
    """Turn an existing translation into a catalogue.

    What found no partner on either side is named, and kept as a comment.
    """
    from pipeline.app import adopt as adoption

    done = adoption.adopt(terminal.root(), source, _outside(translation), tag=lang, dry_run=dry_run)
    if as_json:
        terminal.as_json("adopt", **adoption.as_json(done), problems=[terminal.problem_json(p) for p in done.problems])
        errors = sum(1 for one in done.problems if one.severity == "error")
    else:
        for indent, line in adoption.report(done):
            terminal.tell(line, indent=indent)
        errors = terminal.report(done.problems)
        if dry_run:
            terminal.tell(say("nothing was written"))
    return int(bool(errors))


@cli.command("merge-po")
def merge_po(
    base: Annotated[Path | None, Argument(metavar="BASE", help="The common ancestor: git's %O.")] = None,
    ours: Annotated[Path | None, Argument(metavar="OURS", help="Our version, and the result: %A.")] = None,
    theirs: Annotated[Path | None, Argument(metavar="THEIRS", help="Their version: %B.")] = None,
    path: Annotated[str, Option("--path", help="The file's name in the tree: %P.")] = "",
    install: Annotated[bool, Option("--install", help="Set git up to use this here.")] = False,
) -> int:
    """Merge two versions of a catalogue, entry by entry: git's merge driver."""
    from pipeline.app import merging

    if install:
        for line in merging.install(terminal.root()) or [say("git is set up already")]:
            terminal.tell(line)
        return 0
    if base is None or ours is None or theirs is None:
        raise UsageError(say("name three files, BASE OURS THEIRS; or --install, once"))
    outcome = merging.drive(base, ours, theirs, path)
    terminal.report(outcome.problems)
    if outcome.disputed:
        said = say(
            "{n} entry was translated in two ways: ours, now fuzzy; theirs as a comment, `# theirs:`",
            "{n} entries were translated in two ways: ours, now fuzzy; theirs as a comment, `# theirs:`",
            n=outcome.disputed,
        )
        terminal.put(f"{terminal.clean(path or str(ours))}: {terminal.spoken(said)}", err=True)
    return int(not outcome.whole)


@cli.command()
def export(
    name: Annotated[str, Argument(metavar="DOC", help="A document.")],
    lang: Annotated[str, Option("--lang", help="The edition's language.")],
) -> None:
    """Write an edition as Markdown.

    With front matter, on standard output; an original's is its file, byte for byte.
    """
    from pipeline.app import documents

    sys.stdout.buffer.write(documents.export(terminal.root(), name, lang))
    sys.stdout.buffer.flush()


@cli.command()
def build(
    out: Annotated[Path | None, Option(help="Where to; public/ in the site by default.")] = None,
    strict: Annotated[bool, Option("--strict", help="Warnings are errors.")] = False,
    drafts: Annotated[bool, Option("--drafts", help="Drafts too.")] = False,
    portable: Annotated[
        bool, Option("--portable", help="Links that work when the pages are opened from disk.")
    ] = False,
    jobs: Annotated[int, Option(help="Processes to use; 0 chooses.")] = 0,
    executor: Annotated[
        str,
        Option(metavar="dask://HOST:PORT", help="Have the work done by a Dask cluster that shares the site's folder.",
                     show_default=False),
    ] = "",
    no_cache: Annotated[bool, Option("--no-cache", help="Take nothing from the cache.")] = False,
    explain: Annotated[bool, Option("--explain", help="Say of each page why it was made anew.")] = False,
    pseudo: Annotated[
        bool,
        Option("--pseudo", help="Made-up text for every translation, to try templates on; "
                     "goes to .dozaban/pseudo/ unless --out says otherwise."),
    ] = False,
    as_of: Annotated[
        datetime | None,
        Option("--as-of", formats=["%Y-%m-%d"], help="Today's date: later posts are held back."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Build the site, both editions."""
    from pipeline.app import build as building

    root = terminal.root()
    built = building.build(
        root,
        out=out,
        strict=strict,
        drafts=drafts,
        portable=portable,
        jobs=jobs,
        cache=not no_cache,
        pseudo=pseudo,
        as_of=as_of.date() if as_of else None,
        progress=terminal.progress(),
        executor=executor,
    )
    if as_json:
        terminal.as_json(
            "build",
            documents=built.documents,
            pages=built.pages,
            written=built.written,
            unchanged=built.unchanged,
            removed=built.removed,
            editions=built.editions,
            **({"whole": built.whole, "reasons": built.reasons} if explain else {}),
            problems=[terminal.problem_json(p) for p in built.problems],
        )
    else:
        errors = terminal.report(built.problems)
        if explain:
            _say_why(built)
        if built.failed:
            terminal.tell(say("{errors}: nothing was written, the site stays as it was", errors=_errors(errors)), err=True)
        else:
            _say_built(built, root, portable)
    return int(built.failed)


def _say_why(built: Built) -> None:
    """Why each page was made anew: the changed files, and below each what shows them."""
    shown: dict[tuple[str, ...], list[str]] = {}
    for path, because in built.reasons.items():
        shown.setdefault(because, []).append(path)
    for because, paths in sorted(shown.items()):
        terminal.tell(say("because {paths} changed:", paths=series(because)))
        for path in sorted(paths):
            mark = word("file", "written") if path in built.written_paths else word("file", "the same")
            terminal.tell(say("{path} ({state})", path=path, state=mark), indent=2)
    if built.whole:
        terminal.tell(say("everything was made anew: {why}", why=built.whole))
    elif not built.reasons and not built.failed:
        terminal.tell(say("nothing has changed since the last build"))


def _say_built(built: Built, root: Path, portable: bool) -> None:
    for tag, counts in built.editions.items():
        parts = [say("{n} document whole", "{n} documents whole", n=counts["all"])]
        if counts["marked"]:
            parts.append(say("{n} with untranslated parts marked", n=counts["marked"]))
        if counts["withheld"]:
            parts.append(say("{n} withheld", n=counts["withheld"]))
        if counts["draft"]:
            parts.append(say("{n} draft left out", "{n} drafts left out", n=counts["draft"]))
        if counts["held"]:
            parts.append(say("{n} held back", n=counts["held"]))
        terminal.tell(say("{lang}: {editions}", lang=tag, editions=series(parts)))
    where = os.path.relpath(built.out)
    terminal.tell(_written(built.pages, where, built.written, built.unchanged, built.removed))
    if portable:
        terminal.tell(say("open {path}", path=f"{where}/index.html"))


def _written(pages: int, where: str, written: int, unchanged: int, removed: int) -> Said:
    """What became of an output folder."""
    changes = [say("{n} written", n=written), say("{n} unchanged", n=unchanged)]
    if removed:
        changes.append(say("{n} removed", n=removed))
    return say(
        "{n} page in {folder}: {changes}", "{n} pages in {folder}: {changes}",
        n=pages, folder=where, changes=series(changes),
    )  # fmt: skip


@cli.command()
def status(
    names: Annotated[list[str] | None, Argument(metavar="[DOC…]", help="Only these documents.")] = None,
    lang: Annotated[str, Option("--lang", help="Only editions in this language.")] = "",
    state: Annotated[
        list[str] | None,
        Option("--state", help="Only this progress or outcome: missing, \"in translation\", stale, withheld …"),
    ] = None,
    tag: Annotated[str, Option("--tag", help="Only documents with this tag.")] = "",
    person: Annotated[str, Option("--person", help="Only what this person translates or touched.")] = "",
    since: Annotated[
        datetime | None,
        Option("--since", formats=["%Y-%m-%d"], help="Only what was touched or went stale since."),
    ] = None,
    below: Annotated[
        int | None, Option("--below", help="Only editions with less than N % of words translated.")
    ] = None,
    everything: Annotated[bool, Option("--all", help="Originals and what is complete, too.")] = False,
    fail_under: Annotated[
        float | None, Option("--fail-under", help="Exit 1 if any edition has less than N % translated.")
    ] = None,
    fail_on: Annotated[
        list[str] | None, Option("--fail-on", help="Exit 1 if any edition is in this state.")
    ] = None,
    as_of: Annotated[
        datetime | None, Option("--as-of", formats=["%Y-%m-%d"], help="Today's date, for what is overdue.")
    ] = None,
    html: Annotated[
        Path | None, Option("--html", metavar="DIR", help="Write it as pages, in each of the site's languages.")
    ] = None,
    nudge: Annotated[
        bool, Option("--nudge", help="What changed for each translator since --since, as text to mail.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """What is translated, stale, ready, and what is next.

    Editions stand in the order in which an editor would act on them.
    """
    from pipeline import account, report
    from pipeline.app import status as taking

    if nudge and since is None:
        raise UsageError(say("--nudge needs a day to count from: {example}", example="--since 2026-03-20"))
    if nudge and html:
        raise UsageError(say("--nudge and --html are two answers: ask for one"))
    root, today = terminal.root(), as_of.date() if as_of else date.today()
    for one in (*(state or ()), *(fail_on or ())):
        if one not in account.STATES:
            raise UsageError(say("there is no state `{state}`; there are {names}", state=one, names=account.STATES))
    taken = taking.take(root, names or (), today=today)
    tags = [language.tag for language in taken.languages]
    if lang and lang not in tags:
        raise UsageError(say("the site has no language `{tag}`; it has {names}", tag=lang, names=tags))
    rows = [
        row
        for row in taken.rows
        if (not lang or row.language == lang)
        and (not tag or tag in row.tags)
        and (not person or person.casefold() in f"{row.translator}\0{row.touched.who}".casefold())
        and (not since or nudge or max(row.touched.day or date.min, row.since or date.min) >= since.date())
        and (below is None or (row.progress != "original" and row.coverage.share * 100 < below))
        and (not state or set(state) & account.named(row))
    ]
    reasons = account.fails(rows, fail_under / 100 if fail_under is not None else None, fail_on or ())
    errors = [one for one in taken.problems if one.severity == "error"]
    if html:
        made = taking.write_site(root, html, taken, rows, whole=not names, today=today)
        terminal.tell(_written(made.pages, str(html), made.written, made.unchanged, made.removed), err=as_json)
    if nudge and since:
        # JSON is the same in every environment; the letters in it are in the language asked for.
        voice = ENGLISH if as_json and not _asked_for[0] else terminal.voice[0]
        _say_nudges(taking.nudge(root, rows, since.date(), voice), since.date(), as_json)
        if not as_json:
            terminal.report(errors)
    elif as_json:
        counts = account.total(rows)
        terminal.answer(
            {
                "version": report.STATUS_VERSION,
                "command": "status",
                "editions": [report.row_json(row) for row in rows],
                "totals": {"counts": counts.counts(), "words": {"total": counts.words, "translated": counts.words_translated}},
                "problems": [terminal.problem_json(one) for one in taken.problems],
                "failed": reasons,
            }
        )  # fmt: skip
    elif not html:
        narrow = terminal.width() if sys.stdout.isatty() else 0
        cells = narrow or int(os.environ.get("COLUMNS") or 100)
        shown = rows if everything or state or names else [row for row in rows if row.next]
        if shown:
            directions = {language.tag: language.direction for language in taken.languages}
            lines = report.table(shown, max(80, cells), directions=directions, voice=terminal.voice[0])
            each = (len(lines) - 1) // len(shown)
            for number, line in enumerate(lines):
                first = (number - 1) % each == 0
                shade = "1" if not number else _shade(shown[(number - 1) // each]) if first else "2"
                terminal.put(terminal.colour(terminal.clean(line), shade, sys.stdout))
            terminal.tell()
        for line in report.totals(rows, tags):
            terminal.tell(line)
    if not as_json and not nudge:
        terminal.report(errors)
        for reason in reasons:
            terminal.tell(say("failed: {why}", why=reason), err=True)
    return int(bool(errors or reasons))


def _say_nudges(found: Sequence[tuple[Nudge, list[str]]], since: date, as_json: bool) -> None:
    """Nudges as JSON, or one block of text after another, parted by a line."""
    from pipeline import nudges

    if as_json:
        answer = {
            "version": nudges.NUDGES_VERSION,
            "command": "status",
            "since": since.isoformat(),
            "nudges": [nudges.as_json(one, lines) for one, lines in found],
        }
        terminal.answer(answer)
        return
    if not found:
        terminal.tell(say("nobody needs a nudge"))
    for number, (_, lines) in enumerate(found):
        if number:
            terminal.put(f"\n{'-' * 72}\n")
        for line in lines:
            terminal.put(terminal.clean(line))


def _shade(row: Any) -> str:
    return {"mend": "31", "look again": "33"}.get(row.next, "31" if row.overdue else "0")


@cli.command()
def review(
    name: Annotated[str, Argument(metavar="DOC", help="A document.")],
    lang: Annotated[str, Option("--lang", help="The edition's language.")],
    by: Annotated[str, Option("--by", help="Who read it; git's user.name by default.")] = "",
) -> None:
    """Record that somebody read an edition.

    It holds for the text as it stands now: any later edit of it takes the review back,
    a change of date, tags or comments does not.
    """
    from pipeline.app import reviews

    root = terminal.root()
    who = by or _me(root)
    path, edition = reviews.record(root, name, lang, by=who, today=date.today())
    left = edition.coverage.fuzzy + edition.coverage.untranslated
    said = say("read by {who}", who=who)
    if left:
        open_ = say("{n} message is still open", "{n} messages are still open", n=left)
        said = say("{what}; {more}", what=said, more=open_)
    terminal.tell(f"{path}: {terminal.spoken(said)}")


def _me(root: Path) -> str:
    from pipeline import git

    name = (git.said(root, "config", "user.name") or b"").decode("utf-8", "replace").strip()
    if not name:
        raise UsageError(say("who read it? say so: {option}", option="--by NAME"))
    return name


@cli.command()
def serve(
    port: Annotated[int, Option(min=0, max=65535, help="The port on this machine; 0 chooses.")] = 8000,
) -> None:
    """Show the site live on this machine.

    What is untranslated or stale is outlined; pages follow every change.
    """
    from pipeline import server

    server.serve(terminal.root(), port, say=terminal.tell, report=terminal.report, told=terminal.told)


theme = Commands("theme", help="Look at the theme's templates, and copy those that you want to change.")
cli.add(theme)


@theme.command("show")
def theme_show(
    name: Annotated[str, Argument(metavar="[TEMPLATE]", help="Print this one, as dozaban has it.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the theme's files, or print one.

    What each may use stands in the theme's README.md: dozaban theme show README.md
    """
    from pipeline.app import theme as themes

    if name:
        sys.stdout.flush()
        sys.stdout.buffer.write(themes.show(name))
        sys.stdout.buffer.flush()
        return
    found = themes.templates(terminal.root())
    if as_json:
        terminal.as_json("theme show", templates=[
            {"name": one.name, "purpose": one.purpose, "ours": one.ours, "own": one.own, "changed": one.changed}
            for one in found
        ])  # fmt: skip
        return
    width = max(len(one.name) for one in found)
    for one in found:
        state = ""
        if one.changed:
            state = terminal.spoken(say("yours; dozaban's has changed since you copied it"))
        elif one.own:
            state = terminal.spoken(say("yours") if one.ours else say("yours alone"))
        terminal.tell(f"{one.name:<{width}}  {'; '.join(filter(None, (one.purpose, state)))}".rstrip())


@theme.command("copy")
def theme_copy(
    name: Annotated[str, Argument(metavar="TEMPLATE", help="A file of the theme, such as base.html.")],
) -> None:
    """Copy a file of the theme into templates/, to be changed.

    The copy goes before dozaban's own. Its first line lets `check` say when that one has
    changed since.
    """
    from pipeline.app import theme as themes

    path = themes.copy(terminal.root(), name)
    terminal.tell(say("wrote {path}; it is used in place of dozaban's from now on", path=path))
    terminal.tell(f"  dozaban serve                   {terminal.spoken(say('shows what your changes do'))}")
    terminal.tell(f"  dozaban update                  {terminal.spoken(say('brings its new strings to translators'))}")
    terminal.tell(f"  dozaban theme show README.md    {terminal.spoken(say('tells what each template gets'))}")


cli.add(newsletter)


def _asked(arguments: Sequence[str]) -> tuple[list[str], str, bool]:
    """The arguments without --ui LANG and --visual, which may stand anywhere, and those two.

    They are asked for before the rest is read, so that what is wrong with the rest can be
    said. Raises UsageError.
    """
    rest, tag, shaped = list[str](), "", bool(os.environ.get("DOZABAN_VISUAL"))
    words = iter(arguments)
    for one in words:
        if one == "--":
            rest += (one, *words)
        elif one == "--visual":
            shaped = True
        elif one.startswith("--ui="):
            tag = one.removeprefix("--ui=")
        elif one == "--ui":
            tag = next(words, "")
            if not tag:
                raise UsageError(say("which language? name one: {option}", option="--ui LANG"))
        else:
            rest.append(one)
    return rest, tag, shaped


def _run(arguments: Sequence[str]) -> int:
    from pipeline.app import voices

    rest, tag, shaped = _asked(arguments)
    _asked_for[0] = tag
    terminal.voice[0] = voices.voice(tag, shaped=shaped)
    where, bare = ([rest[1]], rest[2:]) if rest[:1] == ["-C"] and len(rest) > 2 else ([], rest)
    if (command := cli.bare(bare)) is not None:
        terminal.here[0] = Path(*where)
        return command() or 0
    from pipeline import parser

    return parser.read(cli, rest)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status. The one error boundary."""
    terminal.here[0], terminal.voice[0] = Path(), ENGLISH
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except DozabanError as error:
        terminal.report(error.problems)
        return 1
    except UsageError as error:
        terminal.tell(say("dozaban: {what}", what=error.args[0]), err=True)
        return 2
    except _Answered:
        return 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:  # what no stage has put into words
        from pipeline import files

        terminal.report(files.refused(error).problems)
        return 1
    except Exception as error:
        shown = getattr(error, "format_message", None)
        if shown is not None:  # an error in the arguments
            from pipeline import parser

            return parser.misused(error, shown())
        if type(error).__name__ == "Abort":
            return 130
        import traceback

        traceback.print_exc()
        terminal.tell(say("dozaban: this is a bug of ours; please report it with the lines above"), err=True)
        return 3


def run() -> None:
    """The entry point."""
    gc.set_threshold(_ALLOCATED, 100, 100)
    terminal.write_all_letters()
    sys.exit(main())


