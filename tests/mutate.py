"""Mutation: does a test notice, where the code is changed?

`make mutate` takes a seeded sample of small changes to the modules on which translators' work
hangs (`TESTS` below), makes one at a time in a copy of the tree, and runs that module's tests
until one fails. A change that no test notices has survived. Survivors that change nothing that
anyone could see are listed in `tests/mutants.txt`, each with the reason; they count as survivors
all the same. Exit status 1: less than 90 % were noticed, or one survived that is not listed.

What is changed: comparisons, `and` and `or`, `not`, sums, numbers, True and False, words (strings
without a space), `break` and `continue`, what is returned, and calls and assignments, which are
left out. What is not: texts for people, docstrings, types, decorators, `assert` and `raise`. It touches no
file of the checkout, and it is no part of CI.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent

TESTS = {
    "po.py": ("test_po.py", "test_po_gettext.py"),
    "catalogue.py": ("test_catalogue.py", "test_update.py"),
    "markdown.py": ("test_markdown.py", "test_content.py", "test_html.py"),
}
"""Each module, and the tests that are asked."""

LISTED = ROOT / "tests/mutants.txt"
ENOUGH = 0.9
SECONDS = 5.0
"""Of processor time, for one test beyond what it took unchanged: more is an endless loop."""

_SWAPS: dict[type[ast.AST], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
    ast.And: "or", ast.Or: "and",
    ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.Mod: "*", ast.BitOr: "&", ast.BitAnd: "|",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change: in which module, from which character to which, what stands there instead."""

    module: str
    start: int
    end: int
    old: str
    new: str
    line: int
    before: str
    """What stands before it on its first line, and behind it on its last."""
    after: str
    function: str

    @property
    def name(self) -> str:
        """How `mutants.txt` knows it: by its function and the text of its lines, whose numbers change."""
        return f"{self.module}: {self.function}: {_flat(f'{self.before}‹{self.old} → {self.new}›{self.after}')}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def mutants(module: str, text: str) -> list[Mutant]:
    """Every change that can be made to a module, in the order of its text."""
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line.encode()))
    data = text.encode()
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]  # outer ones first
    found = []

    def add(node: ast.expr | ast.stmt, new: str) -> None:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = lines[node.lineno - 1] + node.col_offset
        end = lines[node.end_lineno - 1] + node.end_col_offset
        first, last = data.rfind(b"\n", 0, start) + 1, data.find(b"\n", end)
        before, old, after = (data[slice(*part)].decode() for part in ((first, start), (start, end), (end, last)))
        around = [one.name for one in functions if one.lineno <= node.lineno <= (one.end_lineno or 0)]
        found.append(Mutant(
            module=module, start=start, end=end, old=old, new=new, line=node.lineno, before=before, after=after,
            function=around[-1] if around else "the module",
        ))  # fmt: skip

    for node in _within(tree):
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _SWAPS:
                add(node, f"({ast.unparse(left)} {_SWAPS[type(op)]} {ast.unparse(right)})")
            case ast.BoolOp(op=op, values=values):
                add(node, "(" + f" {_SWAPS[type(op)]} ".join(f"({ast.unparse(one)})" for one in values) + ")")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                add(node, f"({ast.unparse(operand)})")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SWAPS and not _texts(left, right):
                add(node, f"({ast.unparse(left)} {_SWAPS[type(op)]} {ast.unparse(right)})")
            case ast.Constant(value=bool() as value):
                add(node, str(not value))
            case ast.Constant(value=int() as value):
                add(node, str(value + 1))
            case ast.Constant(value=str() as value) if value and " " not in value.strip(" "):
                add(node, repr(value + "X"))
            case ast.Break():
                add(node, "continue")
            case ast.Continue():
                add(node, "break")
            case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
                add(node, "return None")
            case ast.Expr(value=ast.Call()) | ast.AugAssign():
                add(node, "pass")
            case _:
                pass
    return sorted(found, key=lambda one: (one.start, one.end, one.new))


def _texts(*sides: ast.expr) -> bool:
    """Whether an operation is one on texts: those have no other."""
    return any(
        isinstance(side, ast.JoinedStr) or isinstance(side, ast.Constant) and isinstance(side.value, (str, bytes))
        for side in sides
    )


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a syntax tree that are changed."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, (ast.Assert, ast.Raise, ast.JoinedStr)):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            if isinstance(child, ast.Assign) and _is_type(child):
                continue
            yield child
            yield from _within(child)


def _is_type(node: ast.Assign) -> bool:
    """`State = Literal[…]`: a name for a type."""
    return isinstance(node.value, ast.Subscript) and isinstance(node.targets[0], ast.Name) and node.targets[0].id[0].isupper()


class Runner:
    """A pytest plugin: quick tests first, no shrinking, and an end to endless loops."""

    def __init__(self, tree: Path, took: dict[str, float]) -> None:
        self.tree, self.took = tree, took
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        import pipeline

        assert Path(pipeline.__file__).is_relative_to(self.tree), "the copy is what is to be tested"
        items.sort(key=lambda item: self.took.get(item.nodeid, 0.0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        known = self.took.get(item.nodeid)
        began = time.process_time()
        # Again and again: Hypothesis runs an example that failed once more.
        signal.setitimer(signal.ITIMER_PROF, SECONDS + 3 * (60.0 if known is None else known), SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            if known is None:
                self.took[item.nodeid] = time.process_time() - began

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = "cannot be read"


def _late(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError("longer than the unchanged code by far")


def run(tree: Path, module: str, took: dict[str, float]) -> tuple[str, dict[str, float], str]:
    """A module's tests in a process of their own: which one failed first (""; none), how long
    each took, and what they said."""
    inward, outward = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(inward)
        _test(tree, module, took, outward)
    os.close(outward)
    with os.fdopen(inward, encoding="utf-8") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    if not said:
        return f"stopped by {os.waitstatus_to_exitcode(status)}", took, ""
    failed, now, printed = json.loads(said)
    return failed, now, printed


def _test(tree: Path, module: str, took: dict[str, float], outward: int) -> None:
    """The child's part; does not return."""
    resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _late)
    os.chdir(tree)
    sys.path[:0] = [str(tree)]
    sys.dont_write_bytecode = True
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutate", database=None, deadline=None, phases=phases, derandomize=True)
    hypothesis.settings.load_profile("mutate")
    runner = Runner(tree, took)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        files = [f"tests/{name}" for name in TESTS[module]]
        options = ["-x", "-q", "-m", "not soak", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist",
                   "-W", "ignore::pytest.PytestAssertRewriteWarning",
                   f"--basetemp={tree.parent / 'tmp'}"]  # fmt: skip
        status = pytest.main([*options, *files], plugins=[runner])
    failed = runner.failed or (f"pytest ended with {int(status)}" if status else "")
    with os.fdopen(outward, "w", encoding="utf-8") as stream:
        json.dump([failed, runner.took, said.getvalue() if failed else ""], stream)
    os._exit(0)


def listed() -> dict[str, str]:
    """Survivors that are known, by name, and why they live."""
    found = {}
    if LISTED.exists():
        for block in LISTED.read_text(encoding="utf-8").split("\n\n"):
            lines = [line for line in block.splitlines() if line and not line.startswith("#")]
            if lines:
                found[lines[0]] = _flat(" ".join(lines[1:]))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=120, help="how many changes, over all modules")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--only", default="", help="a module, or a part of a change's text")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    sample: list[Mutant] = []
    for module in TESTS:
        every = mutants(module, (ROOT / "pipeline" / module).read_text(encoding="utf-8"))
        some = chance.sample(every, min(len(every), asked.count // len(TESTS)))
        print(f"{module}: {len(some)} of {len(every)} changes", flush=True)
        sample += sorted(some, key=lambda one: (one.start, one.end, one.new))
    known = listed()
    survivors = []
    with tempfile.TemporaryDirectory(prefix="dozaban-mutants-") as folder:
        tree = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".*", "__pycache__", "public", "outbox")
        shutil.copytree(ROOT, tree, ignore=ignored, symlinks=True)
        if (ROOT / ".venv").exists():  # what the tests fetched
            (tree / ".venv").symlink_to(ROOT / ".venv")
        sample = [one for one in sample if asked.only in one.name]
        took: dict[str, dict[str, float]] = {}
        for at, mutant in enumerate(sample, 1):
            target = tree / "pipeline" / mutant.module
            before = target.read_bytes()
            if mutant.module not in took:
                failed, took[mutant.module], printed = run(tree, mutant.module, {})
                if failed:
                    print(f"{printed}\nthe unchanged tests of {mutant.module} fail: {failed}")
                    return 1
            target.write_bytes(before[: mutant.start] + mutant.new.encode() + before[mutant.end :])
            failed, *_ = run(tree, mutant.module, took[mutant.module])
            target.write_bytes(before)
            print(f"{at:3} {mutant.line:4} {mutant.name}: {failed or 'SURVIVED'}", flush=True)
            if not failed:
                survivors.append(mutant)
    killed = len(sample) - len(survivors)
    print(f"\n{killed} of {len(sample)} changes were noticed: {killed / len(sample):.1%}. Survivors:")
    for mutant in survivors:
        print(f"pipeline/{mutant.module}:{mutant.line}\n  {mutant.name}\n  {known.get(mutant.name, 'NOT LISTED')}")
    unknown = [mutant for mutant in survivors if mutant.name not in known]
    return 0 if killed >= ENOUGH * len(sample) and not unknown else 1


if __name__ == "__main__":
    sys.exit(main())
