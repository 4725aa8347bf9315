"""The command's own words, as its code has them: what cli.po has to translate.

They are the templates of `say`, the words of `word` (see `pipeline.speech`), the help of
options and arguments, and the docstrings of commands. Found by reading the code, not by
running it; a text that is not written out where it is said is none. Only in the tool's
own repository is there anything to find: `update` keeps cli.po there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from pipeline import files
from pipeline.model import Message

KIND = "command"


def at_home(root: Path) -> bool:
    """Whether a site is the tool's own repository."""
    return files.package_data().resolve() == root.resolve() and (root / "pipeline").is_dir()


def extract(root: Path) -> list[Message]:
    """Every text of the command, in the order of its code. Raises DiskError."""
    found: list[Message] = []
    for path in files.tree(root, "pipeline"):
        if path.endswith(".py"):
            tree = ast.parse(files.read(root, path))
            rows = sorted(_texts(tree), key=lambda row: row[0])
            found += [
                Message(msgid=text, plural=plural, context=context, kind=KIND, line=line, references=(path,))
                for line, context, text, plural in rows
            ]
    return found


_Row = tuple[int, str | None, str, str | None]
"""A line, a context, a text and its plural."""


def _texts(tree: ast.Module) -> Iterator[_Row]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            literals = [_literal(argument) for argument in node.args]
            if name == "say" and literals and literals[0]:
                yield node.lineno, None, literals[0], literals[1] if len(literals) > 1 else None
            elif name == "word" and len(literals) == 2 and literals[1]:
                yield node.lineno, literals[0], literals[1], None
            elif name in ("Option", "Argument", "Commands"):
                for keyword in node.keywords:
                    if keyword.arg == "help" and (text := _literal(keyword.value)):
                        yield from _paragraphs(node.lineno, text)
        elif isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            yield from _paragraphs(node.lineno, ast.get_docstring(node) or "")


def _paragraphs(line: int, text: str) -> Iterator[_Row]:
    for one in text.split("\n\n"):
        if one.strip():
            yield line, None, " ".join(one.split()), None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_command(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) in ("command", "callback")
