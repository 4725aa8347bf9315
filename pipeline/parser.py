"""Reading a command line: what `commands` declares, told to typer.

Only what the meant command needs is made ready, and what needs no converting is taken as
it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from pipeline import terminal, usage
from pipeline.commands import Command, Commands, Option, Parameter
from pipeline.speech import say
from pipeline.voice import ENGLISH


def read(commands: Commands, arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; gives its exit status.

    Raises what the command raises, and the parser's own errors: see `misused`.
    """
    command = parser(_meant(commands, arguments))
    _read_plainly(command)
    if terminal.voice[0] is not ENGLISH:
        usage.speak(command, terminal.voice[0], terminal.width())
    result = command(args=arguments, prog_name=commands.name, standalone_mode=False)
    return result if isinstance(result, int) else 0


def parser(commands: Commands) -> Any:
    """All commands as the parser has them."""
    return typer.main.get_command(_told(commands))


def confirmed(question: str) -> bool:
    """Ask a question on standard error; whether the answer was yes."""
    return typer.confirm(question, err=True)


def _told(commands: Commands) -> typer.Typer:
    found = typer.Typer(
        name=commands.name,
        help=commands.help,
        no_args_is_help=bool(commands.before),
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    if commands.before:
        found.callback()(_annotated(commands.before))
    for name, command in commands.commands.items():
        found.command(name)(_annotated(command))
    for name, group in commands.groups.items():
        found.add_typer(_told(group), name=name)
    return found


def _annotated(command: Command) -> Command:
    """A command whose parameters say how they are given in typer's words."""

    def told(hint: Any) -> Any:
        if get_origin(hint) is not Annotated:
            return hint
        kind, how = get_args(hint)
        if not isinstance(how, Parameter):
            return hint
        typers = typer.Option if isinstance(how, Option) else typer.Argument
        return Annotated[kind, typers(*how.names, **how.more)]

    hints = get_type_hints(command, include_extras=True)
    command.__annotations__ = {name: told(hint) for name, hint in hints.items()}
    return command


def _meant(commands: Commands, arguments: Sequence[str]) -> Commands:
    """The commands with only the one that comes first in the arguments, or with all: to have
    all of them ready takes as long as some take to run."""
    name = arguments[0] if arguments else ""
    found = Commands(commands.name, help=commands.help)
    found.before = commands.before
    found.commands = {one: command for one, command in commands.commands.items() if one == name}
    found.groups = {one: group for one, group in commands.groups.items() if one == name}
    return found if found.commands or found.groups else commands


def _read_plainly(command: Any) -> None:
    """Have a command, and those below it, take texts, paths and defaults as they are.

    The parser would have each value validated by a library that takes as long to import as
    all else that a command needs. Numbers and dates that are given still are.
    """
    usual = command.get_params

    def params(context: Any) -> Any:
        found = usual(context)
        for one in found:
            kind = getattr(getattr(one, "type_descriptor", None), "annotation", None)
            if kind is not None and "process_value" not in vars(one):
                one.process_value = partial(_taken, one, kind, one.process_value)
        return found

    command.get_params = params
    for below in getattr(command, "commands", {}).values():
        _read_plainly(below)


def _taken(param: Any, kind: Any, usual: Callable[[Any, Any], Any], context: Any, value: Any) -> Any:
    """The value of an argument, `usual`ly where it is anything but plain."""
    if param.required and not value:
        return usual(context, value)
    several = param.multiple or param.nargs == -1
    if value is None:
        value = () if several else None
    elif several and kind == list[str] and all(isinstance(one, str) for one in value):
        value = list(value)
    elif kind is Path and isinstance(value, str):
        value = Path(value)
    elif not isinstance(kind, type) or not isinstance(value, kind):
        return usual(context, value)
    return param.callback(context, param, value) if param.callback else value


def misused(error: Any, message: str) -> int:
    """Say what is wrong with the arguments, in the parser's words or in ours; gives the exit status."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
        terminal.put(message, err=True)
        return int(error.exit_code)
    if terminal.voice[0] is ENGLISH:
        if context is not None:
            terminal.put(context.get_usage(), err=True)
        if message.startswith("Invalid value"):  # their words for it are not for people
            message = ENGLISH.plain(usage.explained(message))
        terminal.put(f"dozaban: {terminal.clean(message)}", err=True)
    else:
        if context is not None:
            terminal.tell(usage.usage(context), err=True)
        terminal.tell(say("dozaban: {what}", what=usage.explained(message)), err=True)
    return int(getattr(error, "exit_code", 2))
