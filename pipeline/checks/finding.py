"""What a rule finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule finds, at text[start:end]. Offsets count characters of that text.

    `edits` are replacements, (start, end, new text), that mend it safely, all or none.
    `form` is the plural form that it is in.
    """

    start: int
    end: int
    message: str
    hint: str = ""
    edits: tuple[tuple[int, int, str], ...] = ()
    form: int = 0
