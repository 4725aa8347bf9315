"""Commands: functions whose parameters say how they are given on a command line.

The parser of command lines takes longer to import than most commands run. A command that
is called by its name alone runs with its defaults, unread; `parser` reads what has more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Command = Callable[..., "int | None"]
"""What a command does; it gives its exit status, or None where that is 0."""

_Some = TypeVar("_Some", bound=Command)


class Parameter:
    """How a parameter is given, in its annotation: what the parser's own class takes."""

    def __init__(self, *names: str, **more: Any) -> None:
        self.names, self.more = names, more


class Option(Parameter):
    """A parameter with a name of its own, such as --json."""


class Argument(Parameter):
    """A parameter that is told by its place."""


class Commands:
    """Commands below one name, and groups of them."""

    def __init__(self, name: str, *, help: str) -> None:
        self.name, self.help = name, help
        self.commands: dict[str, Command] = {}
        self.groups: dict[str, Commands] = {}
        self.before: Command | None = None

    def main(self, command: _Some) -> _Some:
        """What is called before any command, with the options that stand before its name."""
        self.before = command
        return command

    def command(self, name: str = "") -> Callable[[_Some], _Some]:
        """Add a command, by default with its function's name."""

        def add(command: _Some) -> _Some:
            self.commands[name or command.__name__] = command
            return command

        return add

    def add(self, group: Commands) -> None:
        """Add a group of commands."""
        self.groups[group.name] = group

    def bare(self, arguments: Sequence[str]) -> Command | None:
        """The command that arguments name, where they say no more than its name and it asks
        for no more."""
        if len(arguments) == 2 and arguments[0] in self.groups:
            return self.groups[arguments[0]].bare(arguments[1:])
        command: Any = self.commands.get(arguments[0]) if len(arguments) == 1 else None
        if command is None or command.__code__.co_argcount > len(command.__defaults__ or ()):
            return None
        return command  # type: ignore[no-any-return]
