"""What the commands share with a terminal: the site that is meant, and what is said to people.

Texts go out in the voice of the run, without what a terminal would obey; answers for
programs are JSON and English. No command is here, and no site is read.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pipeline.commands import Option
from pipeline.problems import ContentError, Problem, UsageError, problem
from pipeline.speech import say, word
from pipeline.voice import ENGLISH

JSON_VERSION = 1
"""The version of every `--json` answer; a change that could break a reader raises it."""

here = [Path()]
"""Where the site is looked for, as -C says."""

voice = [ENGLISH]
"""How this run speaks."""


def root() -> Path:
    """The site that the folder is in: it, or a folder above, with content/site.toml."""
    if not here[0].is_dir():
        raise UsageError(say("there is no folder {folder}", folder=str(here[0])))
    start = here[0].resolve()
    for candidate in (start, *start.parents):
        if (candidate / "content" / "site.toml").is_file():
            return candidate
    raise ContentError(
        problems=(
            problem("site", say("there is no site here"), "content/site.toml",
                    hint=say("make one with `dozaban init DIR`, or name one with {option}", option="-C DIR")),
        )
    )  # fmt: skip


# --- reports -----------------------------------------------------------------------------


_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What a terminal obeys or cannot be sent: controls, line separators, halves of a pair."""
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the text beside it, and is rare enough to be looked at more closely then."""
_HIDDEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold, and nobody sees."""


def clean(text: str) -> str:
    """Text from content, without what a terminal would obey, and without controls that turn
    what stands beside them: overrides, isolates that are not closed."""
    if text.isascii() and text.isprintable():
        return text
    text = _OBEYED.sub("\ufffd", text)
    if not _TURNING.search(text):
        return text
    from pipeline.bidi import stray_controls

    for at in stray_controls(text):
        text = f"{text[:at]}\ufffd{text[at + 1 :]}"
    return text


def colour(text: str, code: str, stream: Any) -> str:
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def spoken(text: str) -> str:
    """A text in the language of the command, without what a terminal would obey."""
    return clean(voice[0](text))


def quoted(text: str) -> str:
    """Somebody's text by itself, on one line."""
    return voice[0].quoted(clean(text.replace("\n", " ")))


def write_all_letters() -> None:
    """Where Python takes the terminal for ASCII, as it does without a locale, it gets UTF-8;
    what another encoding lacks is written as \\u…."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and "utf" not in stream.encoding.lower():
            ascii_ = stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646")
            stream.reconfigure(encoding="utf-8" if ascii_ else None, errors="backslashreplace")


def put(text: str, *, err: bool = False) -> None:
    """A line as it is, at once."""
    stream = sys.stderr if err else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def tell(text: str = "", *, indent: int = 0, err: bool = False) -> None:
    """A line of the command's own, in its language."""
    cells = columns(sys.stderr if err else sys.stdout)
    for line in voice[0].lines(text, cells and cells - indent):
        put(f"{' ' * indent}{clean(line)}", err=err)


def columns(stream: Any) -> int:
    """How many cells a line has where text must be wrapped before it is shaped; 0: any."""
    return width() if voice[0].shaped and stream.isatty() else 0


def width() -> int:
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


_SEVERITIES = {"error": (word("severity", "error"), "31;1"), "warn": (word("severity", "warning"), "33")}


def report(problems: Iterable[Problem]) -> int:
    """Problems on standard error, a line each with its hint below; returns the errors.

    The place comes first, for programs that find it there; what is said of it stands in
    one piece behind it, in whichever direction it runs.
    """
    errors, cells = 0, columns(sys.stderr)
    for one in problems:
        errors += one.severity == "error"
        severity, shade = _SEVERITIES[one.severity]
        place = f"{clean(str(one.location))}: " if one.location.path else ""
        message, *more = voice[0].lines(one.message, cells and cells - 4)
        if more:  # wrapped: below its place
            message, more = "", [message, *more]
        kind = colour(spoken(severity), shade, sys.stderr)
        put(f"{place}{kind}: {clean(message)}{' ' if message else ''}[{one.rule}]", err=True)
        for line in more:
            put(f"    {clean(line)}", err=True)
        if one.excerpt:
            put(f"    {quoted(one.excerpt)}", err=True)
        for line in voice[0].lines(one.hint, cells and cells - 4) if one.hint else ():
            put(f"    {clean(line)}", err=True)
    return errors


def told(one: Problem) -> str:
    """A problem on one line, in the language of the command."""
    place = f"{clean(str(one.location))}: " if one.location.path else ""
    text = f"{place}{spoken(one.message)}"
    return f"{text} ({spoken(one.hint)})" if one.hint else text


def as_json(command: str, **values: Any) -> None:
    answer({"version": JSON_VERSION, "command": command, **values})


def answer(values: Mapping[str, Any]) -> None:
    """JSON on standard output, what a terminal would obey or not show written as \\u…."""
    import json

    text = json.dumps(values, ensure_ascii=False, indent=2, default=str)
    put(_HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def problem_json(one: Problem) -> dict[str, Any]:
    from pipeline.report import problem_json

    return problem_json(one)


def progress() -> Callable[[str, int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(label: str, done: int, total: int) -> None:
        if total >= 200:
            end = "\n" if done >= total else ""
            said = say("{doing} {done} of {total}", doing=label, done=done, total=total)
            sys.stderr.write(f"\r{spoken(said)}{end}")
            sys.stderr.flush()

    return show


AsJson = Annotated[bool, Option("--json", help="Answer in JSON, for programs.")]
