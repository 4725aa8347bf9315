"""The newsletter's use cases: an issue's sheets, its forms as files, and what is wrong.

The site is surveyed as for a build, since names and addresses come from there; then the
issue's own documents are written once more, as flows, for mail, text and print.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pipeline import content, files, flow, journal, languages, message, scrub
from pipeline.app import media
from pipeline.app.prints import printed
from pipeline.app.sources import Sources, interfaces, load, open_site
from pipeline.app.survey import prepare, survey, weigh
from pipeline.app.warm import remembered
from pipeline.app.workers import default_jobs
from pipeline.flow import Flow
from pipeline.localise import Words
from pipeline.message import Letter, Mailbox
from pipeline.model import Day, Site
from pipeline.outputs import mail, pdf, plaintext
from pipeline.outputs import site as pages_of
from pipeline.outputs.sheets import Sheet, sheet
from pipeline.problems import ContentError, Problem, UsageError, problem
from pipeline.speech import say, series

FORMATS = ("html", "text", "eml", "pdf")
"""The forms of an issue."""

_ENDINGS = {"html": "html", "text": "txt", "eml": "eml", "pdf": "pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue ready to be set: a sheet for each language in which it goes out.

    `why_not` says, for each other language, why it does not; `missing` names, for each
    language, the posts that stand in another language or are left out, and why.
    """

    name: str
    path: str
    sheets: Mapping[str, Sheet]
    why_not: Mapping[str, str]
    missing: Mapping[str, tuple[tuple[str, str], ...]]
    problems: tuple[Problem, ...]
    sources: Sources

    @property
    def site(self) -> Site:
        return self.sources.site


def compile_issue(root: Path, wanted: str) -> Issue:
    """The sheets of an issue, named as `dozaban list` does or by its last part.

    A draft is compiled too, to be looked at. Raises UsageError where there is no such
    issue; where the site has errors they are among the problems, and there is no sheet.
    """
    sources = open_site(root)
    name = _choose(sources, wanted)
    environments = interfaces(sources)
    spoken = {
        language.tag: pages_of.spoken(environments[language.tag], language)
        for language in sources.site.languages
    }
    surveyed = survey(
        sources, spoken, issue=name, jobs=default_jobs(len(sources.documents)), known=remembered(root, sources.site, spoken)
    )
    plan, found = surveyed.plan, surveyed.problems
    problems = weigh([*sources.problems, *found], sources.site)
    record = plan.records.get(name)
    sheets: dict[str, Sheet] = {}
    why_not: dict[str, str] = {}
    missing: dict[str, tuple[tuple[str, str], ...]] = {}
    if record is not None and not any(one.severity == "error" for one in problems):
        press = pages_of.Press(plan, environments, lambda record, tag: "", _NoAssets())
        bodies: dict[str, Mapping[str, Flow]] = {}

        def written(document: str) -> Mapping[str, Flow]:
            if document not in bodies:
                bodies[document] = prepare(sources, document, spoken, writer=flow.write).bodies
            return bodies[document]

        for language in sources.site.languages:
            tag = language.tag
            if (name, tag) in plan.issues:
                sheets[tag] = sheet(press, name, tag, written)
                gone = plan.issues[name, tag].missing
                missing[tag] = tuple((one.name, one.why) for one in gone)
            else:
                why_not[tag] = record.decisions[tag].detail or record.decisions[tag].reason
        problems += weigh(media.weighed(root, _shown(sheets), record.document.path, decode=False), sources.site)
        if any(one.severity == "error" for one in problems):
            sheets = {}
    return Issue(
        name=name,
        path=record.document.path if record else f"content/{name}.md",
        sheets=sheets,
        why_not=why_not,
        missing=missing,
        problems=tuple(problems),
        sources=sources,
    )


def _shown(sheets: Mapping[str, Sheet]) -> set[str]:
    """The files of the pictures that an issue shows."""
    return {path for one in sheets.values() for path in one.pictures.values()}


def _choose(sources: Sources, wanted: str) -> str:
    """The name of an issue; a bare one does."""
    names = sorted(name for name in sources.documents if name.startswith("newsletters/"))
    bare = wanted.removeprefix("content/").removesuffix(".md").removesuffix("/index")
    bare = bare.removeprefix("newsletters/")
    if f"newsletters/{bare}" in names:
        return f"newsletters/{bare}"
    found = [name for name in names if name.endswith(f"/{bare}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(say("more than one issue is called `{name}`: {names}", name=wanted, names=series(found)))
    if not names:
        raise UsageError(say("the site has no issue yet: begin one with `dozaban new newsletter TITLE`"))
    raise UsageError(say("there is no issue `{name}`; there are {names}", name=wanted, names=series(names)))


class _NoAssets(dict[str, str]):
    """Sheets use no asset of the theme."""

    def __missing__(self, name: str) -> str:
        return ""


# --- forms ------------------------------------------------------------------------------


def editions(issue: Issue, wanted: str = "") -> list[tuple[str, ...]]:
    """The editions to make: each language's, and the one in all of them.

    `wanted` is a language, or "both"; without it, all. Raises ContentError where what is
    asked for does not go out, and why.
    """
    tags = [language.tag for language in issue.site.languages]
    if wanted not in ("", "both", *tags):
        raise UsageError(say("there is no language `{tag}`; there are {tags}", tag=wanted, tags=series([*tags, "both"])))
    needed = tags if wanted == "both" else [wanted] if wanted else []
    gone = [tag for tag in needed if tag not in issue.sheets]
    if gone or not issue.sheets:
        raise ContentError(problems=(*_errors(issue), *(_withheld(issue, tag, "error") for tag in gone or tags)))
    if wanted:
        return [tuple(needed)]
    out = [tag for tag in tags if tag in issue.sheets]
    return [*((tag,) for tag in out), *([tuple(out)] if len(out) > 1 else [])]


def _errors(issue: Issue) -> list[Problem]:
    return [one for one in issue.problems if one.severity == "error"]


def _withheld(issue: Issue, tag: str, severity: str = "warn") -> Problem:
    why = issue.why_not.get(tag, say("the site has errors"))
    name = issue.site.language(tag).name
    return problem(
        "issue-withheld", say("the issue does not go out in {language}: {why}", language=name, why=why),
        issue.path, hint=say("`dozaban show {name} --lang {tag}` lists what is open", name=issue.name, tag=tag),
        severity="error" if severity == "error" else "warn",
    )  # fmt: skip


def notices(issue: Issue) -> list[Problem]:
    """What an editor should know of an issue: where it does not go out, and without what."""
    found = [_withheld(issue, tag) for tag in issue.why_not]
    left_out = issue.site.newsletter.missing == "leave-out"
    for tag, gone in issue.missing.items():
        name = issue.site.language(tag).name
        for post, why in gone:
            found.append(
                problem("issue-item",
                        say("in {language} `{post}` is left out: {why}", language=name, post=post, why=why)
                        if left_out
                        else say("in {language} `{post}` stands in its original's language: {why}",
                                 language=name, post=post, why=why),
                        issue.path, hint=say("translate it, or choose another piece"), severity="warn")
            )  # fmt: skip
    return found


def letter(issue: Issue, tags: Sequence[str], root: Path, *, nobody: bool = False) -> Letter:
    """An edition as a letter, its recipient and the address to unsubscribe still open.

    One for `nobody`, a file, has no such address where site.toml has none.
    Raises ContentError where its HTML is larger than mail programs show.
    """
    sheets = [issue.sheets[tag] for tag in tags]
    site, settings = issue.site, issue.site.newsletter
    texts = [plaintext.bilingual(sheets)]
    leave = "" if nobody and not settings.unsubscribe else message.placeholder(*texts)
    made = _within(_mail(issue, tags, root, leave), issue)
    first = sheets[0]
    sender = settings.sender or site.contact
    if not sender:
        raise ContentError(problems=(
            problem("config", say("a mail needs an address to come from"), "content/site.toml",
                    hint=say('write under [newsletter]: sender = "post@example.org"')),
        ))  # fmt: skip
    return Letter(
        issue=issue.name,
        edition="-".join(tags),
        languages=tuple(tags),
        subject=" · ".join(one.title.text for one in sheets),
        text=plaintext.bilingual(sheets, unsubscribe=leave),
        html=made.html,
        date=_moment(first.day, site),
        sender=Mailbox(address=sender, name=" · ".join(dict.fromkeys(one.masthead for one in sheets))),
        reply_to=settings.reply_to,
        pictures=tuple(
            message.Picture(cid=one.cid, media_type=one.kind, data=one.data) for one in made.images
        ),
        list_id=settings.list_id,
        unsubscribe=settings.unsubscribe,
        one_click=settings.one_click,
        placeholder=leave,
        path=issue.path,
    )


def _mail(
    issue: Issue, tags: Sequence[str], root: Path, unsubscribe: str, embed: bool = False
) -> mail.Mail:
    """An edition's HTML; `embed` takes the pictures into it whatever site.toml says."""
    env = interfaces(issue.sources)[tags[0]]
    inside = embed or issue.site.newsletter.images == "embed"
    return mail.write(
        [issue.sheets[tag] for tag in tags],
        env,
        unsubscribe=unsubscribe,
        embed=(lambda path: scrub.stripped(files.read(root, path))) if inside else None,
    )


def _within(made: mail.Mail, issue: Issue) -> mail.Mail:
    """A mail that programs show whole. Raises ContentError for a larger one."""
    size = len(made.html.encode())
    if size > mail.LIMIT:
        largest = [say("{name} ({size} kB)", name=name, size=bytes_ // 1000) for bytes_, name in made.sizes[:3]]
        raise ContentError(problems=(
            problem("mail-size",
                    say("the mail is {size} kB, and Gmail cuts mails at {limit} kB: the largest pieces are {largest}",
                        size=size // 1000, limit=mail.LIMIT // 1000, largest=series(largest)),
                    issue.path, hint=say("give some of them `as: summary`")),
        ))  # fmt: skip
    return made


def letters(root: Path, name: str, *, draft: bool = False) -> dict[str, Letter]:
    """The letters of an issue, one for each language of the site, and "both" for all in one.

    Raises ContentError where the issue does not go out in one of them: nobody is left out
    silently; and where it has no date. With `draft`, one that is still a draft will do.
    """
    issue = compile_issue(root, name)
    document = None if draft else load(issue.sources, issue.name).document
    if document and document.draft:
        raise ContentError(problems=(
            problem("newsletter", say("the issue is still a draft"), issue.path,
                    hint=say("take `draft: true` out of its front matter")),
        ))  # fmt: skip
    if document and document.date is None:
        raise ContentError(problems=(_undated(issue),))
    tags = [language.tag for language in issue.site.languages]
    gone = [_withheld(issue, tag, "error") for tag in tags if tag not in issue.sheets]
    if gone:
        raise ContentError(problems=(*_errors(issue), *gone))
    made = {tag: letter(issue, [tag], root) for tag in tags}
    return {**made, "both": letter(issue, tags, root)} if len(tags) > 1 else made


def _undated(issue: Issue, severity: Literal["error", "warn"] = "error") -> Problem:
    return problem("newsletter", say("the issue has no date, and its mail needs one"), issue.path,
                   hint=say("add a line: {example}", example="date: 2026-03-20"), severity=severity)  # fmt: skip


def _moment(day: Day | None, site: Site) -> datetime:
    """When a letter is dated: the issue's time, or eight in the morning of its day."""
    if day is None:
        return datetime(1970, 1, 1, tzinfo=UTC)
    if isinstance(day, datetime):
        return day
    return datetime.combine(day, time(8), ZoneInfo(site.time_zone))


@dataclass(kw_only=True)
class Made:
    """What `newsletter build` wrote: (path, bytes) of each file, and what is wrong."""

    name: str
    folder: str
    files: list[tuple[str, int]] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.problems)


def build(
    root: Path, name: str, *, language: str = "", formats: Iterable[str] = (), out: Path | None = None
) -> Made:
    """Write an issue's forms to outbox/<issue>/, one file a form and edition.

    Raises UsageError for a form that cannot be made here, ContentError where the issue
    does not go out. Files that say the same already are left alone.
    """
    formats = tuple(formats)
    wanted = list(formats) or [one for one in FORMATS if one != "pdf" or pdf.available()]
    for one in wanted:
        if one not in FORMATS:
            raise UsageError(say("there is no form `{name}`; there are {names}", name=one, names=series(FORMATS)))
    issue = compile_issue(root, name)
    folder = journal.folder_of(issue.name)
    made = Made(name=issue.name, folder=folder, problems=[*issue.problems, *notices(issue)])
    if not formats and not pdf.available():
        made.problems.append(
            problem("no-pdf", say("there is no PDF: typst is not installed"), issue.path,
                    hint=say("run `{command}`, or name the forms that you want: {option}",
                             command="pip install 'dozaban[pdf]'", option="--format html"),
                    severity="warn")
        )  # fmt: skip
    forms: dict[str, bytes] = {}
    for tags in editions(issue, language):
        stem = "-".join(tags)
        for one in wanted:
            forms[f"{stem}.{_ENDINGS[one]}"] = form(issue, tags, one, root)
    base = out if out is not None else root
    with files.lock(root, "newsletter build"):
        if out is not None:
            files.tidy(out)
        for path, data in forms.items():
            where = path if out is not None else f"{folder}/{path}"
            if files.write(base, where, data):
                made.files.append((where, len(data)))
            else:
                made.unchanged += 1
    return made


def finished(root: Path) -> list[str]:
    """The names of the issues that are no drafts, in order."""
    sources = open_site(root)
    names = sorted(name for name in sources.documents if name.startswith("newsletters/"))
    if not names:
        raise UsageError(say("the site has no issue yet: begin one with `dozaban new newsletter TITLE`"))
    return [name for name in names if not load(sources, name).document.draft]


def form(issue: Issue, tags: Sequence[str], kind: str, root: Path) -> bytes:
    """One form of an edition, as bytes."""
    sheets = [issue.sheets[tag] for tag in tags]
    leave = issue.site.newsletter.unsubscribe
    if kind == "text":
        return plaintext.bilingual(sheets, unsubscribe=leave).encode()
    if kind == "html":
        return _within(_mail(issue, tags, root, leave), issue).html.encode()
    if kind == "eml":
        return message.write(letter(issue, tags, root, nobody=True))
    return printed(sheets, root)


# --- looking, and making sure ---------------------------------------------------------------


def check(root: Path, name: str) -> tuple[Issue, list[Problem]]:
    """Everything that is wrong with an issue: its site, its pieces, its pictures, its mails."""
    issue = compile_issue(root, name)
    found = [*issue.problems, *notices(issue)]
    seen = media.weighed(root, _shown(issue.sheets), issue.path, decode=True)
    found += weigh(seen, issue.site)
    if any(one.day is None for one in issue.sheets.values()):
        found.append(_undated(issue, "warn"))
    for tag, one in issue.sheets.items():
        language = issue.site.language(tag).name
        if not one.preheader:
            found.append(
                problem("mail-preheader",
                        say("in {language} the issue has no preheader: mail programs show its first words",
                            language=language),
                        issue.path, hint=say("write `preheader:` in its front matter, and translate it"),
                        severity="warn")
            )  # fmt: skip
        for part in one.parts:
            picture = part.picture
            if picture and not picture.alt:
                found.append(
                    problem("mail-picture", say("the picture of `{post}` has no text for those who do not see it",
                                                post=part.name),
                            f"content/{part.name}", hint=say("write image: {{src: …, alt: …}} in its front matter"),
                            severity="warn")
                )  # fmt: skip
    for tags in editions(issue) if issue.sheets else ():
        try:
            message.write(letter(issue, tags, root))
        except ContentError as error:
            found.extend(error.problems)
        unshown = _mail(issue, tags, root, "").unshown
        found.extend(
            problem("mail-picture", say("mail programs do not show this kind of picture"), path,
                    hint=say("use PNG, JPEG or GIF"), severity="warn")
            for path in unshown
        )  # fmt: skip
    unique = {one.order: one for one in found}
    return issue, sorted(unique.values(), key=lambda one: one.order)


def preview(root: Path, name: str) -> Path:
    """Write a page that shows all forms of an issue beside each other; returns where it is.

    Phone and desktop width, dark, without pictures, and the plain text.
    """
    from types import SimpleNamespace

    from pipeline.templating import template

    issue = compile_issue(root, name)
    folder = f"{journal.folder_of(issue.name)}/preview"
    site = issue.site
    shown, pages = [], {}
    for tags in editions(issue):
        stem = "-".join(tags)
        sheets = [issue.sheets[tag] for tag in tags]
        html = _for_looking(_mail(issue, tags, root, site.newsletter.unsubscribe or site.base_url, embed=True))
        pages[f"{stem}.html"] = html
        pages[f"{stem}.bare.html"] = _without_pictures(html)
        dark = html.replace("(prefers-color-scheme: dark)", "all").replace("(prefers-color-scheme:dark)", "all")
        pages[f"{stem}.dark.html"] = dark
        first = sheets[0].language
        shown.append(
            SimpleNamespace(
                names=[SimpleNamespace(tag=s.language.tag, name=s.language.name, direction=s.language.direction) for s in sheets],
                subject=" · ".join(s.title.text for s in sheets),
                page=f"{stem}.html",
                bare=f"{stem}.bare.html",
                dark=f"{stem}.dark.html",
                size=len(html.encode()) // 1000,
                texts=[
                    SimpleNamespace(tag=s.language.tag, direction=s.language.direction, text=plaintext.write(s))
                    for s in sheets
                ],
                direction=first.direction,
            )
        )
    env = interfaces(issue.sources)[site.default_language]
    pages["index.html"] = template(env, "preview.html")({"editions": shown, "name": issue.name})
    with files.lock(root, "newsletter preview"):
        for path, page in pages.items():
            files.write(root, f"{folder}/{path}", page.encode())
    return root / folder / "index.html"


def _for_looking(made: mail.Mail) -> str:
    """A mail's HTML as it can be looked at here: its pictures within it."""
    from base64 import b64encode

    html = made.html
    for one in made.images:
        html = html.replace(f"cid:{one.cid}", f"data:{one.kind};base64,{b64encode(one.data).decode()}")
    return html


def _without_pictures(html: str) -> str:
    """The HTML as a program shows it that loads no pictures."""
    import re

    return re.sub(r'(<img\b[^>]*?\bsrc=")[^"]*"', r'\1data:,"', html)


def digest(
    root: Path, *, since: date, until: date, tag: str = "", today: date | None = None
) -> str:
    """Draft an issue of what was published in a span of days; returns its path.

    One section for each subject, the newest first. Raises UsageError where nothing was
    published, or where there is such an issue already.
    """
    sources = open_site(root)
    site = sources.site
    tag = tag or site.default_language
    if tag not in [language.tag for language in site.languages]:
        raise UsageError(say("there is no language `{tag}`", tag=tag))
    if since > until:
        raise UsageError(say("{since} is after {until}: exchange the two", since=since, until=until))
    spoken = {language.tag: Words() for language in site.languages}
    plan = survey(sources, spoken, jobs=default_jobs(len(sources.documents))).plan
    found = [
        record
        for record in plan.posts
        if record.document.date is not None
        and since <= languages.local_day(record.document.date, site.time_zone) <= until
    ]
    if not found:
        raise UsageError(say("nothing was published from {since} to {until}", since=since, until=until))
    sections: dict[str, list[str]] = {}
    for record in found:
        first = record.document.tags[0] if record.document.tags else ""
        sections.setdefault(first, []).append(record.document.name)
    language = site.language(tag)
    numbers = [record.document.number or 0 for record in plan.newsletters]
    span = " – ".join(languages.format_date(day, language) for day in (since, until))
    values: dict[str, object] = {
        "title": span,
        "number": max(numbers, default=0) + 1,
        "date": today or until,
        "draft": True,
        "sections": [
            {
                "heading": plan.terms.get(tag, "tag", subject) or subject or span,
                "items": [{"post": name, "as": "summary"} for name in names],
            }
            for subject, names in sections.items()
        ],
    }
    if tag != site.default_language:
        values["lang"] = tag
    path = f"content/newsletters/{until.isoformat()}.md"
    if f"newsletters/{until.isoformat()}" in sources.documents:
        raise UsageError(say("there is an issue newsletters/{name} already", name=until.isoformat()))
    text = content.front_matter(values) + "\n"
    with files.lock(root, "new"):
        files.write(root, path, text.encode(), expected=None)
    return path
