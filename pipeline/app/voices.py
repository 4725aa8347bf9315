"""Which language the command speaks, and the voice for it.

It is the one that was asked for with --ui, else the first of the user's languages, as
gettext finds them in the environment, in which the command has a catalogue, else English.
Only what is not English reads a file here, or imports anything of weight.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.problems import UsageError
from pipeline.speech import say
from pipeline.voice import ENGLISH, Voice

if TYPE_CHECKING:
    from pipeline.model import Direction, Language
    from pipeline.po import Lookup

NAME = "cli"
"""The command's own catalogue: locales/<lang>/LC_MESSAGES/cli.po, beside the theme's."""


def preferred(environment: Mapping[str, str]) -> list[str]:
    """The user's languages, the likeliest first, as tags: LANGUAGE, unless the locale is C,
    then LC_ALL, LC_MESSAGES or LANG (the gettext manual, "Locale Environment Variables")."""
    locale = next(filter(None, (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    names = [*environment.get("LANGUAGE", "").split(":"), locale]
    if locale in ("C", "POSIX"):
        return []
    plain = (name.partition("@")[0].partition(".")[0].replace("_", "-") for name in names)
    return [name for name in plain if name and name not in ("C", "POSIX")]


def spoken() -> list[str]:
    """The languages that the command speaks."""
    from pipeline import files

    top = files.package_data() / "locales"
    return [ENGLISH.tag, *sorted(path.parts[-3] for path in top.glob(f"*/LC_MESSAGES/{NAME}.po"))]


def voice(asked: str, environment: Mapping[str, str] = os.environ, *, shaped: bool = False) -> Voice:
    """The voice that was asked for, or that the environment asks for.

    Raises UsageError where the command does not speak the language that was asked for,
    and CatalogueError where its catalogue cannot be read.
    """
    for tag in [asked] if asked else preferred(environment):
        first = tag.partition("-")[0].lower()
        if first == ENGLISH.tag:
            break
        found = _read(tag, shaped) or _read(first, shaped, tag)
        if found is not None:
            return found
        if asked:
            raise UsageError(say("the command does not speak `{lang}`; it speaks {names}", lang=asked, names=spoken()))
    return Voice(ENGLISH.tag, shaped=True) if shaped else ENGLISH


def of(tag: str) -> Voice | None:
    """The voice for one language, or None where the command does not speak it."""
    first = tag.partition("-")[0].lower()
    return ENGLISH if first == ENGLISH.tag else _read(tag, False) or _read(first, False, tag)


def _read(folder: str, shaped: bool, tag: str = "") -> Voice | None:
    from pipeline import files, po
    from pipeline.bidi import direction_of

    path = f"locales/{folder}/LC_MESSAGES/{NAME}.po"
    top = files.package_data()
    if not folder.replace("-", "").isalnum() or not Path(top, path).is_file():
        return None
    lookup = po.lookup(files.read(top, path), path)
    found = [direction_of(reading.msgstr) for reading in lookup.messages.values()]
    direction: Direction = "rtl" if found.count("rtl") > found.count("ltr") else "ltr"
    return _voice(tag or folder, folder, direction, lookup, shaped)


def _voice(tag: str, folder: str, direction: Direction, lookup: Lookup, shaped: bool) -> Voice:
    def language() -> Language:
        from pipeline.languages import defaults
        from pipeline.model import Language

        for one in (tag, folder):
            try:
                return Language(tag=one, **defaults(one))  # type: ignore[arg-type]
            except LookupError:
                continue
        raise AssertionError(folder)

    return Voice(tag, direction, language, lookup, shaped=shaped)
