"""What can be wrong, and where: locations, problems and the exception family.

A `Problem` is a value: it is collected, sorted and printed by whoever asked. An
exception of the family below means that the thing at hand cannot go on, and it
carries the problems that say why. This module does no formatting for terminals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline import speech
from pipeline.speech import say

Severity = Literal["error", "warn"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """A place in a file of the site.

    `path` is relative to the site's root, with forward slashes. `line` and `column`
    count from 1, columns in characters; 0 means the whole file (or the whole line).
    """

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        text = self.path
        if self.line:
            text += f":{self.line}"
            if self.column:
                text += f":{self.column}"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: where, what, and what to do next.

    `rule` is the stable name by which `[checks]` in site.toml and JSON readers know
    it, such as `broken-link`. `message` and `hint` are said (see `pipeline.speech`);
    `excerpt` is the offending text, if that helps.
    """

    rule: str
    message: str
    location: Location
    hint: str = ""
    excerpt: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        text = f"{self.location}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts by place, then by rule."""
        at = self.location
        return (at.path, at.line, at.column, self.rule, self.message)


@dataclass(eq=False)
class DozabanError(Exception):
    """Something cannot go on. `problems` is never empty; exit status 1."""

    problems: tuple[Problem, ...] = field(default=())

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ContentError(DozabanError):
    """A document or site.toml cannot be read."""


class CatalogueError(DozabanError):
    """A catalogue cannot be read."""


class TemplateError(DozabanError):
    """A template cannot be compiled or rendered."""


class DiskError(DozabanError):
    """The disk said no."""


class NetworkError(DozabanError):
    """A server said no, or nothing."""


class UsageError(Exception):
    """The command was called wrongly; exit status 2."""


def problem(
    rule: str,
    message: str,
    path: str,
    line: int = 0,
    column: int = 0,
    *,
    hint: str = "",
    excerpt: str = "",
    severity: Severity = "error",
) -> Problem:
    """A Problem without the ceremony."""
    return Problem(
        rule=rule,
        message=message,
        location=Location(path=path, line=line, column=column),
        hint=hint,
        excerpt=excerpt,
        severity=severity,
    )


def reason(error: OSError) -> str:
    """Why the system refused, in its own words; the commonest can be said again in others."""
    text = error.strerror or str(error)
    return _REASONS.get(text, text)


_REASONS: Mapping[str, str] = {
    one: one
    for one in (
        say("No such file or directory"),
        say("Permission denied"),
        say("Operation not permitted"),
        say("File exists"),
        say("Not a directory"),
        say("Is a directory"),
        say("Directory not empty"),
        say("File name too long"),
        say("No space left on device"),
        say("Disk quota exceeded"),
        say("Read-only file system"),
        say("Too many open files"),
        say("Input/output error"),
        say("Too many levels of symbolic links"),
        say("Invalid cross-device link"),
        say("Address already in use"),
        say("Connection refused"),
    )
}


def packed(one: Problem) -> list[Any]:
    """A Problem as plain JSON values, for a cache."""
    at = one.location
    message, hint = speech.packed(one.message), speech.packed(one.hint)
    return [one.rule, message, at.path, at.line, at.column, hint, one.excerpt, one.severity]


def unpacked(found: Any) -> Problem:
    """The Problem that `packed` made a list of."""
    rule, message, path, line, column, hint, excerpt, severity = found
    message, hint = speech.unpacked(message), speech.unpacked(hint)
    return problem(rule, message, path, line, column, hint=hint, excerpt=excerpt, severity=severity)
