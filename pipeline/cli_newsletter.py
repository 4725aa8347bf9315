"""The newsletter's commands: an issue's forms, a look at them, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pipeline import terminal
from pipeline.commands import Argument, Commands, Option
from pipeline.problems import UsageError
from pipeline.speech import say

if TYPE_CHECKING:
    from pipeline.app.sending import Standing
    from pipeline.app.smtp import Server
    from pipeline.message import Letter

newsletter = Commands("newsletter", help="Set an issue of the newsletter: as mail, as text, to print.")

Name = Annotated[str, Argument(metavar="ISSUE", help="An issue's name, such as spring-2026.")]


@newsletter.command("build")
def build(
    name: Annotated[
        str, Argument(metavar="[ISSUE]", help="An issue's name; without it, all but drafts.")
    ] = "",
    lang: Annotated[
        str, Option(metavar="LANG", help="One language, or both; all editions without it.")
    ] = "",
    formats: Annotated[
        list[str] | None,
        Option("--format", metavar="FORM", help="html, text, eml or pdf; may be given again."),
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Where to write; outbox/ISSUE/ without it.")
    ] = None,
    as_json: Annotated[bool, Option("--json", help="Answer in JSON, for programs.")] = False,
) -> int:
    """Write an issue's editions, each in its forms.

    Nothing is sent. What is left out or stands in another language is named.
    """
    from pipeline.app import newsletter as use

    root = terminal.root()
    names = [name] if name else use.finished(root)
    if out is not None and len(names) > 1:
        raise UsageError(say("files of several issues cannot stand in one folder: name the issue"))
    results = [use.build(root, one, language=lang, formats=formats or (), out=out) for one in names]
    failed = any(made.failed for made in results)
    if as_json:
        terminal.as_json(
            "newsletter build",
            issues=[
                {
                    "name": made.name,
                    "files": [{"path": path, "bytes": size} for path, size in made.files],
                    "unchanged": made.unchanged,
                    "problems": [terminal.problem_json(one) for one in made.problems],
                }
                for made in results
            ],
        )
        return 1 if failed else 0
    for made in results:
        terminal.report(made.problems)
        for path, size in made.files:
            terminal.tell(f"{terminal.clean(path)}  {-(-size // 1000)} kB")
        if made.unchanged:
            terminal.tell(say("{n} unchanged", n=made.unchanged))
    return 1 if failed else 0


@newsletter.command("preview")
def preview(name: Name) -> int:
    """Show all forms of an issue beside each other.

    At phone and desktop width, dark, without pictures, and as text: a page to open in a
    browser.
    """
    from pipeline.app import newsletter as use

    path = use.preview(terminal.root(), name)
    terminal.tell(say("Open this file in a browser: {path}", path=str(path.resolve())))
    return 0


@newsletter.command("check")
def check(
    name: Name,
    as_json: Annotated[bool, Option("--json", help="Answer in JSON, for programs.")] = False,
) -> int:
    """Say everything that is wrong with an issue.

    Its links, pieces without an edition, pictures, sizes and headers.
    """
    from pipeline.app import newsletter as use

    issue, problems = use.check(terminal.root(), name)
    failed = any(one.severity == "error" for one in problems)
    if as_json:
        terminal.as_json(
            "newsletter check", issue=issue.name, problems=[terminal.problem_json(one) for one in problems]
        )
        return 1 if failed else 0
    terminal.report(problems)
    if not problems:
        terminal.tell(say("{name}: nothing is wrong", name=issue.name))
    return 1 if failed else 0


@newsletter.command("digest")
def digest(
    since: Annotated[datetime, Option(formats=["%Y-%m-%d"], metavar="DATE", help="The first day.")],
    until: Annotated[
        datetime | None,
        Option(formats=["%Y-%m-%d"], metavar="DATE", help="The last day; today without it."),
    ] = None,
    lang: Annotated[
        str, Option(metavar="LANG", help="The language to write it in; the site's first without it.")
    ] = "",
) -> int:
    """Draft an issue out of what was published in some days.

    It is a draft until you take that line out of its front matter.
    """
    from pipeline.app import newsletter as use

    last = until.date() if until else date.today()
    path = use.digest(terminal.root(), since=since.date(), until=last, tag=lang)
    terminal.tell(say("wrote {path}; write its introduction, then: dozaban update", path=path))
    return 0


@newsletter.command("send")
def send(
    name: Name,
    subscribers: Annotated[
        Path | None,
        Option("--subscribers", metavar="FILE.csv", help="Who gets it: address, language, name, unsubscribe."),
    ] = None,
    test: Annotated[
        str, Option("--test", metavar="ADDRESS", help="Send every language's mail to this address alone.")
    ] = "",
    dry_run: Annotated[
        bool | None,
        Option("--dry-run/--no-dry-run", help="Send nothing, and say who would be mailed: so without either."),
    ] = None,
    yes: Annotated[bool, Option("--yes", help="Send without asking.")] = False,
    retry_unknown: Annotated[
        bool,
        Option("--retry-unknown", help="Mail those again of whom nobody knows whether they got it."),
    ] = False,
    retry_failed: Annotated[
        bool, Option("--retry-failed", help="Try those again whom the server refused for good.")
    ] = False,
    changed: Annotated[
        bool, Option("--changed", help="Go on although the text has changed since some got it.")
    ] = False,
    as_json: Annotated[bool, Option("--json", help="Answer in JSON, for programs.")] = False,
) -> int:
    """Send an issue to a list of subscribers.

    Nothing is sent without --no-dry-run and a yes, or --yes. A journal in outbox/ knows
    who got it: run it again after any interruption.
    """
    import sys

    from pipeline import files
    from pipeline import subscribers as lists
    from pipeline.app import newsletter as use
    from pipeline.app import sending, sources

    root = terminal.root()
    letters = use.letters(root, name, draft=bool(test))
    if test:
        return _send_test(root, letters, test, as_json)
    if subscribers is None:
        raise UsageError(say("who gets it? name a list: {option}", option="--subscribers FILE.csv"))
    text = sources.decode(files.read(Path(), str(subscribers)), str(subscribers))
    listed = lists.parse(text, str(subscribers), tuple(letters))
    wish = sending.Wish(retry_unknown=retry_unknown, retry_failed=retry_failed, changed=changed)
    standing = sending.look(root, letters, listed, wish)
    real = not dry_run if dry_run is not None else yes
    if real and standing.queue:
        server, rate = _mail_server(root)
        if not yes:
            if as_json or not sys.stdin.isatty():
                raise UsageError(say("nobody is there to be asked: add {option} to send", option="--yes"))
            _say_standing(standing, asking=True)
            question = say("Send this mail now?", "Send these {n} mails now?", n=len(standing.queue))
            from pipeline import parser

            if not parser.confirmed(terminal.spoken(question)):
                terminal.tell(say("nothing was sent"))
                return 0
        show = terminal.progress()
        standing = sending.send(
            root, letters, listed, wish, server, rate=rate,
            tell=lambda text: terminal.tell(text, err=True),
            progress=lambda done, total: show(say("sending"), done, total) if show else None,
        )  # fmt: skip
    if as_json:
        problems = [terminal.problem_json(one) for one in standing.problems]
        terminal.as_json("newsletter send", dry_run=not real, **standing.as_json(), problems=problems)
    else:
        terminal.report(standing.problems)
        _say_standing(standing)
        if not standing.queue:
            terminal.tell(say("Nobody is left to be mailed."))
        elif not real:
            terminal.tell(say("Nothing was sent. To send, add {option}.", option="--no-dry-run"))
    if standing.interrupted:
        return 130
    left = real and (standing.queue or standing.unknown or standing.failed)
    return 1 if left or any(one.severity == "error" for one in standing.problems) else 0


def _mail_server(root: Path) -> tuple[Server, int]:
    """The site's mail server, and how many mails a minute it is given."""
    import os

    from pipeline.app import smtp, sources

    settings = sources.open_site(root).site.newsletter
    if not settings.smtp:
        raise UsageError(say("set `smtp` under [newsletter] in content/site.toml to your mail server"))
    user, password = os.environ.get("DOZABAN_SMTP_USER", ""), os.environ.get("DOZABAN_SMTP_PASSWORD", "")
    return smtp.server(settings.smtp, settings.security, user, password), settings.rate


def _say_standing(standing: Standing, asking: bool = False) -> None:
    """Counts a language, and everybody of whom there is more to say."""

    terminal.tell(standing.issue, err=asking)
    for tag, tally in standing.tallies.items():
        said = say(
            "{language}: {to_send} to send, {sent} sent, {failed} refused, {unknown} unknown, {skipped} left out",
            language=tag or say("no language"), to_send=tally.to_send, sent=tally.sent, failed=tally.failed,
            unknown=tally.unknown, skipped=tally.skipped,
        )  # fmt: skip
        terminal.tell(said, indent=2, err=asking)
    if asking:
        return
    for entry in standing.failed:
        said = say("refused: {address} ({language}): {reply}", address=entry.address, language=entry.edition, reply=entry.reply)
        terminal.tell(said)
    for entry in standing.unknown:
        terminal.tell(say("unknown: {address} ({language})", address=entry.address, language=entry.edition))
    for one, reply in standing.waiting:
        said = say("not yet: {address} ({language}): {reply}", address=one.address, language=one.language, reply=reply)
        terminal.tell(said)
    if standing.unknown:
        terminal.tell(say("The server may have the unknown ones or not. To mail them again, add {option}.",
                     option="--retry-unknown"))  # fmt: skip
    if standing.failed:
        terminal.tell(say("To try those again that were refused, add {option}.", option="--retry-failed"))
    if standing.stopped:
        terminal.tell(say("stopped: {reason}", reason=standing.stopped), err=True)
    elif standing.interrupted:
        terminal.tell(say("interrupted; run it again to go on"), err=True)


def _send_test(root: Path, letters: Mapping[str, Letter], address: str, as_json: bool) -> int:
    from pipeline.app import sending

    server, _ = _mail_server(root)
    outcomes = sending.send_test(letters, address, server)
    if as_json:
        mails = [{"language": tag, "outcome": one.kind, "reply": one.reply} for tag, one in outcomes]
        terminal.as_json("newsletter send", test=address, mails=mails)
    else:
        for tag, one in outcomes:
            if one.kind == "sent":
                terminal.tell(say("{language}: sent to {address}", language=tag, address=address))
            else:
                terminal.tell(say("{language}: not sent: {reply}", language=tag, reply=one.reply))
    return 0 if all(one.kind == "sent" for _, one in outcomes) else 1


@newsletter.command("draft")
def draft(
    name: Name,
    as_json: Annotated[bool, Option("--json", help="Answer in JSON, for programs.")] = False,
) -> int:
    """Put an issue into listmonk, a draft for each language.

    Run again, it brings the drafts up to date. What is no draft there any more is left.
    """
    import os

    from pipeline.app import listmonk, sources
    from pipeline.app import newsletter as use

    root = terminal.root()
    site = sources.open_site(root).site
    user, token = os.environ.get("DOZABAN_LISTMONK_USER", ""), os.environ.get("DOZABAN_LISTMONK_TOKEN", "")
    manager = listmonk.listmonk(site, user, token)
    drafts, problems = listmonk.draft(site, use.letters(root, name), manager)
    if as_json:
        terminal.as_json(
            "newsletter draft",
            drafts=[{"language": one.language, "campaign": one.campaign, "done": one.done, "status": one.status,
                     "url": one.url} for one in drafts],
            problems=[terminal.problem_json(one) for one in problems],
        )  # fmt: skip
        return 0
    terminal.report(problems)
    for one in drafts:
        if one.done == "left":
            said = say("{language}: campaign {number} is {status} and was left alone: {url}", language=one.language,
                       number=one.campaign, status=one.status, url=one.url)  # fmt: skip
        elif one.done == "updated":
            said = say("{language}: brought the draft up to date: {url}", language=one.language, url=one.url)
        else:
            said = say("{language}: made a draft: {url}", language=one.language, url=one.url)
        terminal.tell(said)
    return 0
