"""The command line: arguments → a use case → a report → an exit status.

Exit statuses: 0 fine, 1 problems in the content, on the disk or in the network, 2 wrong
usage, 3 a bug of ours, 130 interrupted. Nothing here reads or writes a site itself.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import __version__
from pipeline.problems import DozabanError, Problem, UsageError

if TYPE_CHECKING:
    from pipeline.app.build import Built
    from pipeline.app.update import Updated
    from pipeline.nudges import Nudge

JSON_VERSION = 1
"""The version of every `--json` answer; a change that could break a reader raises it."""

cli = typer.Typer(
    name="dozaban",
    help="One set of posts, two editions: a bilingual site and its translation, "
    "through plain gettext catalogues.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_here = [Path()]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dozaban {__version__}")
        raise typer.Exit


@cli.callback()
def _main(
    directory: Annotated[
        Path,
        typer.Option("-C", metavar="DIR", help="The site: a folder with content/site.toml, or one below it."),
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    _here[0] = directory


def _root() -> Path:
    from pipeline.app import sources

    if not _here[0].is_dir():
        raise UsageError(f"there is no folder {_here[0]}")
    return sources.find_root(_here[0])


# --- reports -----------------------------------------------------------------------------


def _clean(text: str) -> str:
    """Text from content, without what a terminal would obey."""
    return "".join(c if c >= " " and c != "\x7f" and not "\x80" <= c <= "\x9f" else "\ufffd" for c in text)


def _colour(text: str, code: str, stream: Any) -> str:
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def _say(text: str = "") -> None:
    typer.echo(text)


def _report(problems: Iterable[Problem]) -> int:
    """Problems on standard error, a line each with its hint below; returns the errors."""
    errors = 0
    for one in problems:
        word = {"error": "error", "warn": "warning"}[one.severity]
        errors += one.severity == "error"
        shade = "31;1" if one.severity == "error" else "33"
        place = f"{_clean(str(one.location))}: " if one.location.path else ""
        line = f"{place}{_colour(word, shade, sys.stderr)}: {_clean(one.message)} [{one.rule}]"
        typer.echo(line, err=True)
        if one.excerpt:
            typer.echo(f"    \u2068{_clean(one.excerpt)}\u2069", err=True)
        if one.hint:
            typer.echo(f"    {_clean(one.hint)}", err=True)
    return errors


def _as_json(command: str, **values: Any) -> None:
    typer.echo(json.dumps({"version": JSON_VERSION, "command": command, **values}, ensure_ascii=False, indent=2, default=str))


def _problem_json(one: Problem) -> dict[str, Any]:
    from pipeline.report import problem_json

    return problem_json(one)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _progress() -> Callable[[str, int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(label: str, done: int, total: int) -> None:
        if total >= 200:
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{label} {done} of {total}{end}")
            sys.stderr.flush()

    return show


AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


# --- commands ----------------------------------------------------------------------------


@cli.command()
def init(directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Start a new site that builds as it is."""
    from pipeline.app import documents

    target = directory if directory.is_absolute() else _here[0] / directory
    documents.init(target)
    _say(f"A new site stands in {directory}. Next:")
    _say(f"  dozaban -C {directory} serve       look at it, live")
    _say(f"  dozaban -C {directory} new post \"A title\"")
    _say(f"  dozaban -C {directory} update      after each change: brings the catalogues up to date")


@cli.command()
def new(
    kind: Annotated[str, typer.Argument(metavar="post|page|newsletter", help="What to write.")],
    title: Annotated[str, typer.Argument(help="Its title; the file is named by it.")],
    lang: Annotated[str, typer.Option("--lang", help="The language that it is written in.")] = "",
) -> None:
    """Start a new post, page or newsletter."""
    from pipeline.app import documents

    if kind not in ("post", "page", "newsletter"):
        raise UsageError(f"`{kind}` is no kind of document: post, page or newsletter")
    path = documents.new(_root(), kind, title, lang)
    _say(f"wrote {path}")


@cli.command()
def mv(
    old: Annotated[str, typer.Argument(help="The document as it is called now.")],
    new_name: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
) -> None:
    """Rename a document; its old addresses redirect.

    Its editions, catalogues and reviews move along.
    """
    from pipeline.app import build as building
    from pipeline.app import documents

    root = _root()
    for before, after in documents.move(root, old, new_name):
        _say(f"{before} → {after}")
    broken = [one for one in building.build(root, only_check=True).problems if one.rule == "broken-link"]
    if broken:
        _say(f"{_count(len(broken), 'link leads', 'links lead')} to the old name or from the new place; correct:")
        for one in broken:
            _say(f"  {_clean(str(one.location))}: {_clean(one.message)}")


@cli.command("list")
def list_(
    lang: Annotated[str, typer.Option("--lang", help="Only editions in this language.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the documents and how far each edition is."""
    from pipeline.app import documents
    from pipeline.languages import iso

    found, problems = documents.examine(_root())
    rows: list[dict[str, Any]] = []
    for record, site in found:
        document = record.document
        if lang and lang not in [language.tag for language in site.languages]:
            raise UsageError(f"the site has no language `{lang}`")
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
        _as_json("list", documents=rows, problems=[_problem_json(p) for p in problems])
    else:
        width = max((len(row["document"]) for row in rows), default=0)
        for row in rows:
            parts = []
            for tag, edition in row["editions"].items():
                parts.append(f"{tag} {_standing(edition)}")
            _say(f"{row['document']:<{width}}  {(row['date'] or '')[:10]:<10}  {', '.join(parts)}")
        _report(problems)
    if any(one.severity == "error" for one in problems):
        raise typer.Exit(1)


def _standing(edition: dict[str, Any]) -> str:
    if edition["origin"] != "composed":
        return str(edition["origin"])
    counts = edition["counts"]
    total = sum(counts.values())
    share = f"{counts['translated']}/{total}"
    return {"all": "complete", "marked": f"{share} marked", "withheld": f"{share} withheld"}.get(
        edition["outcome"], f"{share} {edition['outcome']}"
    )


@cli.command()
def show(
    name: Annotated[str, typer.Argument(metavar="DOC", help="A document.")],
    lang: Annotated[str, typer.Option("--lang", help="Only the edition in this language.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a document and its open messages.

    Its editions, what goes out of each and why; with --lang each message that is still
    open, with what changed marked word by word, and what a reader would meet now.
    """
    from pipeline.app import documents
    from pipeline.languages import iso

    found, problems = documents.examine(_root(), [name])
    for record, _ in found:
        document = record.document
        if lang and lang not in record.editions:
            raise UsageError(f"the site has no language `{lang}`")
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
                    "review": _review_of(_root(), document.name, edition),
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
                        for one in documents.open_messages(_root(), document.name, tag)
                    ]
                    if lang
                    else None,
                }
            )
        if as_json:
            _as_json(
                "show",
                document=document.name,
                kind=document.kind,
                lang=document.lang,
                date=iso(document.date) if document.date else None,
                path=document.path,
                editions=editions,
                problems=[_problem_json(p) for p in problems],
            )
            continue
        _say(f"{document.name}  ({document.kind}, {document.path})")
        for one in editions:
            _say(f"  {one['lang']}  {one['origin']}: {_outcome(one)}")
            _say(f"      \u2068{_clean(one['title'])}\u2069")
            if one["origin"] == "composed":
                counts = one["counts"]
                _say(
                    f"      {counts['translated']} translated, {counts['fuzzy']} fuzzy, "
                    f"{counts['untranslated']} untranslated; "
                    f"{one['words_translated']} of {one['words']} words"
                )
            if one["review"]:
                holds = "as it stands" if one["review"]["holds"] else "but its text has changed since"
                _say(f"      read by {_clean(one['review']['by'])} on {one['review']['on']}, {holds}")
            for message in one["open"] or ():
                _say_open(message)
    if not as_json:
        _report(problems)
    if any(one.severity == "error" for one in problems):
        raise typer.Exit(1)


def _review_of(root: Path, name: str, edition: Any) -> dict[str, Any] | None:
    from pipeline.app.reviews import read_review

    found = None if edition.origin == "original" else read_review(root, name, edition.language)
    if found is None:
        return None
    return {"by": found.by, "on": found.day.isoformat(), "holds": found.holds(edition)}


def _say_open(message: dict[str, Any]) -> None:
    """One open message: where it is, what changed, what a reader would meet."""
    from pipeline.differences import differences

    source = message["source"]
    place = f"{message['path']}:{message['line']}" if message["line"] else message["path"]
    words = {
        "untranslated": "not translated",
        "stale": "the source has changed",
        "fuzzy": "a suggestion that nobody confirmed",
    }[message["state"]]
    shown = {"source": "published in the source language", "older translation": "published as it was, marked"}
    _say()
    _say(f"  {_clean(place)}: {words}; {shown[message['shown']]}")
    _say(f"    {message['kind']}, {_clean(source['path'])}:{source['line']}")
    if message["previous"]:
        text = ""
        for what, part in differences(message["previous"], message["msgid"]):
            part = _clean(part.replace("\n", " "))
            if not sys.stdout.isatty():
                part = {"same": part, "gone": f"[-{part}-]", "new": f"{{+{part}+}}"}[what]
            text += _colour(part, {"same": "0", "gone": "9;31", "new": "4;32"}[what], sys.stdout)
    else:
        text = _clean(message["msgid"].replace("\n", " "))
    _say(f"    \u2068{text}\u2069")
    if message["msgstr"]:
        _say(f"    \u2068{_clean(message['msgstr'].replace(chr(10), ' '))}\u2069")


def _outcome(edition: dict[str, Any]) -> str:
    words = {
        "all": "goes out",
        "marked": "goes out, with what is not translated marked",
        "withheld": "is withheld",
        "draft": "does not go out",
        "held": "is held back",
    }[edition["outcome"]]
    return f"{words}: {edition['detail']}" if edition["detail"] else words


@cli.command()
def update(
    names: Annotated[list[str] | None, typer.Argument(metavar="[DOC…]", help="Only these documents.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if something would change.")
    ] = False,
    compendium: Annotated[
        list[Path] | None,
        typer.Option(help="A catalogue to fill from: exact matches as translated, near ones as fuzzy."),
    ] = None,
    drop_obsolete: Annotated[
        bool, typer.Option("--drop-obsolete", help="Remove what the source no longer has, for good.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the catalogues up to date.

    What content and templates have to translate goes into locales/; what changed keeps
    its old translation as fuzzy, what is gone stays as obsolete. New messages are looked
    for in the site's other translations; in documents that are named, all blank ones are.
    """
    from pipeline.app import update as upkeep

    done, problems = upkeep.update(
        _root(),
        names or (),
        check=check,
        compendia=[_outside(path) for path in compendium or ()],
        drop_obsolete=drop_obsolete,
    )
    if as_json:
        _as_json(
            "update",
            catalogues=[
                {"path": one.path, "lang": one.language, "new_file": one.fresh, "written": one.written,
                 "moved_from": one.moved_from,
                 "changes": {k: getattr(one.changes, k) for k in one.changes.__slots__}}
                for one in done
            ],
            problems=[_problem_json(p) for p in problems],
        )  # fmt: skip
        errors = sum(1 for one in problems if one.severity == "error")
    else:
        for one in done:
            _say(f"{one.path}: {_changes(one)}")
        errors = _report(problems)
        if not done and not errors:
            _say("every catalogue is up to date")
    if errors or (check and done):
        raise typer.Exit(1)


def _outside(path: Path) -> Path:
    """A path of the user's, from where they stand."""
    return path


def _changes(one: Updated) -> str:
    said = {
        "new": "new",
        "filled": "filled in",
        "suggested": "suggested",
        "changed": "changed, to be looked at again",
        "carried": "carried over",
        "returned": "came back",
        "dropped": "no longer in the source, kept as obsolete",
        "removed": "removed",
        "swept": "obsolete, removed",
        "comments": "comments renewed",
    }
    parts = [f"{number} {words}" for name, words in said.items() if (number := getattr(one.changes, name))]
    if one.changes.moved and not parts:
        parts = ["put in the document's order"]
    if one.moved_from:
        parts.insert(0, f"moved from {one.moved_from}")
    text = ", ".join(parts) or "written afresh"
    return f"new catalogue: {text}" if one.fresh else text


@cli.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[DOC…]", help="Only these documents.")] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended safely, and report the rest.")
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Today's date.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find what is wrong in content and catalogues.

    Each finding stands at its file, line and column, with a hint.
    """
    from pipeline.app import check as checking

    done = checking.check(
        _root(),
        names or (),
        fix=fix,
        as_of=as_of.date() if as_of else None,
        progress=_progress(),
    )
    if as_json:
        _as_json(
            "check",
            documents=done.documents,
            fixed=[{"path": one.path, "rules": one.rules} for one in done.mended],
            problems=[_problem_json(p) for p in done.problems],
        )
        errors = sum(1 for one in done.problems if one.severity == "error")
    else:
        for one in done.mended:
            rules = ", ".join(f"{number} {rule}" for rule, number in one.rules.items())
            _say(f"{one.path}: fixed {sum(one.rules.values())} ({rules})")
        errors = _report(done.problems)
        warnings = len(done.problems) - errors
        parts = [
            _count(number, one, many)
            for number, one, many in ((errors, "error", "errors"), (warnings, "warning", "warnings"))
            if number
        ]
        _say(f"{' and '.join(parts) or 'nothing wrong'} in {_count(done.documents, 'document', 'documents')}")
    if errors:
        raise typer.Exit(1)


@cli.command()
def adopt(
    source: Annotated[str, typer.Argument(metavar="SOURCE.md", help="A document, or a folder of documents.")],
    translation: Annotated[
        Path, typer.Argument(metavar="TRANSLATION.md", help="Its translation, or a folder of translations.")
    ],
    lang: Annotated[str, typer.Option("--lang", help="The language of the translation.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would come of it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn an existing translation into a catalogue.

    What found no partner on either side is named, and kept as a comment.
    """
    from pipeline.app import adopt as adoption

    done = adoption.adopt(_root(), source, _outside(translation), tag=lang, dry_run=dry_run)
    if as_json:
        _as_json("adopt", **adoption.as_json(done), problems=[_problem_json(p) for p in done.problems])
        errors = sum(1 for one in done.problems if one.severity == "error")
    else:
        for line in adoption.report(done):
            _say(_clean(line))
        errors = _report(done.problems)
        if dry_run:
            _say("nothing was written")
    if errors:
        raise typer.Exit(1)


@cli.command("merge-po")
def merge_po(
    base: Annotated[Path | None, typer.Argument(metavar="BASE", help="The common ancestor: git's %O.")] = None,
    ours: Annotated[Path | None, typer.Argument(metavar="OURS", help="Our version, and the result: %A.")] = None,
    theirs: Annotated[Path | None, typer.Argument(metavar="THEIRS", help="Their version: %B.")] = None,
    path: Annotated[str, typer.Option("--path", help="The file's name in the tree: %P.")] = "",
    install: Annotated[bool, typer.Option("--install", help="Set git up to use this here.")] = False,
) -> None:
    """Merge two versions of a catalogue, entry by entry: git's merge driver."""
    from pipeline.app import merging

    if install:
        for line in merging.install(_root()) or ["git is set up already"]:
            _say(line)
        return
    if base is None or ours is None or theirs is None:
        raise UsageError("name three files, BASE OURS THEIRS; or --install, once")
    outcome = merging.drive(base, ours, theirs, path)
    _report(outcome.problems)
    if outcome.disputed:
        said = _count(outcome.disputed, "entry was", "entries were")
        typer.echo(
            f"{_clean(path or str(ours))}: {said} translated in two ways: ours, now fuzzy;"
            " theirs as a comment, `# theirs:`",
            err=True,
        )
    if not outcome.whole:
        raise typer.Exit(1)


@cli.command()
def export(
    name: Annotated[str, typer.Argument(metavar="DOC", help="A document.")],
    lang: Annotated[str, typer.Option("--lang", help="The edition's language.")],
) -> None:
    """Write an edition as Markdown.

    With front matter, on standard output; an original's is its file, byte for byte.
    """
    from pipeline.app import documents

    sys.stdout.buffer.write(documents.export(_root(), name, lang))
    sys.stdout.buffer.flush()


@cli.command()
def build(
    out: Annotated[Path | None, typer.Option(help="Where to; public/ in the site by default.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are errors.")] = False,
    drafts: Annotated[bool, typer.Option("--drafts", help="Drafts too.")] = False,
    portable: Annotated[
        bool, typer.Option("--portable", help="Links that work when the pages are opened from disk.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Processes to use; 0 chooses.")] = 0,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Take nothing from the cache.")] = False,
    pseudo: Annotated[
        bool,
        typer.Option("--pseudo", help="Made-up text for every translation, to try templates on; "
                     "goes to .dozaban/pseudo/ unless --out says otherwise."),
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Today's date: later posts are held back."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the site, both editions."""
    from pipeline.app import build as building

    root = _root()
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
        progress=_progress(),
    )
    if as_json:
        _as_json(
            "build",
            documents=built.documents,
            pages=built.pages,
            written=built.written,
            unchanged=built.unchanged,
            removed=built.removed,
            editions=built.editions,
            problems=[_problem_json(p) for p in built.problems],
        )
    else:
        errors = _report(built.problems)
        if built.failed:
            typer.echo(
                f"{_count(errors, 'error', 'errors')}: nothing was written, the site stays as it was",
                err=True,
            )
        else:
            _say_built(built, root, portable)
    if built.failed:
        raise typer.Exit(1)


def _say_built(built: Built, root: Path, portable: bool) -> None:
    for tag, counts in built.editions.items():
        parts = [
            _count(counts["all"], "document whole", "documents whole"),
            f"{counts['marked']} with untranslated parts marked" if counts["marked"] else "",
            f"{counts['withheld']} withheld" if counts["withheld"] else "",
            _count(counts["draft"], "draft", "drafts") + " left out" if counts["draft"] else "",
            f"{counts['held']} held back" if counts["held"] else "",
        ]
        _say(f"{tag}: {', '.join(part for part in parts if part)}")
    changed = f"{built.written} written, {built.unchanged} unchanged"
    if built.removed:
        changed += f", {built.removed} removed"
    where = os.path.relpath(built.out)
    _say(f"{_count(built.pages, 'page', 'pages')} in {where}: {changed}")
    if portable:
        _say(f"open {where}/index.html")


@cli.command()
def status(
    names: Annotated[list[str] | None, typer.Argument(metavar="[DOC…]", help="Only these documents.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="Only editions in this language.")] = "",
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="Only this progress or outcome: missing, \"in translation\", stale, withheld …"),
    ] = None,
    tag: Annotated[str, typer.Option("--tag", help="Only documents with this tag.")] = "",
    person: Annotated[str, typer.Option("--person", help="Only what this person translates or touched.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Only what was touched or went stale since."),
    ] = None,
    below: Annotated[
        int | None, typer.Option("--below", help="Only editions with less than N % of words translated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Originals and what is complete, too.")] = False,
    fail_under: Annotated[
        float | None, typer.Option("--fail-under", help="Exit 1 if any edition has less than N % translated.")
    ] = None,
    fail_on: Annotated[
        list[str] | None, typer.Option("--fail-on", help="Exit 1 if any edition is in this state.")
    ] = None,
    visual: Annotated[
        bool, typer.Option("--visual", help="Titles shaped and ordered, for terminals without bidi.")
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Today's date, for what is overdue.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="DIR", help="Write it as pages, in each of the site's languages.")
    ] = None,
    nudge: Annotated[
        bool, typer.Option("--nudge", help="What changed for each translator since --since, as text to mail.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is translated, stale, ready, and what is next.

    Editions stand in the order in which an editor would act on them.
    """
    import shutil

    from pipeline import account, report
    from pipeline.app import status as taking

    if nudge and since is None:
        raise UsageError("--nudge needs a day to count from: --since 2026-03-20")
    if nudge and html:
        raise UsageError("--nudge and --html are two answers: ask for one")
    root, today = _root(), as_of.date() if as_of else date.today()
    for word in (*(state or ()), *(fail_on or ())):
        if word not in account.STATES:
            raise UsageError(f"there is no state `{word}`; there are {', '.join(account.STATES)}")
    taken = taking.take(root, names or (), today=today)
    tags = [language.tag for language in taken.languages]
    if lang and lang not in tags:
        raise UsageError(f"the site has no language `{lang}`; it has {', '.join(tags)}")
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
        typer.echo(
            f"{_count(made.pages, 'page', 'pages')} in {html}: {made.written} written, "
            f"{made.unchanged} unchanged" + (f", {made.removed} removed" if made.removed else ""),
            err=as_json,
        )
    if nudge and since:
        _say_nudges(taking.nudge(root, rows, since.date()), since.date(), as_json)
        if not as_json:
            _report(errors)
    elif as_json:
        counts = account.total(rows)
        typer.echo(
            json.dumps(
                {
                    "version": report.STATUS_VERSION,
                    "command": "status",
                    "editions": [report.row_json(row) for row in rows],
                    "totals": {"counts": counts.counts(), "words": {"total": counts.words, "translated": counts.words_translated}},
                    "problems": [_problem_json(one) for one in taken.problems],
                    "failed": reasons,
                },
                ensure_ascii=False,
                indent=2,
            )
        )  # fmt: skip
    elif not html:
        narrow = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 0
        cells = narrow or int(os.environ.get("COLUMNS") or 100)
        shown = rows if everything or state or names else [row for row in rows if row.next]
        if shown:
            directions = {language.tag: language.direction for language in taken.languages}
            lines = report.table(shown, max(80, cells), directions=directions, shaped=visual)
            each = (len(lines) - 1) // len(shown)
            for number, line in enumerate(lines):
                first = (number - 1) % each == 0
                shade = "1" if not number else _shade(shown[(number - 1) // each]) if first else "2"
                _say(_colour(_clean(line), shade, sys.stdout))
            _say()
        for line in report.totals(rows, tags):
            _say(line)
    if not as_json and not nudge:
        _report(errors)
        for reason in reasons:
            typer.echo(f"failed: {reason}", err=True)
    if errors or reasons:
        raise typer.Exit(1)


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
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    if not found:
        _say("nobody needs a nudge")
    for number, (_, lines) in enumerate(found):
        if number:
            _say(f"\n{'-' * 72}\n")
        for line in lines:
            _say(_clean(line))


def _shade(row: Any) -> str:
    return {"mend": "31", "look again": "33"}.get(row.next, "31" if row.overdue else "0")


@cli.command()
def review(
    name: Annotated[str, typer.Argument(metavar="DOC", help="A document.")],
    lang: Annotated[str, typer.Option("--lang", help="The edition's language.")],
    by: Annotated[str, typer.Option("--by", help="Who read it; git's user.name by default.")] = "",
) -> None:
    """Record that somebody read an edition.

    It holds for the text as it stands now: any later edit of it takes the review back,
    a change of date, tags or comments does not.
    """
    from pipeline.app import reviews

    root = _root()
    who = by or _me(root)
    path, edition = reviews.record(root, name, lang, by=who, today=date.today())
    left = edition.coverage.fuzzy + edition.coverage.untranslated
    _say(f"{path}: read by {_clean(who)}" + (f"; {_count(left, 'message is', 'messages are')} still open" if left else ""))


def _me(root: Path) -> str:
    import subprocess

    try:
        said = subprocess.run(["git", "config", "user.name"], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        said = None
    name = said.stdout.strip() if said else ""
    if not name:
        raise UsageError("who read it? say so: --by NAME")
    return name


@cli.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0 chooses.")] = 8000,
) -> None:
    """Show the site live on this machine.

    What is untranslated or stale is outlined; pages follow every change.
    """
    from pipeline import server

    server.serve(_root(), port, say=_say, report=_report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status. The one error boundary."""
    _here[0] = Path()
    try:
        result = cli(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except DozabanError as error:
        _report(error.problems)
        return 1
    except UsageError as error:
        typer.echo(f"dozaban: {_clean(str(error))}", err=True)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:
        shown = getattr(error, "format_message", None)
        if shown is not None:  # an error in the arguments
            context = getattr(error, "ctx", None)
            if context is not None:
                typer.echo(context.get_usage(), err=True)
            typer.echo(f"dozaban: {_clean(shown())}", err=True)
            return int(getattr(error, "exit_code", 2))
        if type(error).__name__ == "Abort":
            return 130
        import traceback

        traceback.print_exc()
        typer.echo("dozaban: this is a bug of ours; please report it with the lines above", err=True)
        return 3


def run() -> None:
    """The entry point."""
    sys.exit(main())


