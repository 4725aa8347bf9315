"""The order of imports, the home of each library, and no language by name."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pipeline"

LAYERS = (
    ("speech", "problems", "files", "seal", "scan", "starter", "differences", "_data"),
    ("model", "memo", "pagefind", "git"),
    ("languages", "bidi", "message", "po", "matching", "fonts", "sbom", "folding", "related", "scrub"),
    ("config", "markdown", "html", "flow", "alignment", "glossary", "pseudo", "subscribers", "journal", "frontmatter"),
    ("composer",),
    ("content", "catalogue"),
    ("localise", "pairs"),
    ("publish", "shaping", "voice"),
    ("pictures",),
    ("account",),
    ("nudges",),
    ("issues",),
    ("routes",),
    ("checks",),
    ("templating", "assets"),
    ("outputs",),
    ("app",),
    ("commands", "report", "usage", "terminal"),
    ("server", "parser"),
    ("cli", "cli_newsletter"),
)
"""From the ground up: a module may import from its own layer and those above it here."""

HOMES = {
    "babel": {"languages", "templating"},
    "persiantools": {"languages"},
    "pyromark": {"markdown"},
    "polib": {"po"},
    "rapidfuzz": {"matching"},
    "yaml": {"composer"},
    "tomllib": {"config", "app"},
    "jinja2": {"templating", "outputs"},
    "typer": {"parser"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "watchfiles": {"server"},
    "arabic_reshaper": {"shaping"},
    "bidi": {"shaping"},
    "PIL": {"pictures"},
    "fontTools": {"fonts"},
    "hatchling": {"fonts"},
    "pagefind_bin": {"pagefind"},
    "css_inline": {"outputs"},
    "typst": {"outputs"},
    "distributed": {"app"},
}
"""Each library's home. Babel has two subjects: CLDR's data, and extraction; TOML is
site.toml in config, and reviews in app."""


def modules() -> list[tuple[str, Path]]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if "_data" not in parts and parts != ("__init__",):
            found.append((parts[0], path))
    return found


def imports(path: Path) -> list[str]:
    """Every module that a file imports, also within functions, but not for typing alone."""
    found = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module]
            if node.module in ("pipeline", "pipeline.app"):
                found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def test_imports_go_downwards_only() -> None:
    rank = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    wrong = []
    for module, path in modules():
        assert module in rank, f"{module} has no layer"
        for imported in imports(path):
            parts = imported.split(".")
            if parts[0] == "pipeline" and len(parts) > 1 and rank.get(parts[1], -1) > rank[module]:
                wrong.append(f"{module} imports {parts[1]}")
    assert not wrong


def test_each_library_has_one_home() -> None:
    wrong = []
    for module, path in modules():
        for imported in imports(path):
            home = HOMES.get(imported.split(".")[0])
            if home is not None and module not in home:
                wrong.append(f"{module} imports {imported}")
    assert not wrong


def test_nothing_compares_a_language_tag() -> None:
    tags = {"fa", "en", "ar", "rtl-fa"}
    wrong = []
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Compare):
                continue
            for side in (node.left, *node.comparators):
                literals = side.elts if isinstance(side, (ast.Tuple, ast.List, ast.Set)) else [side]
                for literal in literals:
                    if isinstance(literal, ast.Constant) and literal.value in tags:
                        wrong.append(f"{path.name}:{node.lineno}")
    assert not wrong


def test_only_files_touches_the_disk_within_the_stages() -> None:
    """The stages between reading and writing open nothing."""
    pure = {"model", "problems", "languages", "bidi", "markdown", "html", "content", "frontmatter", "po", "matching",
            "catalogue", "localise", "publish", "routes", "config", "alignment", "pairs", "message", "subscribers",
            "journal", "folding", "related"}  # fmt: skip
    wrong = []
    for module, path in modules():
        if module not in pure:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
                wrong.append(f"{path.name}:{node.lineno}")
        if {"os", "pathlib", "subprocess", "socket"} & {name.split(".")[0] for name in imports(path)}:
            wrong.append(path.name)
    assert not wrong


@pytest.mark.parametrize("heavy", ["babel", "uvicorn", "starlette", "rapidfuzz", "jinja2", "pyromark", "PIL", "pydantic"])
def test_help_imports_nothing_heavy(heavy: str) -> None:
    code = (
        "import sys\nfrom pipeline import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print({heavy!r} in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip().endswith("False")


def test_one_module_calls_git() -> None:
    wrong = []
    for module, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if module != "git" and isinstance(node, (ast.List, ast.Tuple)) and node.elts:
                first = node.elts[0]
                if isinstance(first, ast.Constant) and first.value == "git":
                    wrong.append(f"{path.name}:{node.lineno}")
    assert not wrong
