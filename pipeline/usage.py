"""How the command is used, in another language than English: help, and wrong arguments.

The parser of arguments speaks English alone. Its help is written anew here, of the same
parts, in the language of a voice; its complaints are known by their words, and one that
is not is passed on as it is. Nothing here parses arguments, and English never comes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.shaping import pad, width
from pipeline.speech import Said, say
from pipeline.voice import Voice

_MOST = 26
"""Names up to so many cells share their line with what they mean."""

_PARSERS_OWN = (
    say("Show this message and exit."),
    say("Install completion for the current shell."),
    say("Show completion for the current shell, to copy it or customize the installation."),
)
"""What the parser's own options say of themselves."""


def speak(command: Any, voice: Voice, cells: int) -> None:
    """Have a command, and those below it, give their help in a voice's language."""

    def help_of(context: Any) -> str:
        return "\n".join(_page(context, voice, max(50, min(cells, 100))))

    command.get_help = help_of
    for below in getattr(command, "commands", {}).values():
        speak(below, voice, cells)


def usage(context: Any) -> Said:
    """How a command is called, in a line."""
    pieces = [context.command_path, *context.command.collect_usage_pieces(context)]
    return say("Usage: {usage}", usage=" ".join(pieces))


def texts(command: Any) -> Iterator[str]:
    """Every text that the help of a command, and of those below it, has to say."""
    yield from _paragraphs(command.help or "")
    for param in command.params:
        if getattr(param, "help", None):
            yield str(param.help)
    for below in getattr(command, "commands", {}).values():
        yield from texts(below)


def _paragraphs(help_text: str) -> list[str]:
    return [" ".join(one.split()) for one in help_text.split("\n\n") if one.strip()]


def _page(context: Any, voice: Voice, cells: int) -> Iterator[str]:
    """The help of one command, line by line."""
    command = context.command
    yield from voice.lines(usage(context), cells)
    for paragraph in _paragraphs(command.help or ""):
        yield ""
        for line in voice.lines(Said(paragraph), cells - 2):
            yield f"  {line}"
    rows: dict[str, list[tuple[str, Said]]] = {"argument": [], "option": []}
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None:
            rows[param.param_type_name].append((record[0], _meaning(param, record[1])))
    below = getattr(command, "commands", {})
    commands = [
        (name, Said(_paragraphs(below[name].help or "")[0]))
        for name in (command.list_commands(context) if below else ())
        if not below[name].hidden
    ]
    for heading, found in (
        (say("Arguments:"), rows["argument"]),
        (say("Options:"), rows["option"]),
        (say("Commands:"), commands),
    ):
        if found:
            yield ""
            yield from voice.lines(heading, cells)
            yield from _table(found, voice, cells)


def _meaning(param: Any, record: str) -> Said:
    """What an argument or option means, with its default where the parser tells it."""
    text = Said(" ".join((getattr(param, "help", None) or "").split()))
    default = re.search(r"\[default: (.*?)\]", record)
    if default is None:
        return text
    return say("{meaning} [by default {value}]", meaning=text, value=default[1])


def _table(rows: list[tuple[str, Said]], voice: Voice, cells: int) -> Iterator[str]:
    size = max((width(name) for name, _ in rows if width(name) <= _MOST), default=_MOST)
    for name, meaning in rows:
        lines = voice.lines(meaning, cells - size - 4)
        if width(name) > size:
            yield f"  {name}"
            name = ""
        for line in lines:
            yield f"  {pad(name, size)}  {line}"
            name = ""


# --- what the parser complains of ---------------------------------------------------------

_WRONG = (
    (re.compile(r"No such option:? '?(?P<option>[^' ]+)'?(?:.*?(?:options?|mean):? (?P<near>[^)?]*))?"),
     say("there is no option `{option}`", option=""), say("there is no option `{option}`; did you mean `{near}`?", option="", near="")),
    (re.compile(r"No such command '(?P<name>[^']*)'"), say("there is no command `{name}`", name="")),
    (re.compile(r"Missing (?:argument|parameter|option) '?(?P<name>[^'.]*)'?"), say("`{name}` is missing", name="")),
    (re.compile(r"(?:Option|Argument) '?(?P<option>[^' ]*)'? requires"), say("the option `{option}` needs a value", option="")),
    (re.compile(r"Option '?(?P<option>[^' ]*)'? does not take"), say("the option `{option}` takes no value", option="")),
    (re.compile(r"Got unexpected extra arguments? \((?P<words>.*)\)"), say("nothing is known of `{words}` here", words="")),
    (re.compile(r"Invalid value for '?(?P<name>[^':]*)'?: (?P<why>.*)", re.DOTALL), say("this is no value for `{name}`: {why}", name="", why="")),
)  # fmt: skip
_WHY = (
    (re.compile(r"valid int"), say("a whole number is wanted")),
    (re.compile(r"valid (?:float|number)"), say("a number is wanted")),
    (re.compile(r"less than or equal to (?P<most>\d+)"), say("{most} is the most", most="")),
    (re.compile(r"greater than or equal to (?P<least>\d+)"), say("{least} is the least", least="")),
    (re.compile(r"not in the range (?P<range>\S+)"), say("it is not in the range {range}", range="")),
    (re.compile(r"does not match the formats?"), say("write it like {example}", example="2026-03-20")),
)


def explained(message: str) -> str:
    """The parser's complaint in our words, or as it is."""
    for pattern, *known in _WRONG:
        found = pattern.match(message)
        if found is None:
            continue
        values = {name: value for name, value in found.groupdict().items() if value}
        if "why" in values:
            values["why"] = _why(values["why"])
        fit = next((one for one in reversed(known) if one.values.keys() <= values.keys()), None)
        if fit is not None:
            return Said(fit.template, values={name: values[name] for name in fit.values})
    return message


def _why(text: str) -> str:
    for pattern, said in _WHY:
        found = pattern.search(text)
        if found is not None:
            return Said(said.template, values={**said.values, **found.groupdict()})
    return text
