"""The wheel, installed alone in a fresh environment, makes and builds a site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import CI, ROOT


def test_the_wheel_works_alone(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # As it is in git: without the fonts, which are made on the way.
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "_data", "__pycache__", "outbox", "public", "tests"))
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(tree)],
        capture_output=True, text=True, env=clean, check=False,
    )  # fmt: skip
    if made.returncode and not CI and "hatchling" in made.stderr:
        pytest.skip("the build backend cannot be had here")
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("dozaban-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "pipeline/_data/templates/base.html" in names
    assert "pipeline/_data/locales/fa/LC_MESSAGES/messages.po" in names
    assert "pipeline/_data/locales/fa/LC_MESSAGES/cli.po" in names
    fonts = [name for name in names if name.startswith("pipeline/_data/fonts/")]
    assert len([name for name in fonts if name.endswith(".woff2")]) == 7
    assert len([name for name in fonts if name.endswith(".txt")]) == 2, "their licences"
    assert not [name for name in names if "posts" in name or name.startswith("tests")]
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)],
        check=True, env=clean,
    )  # fmt: skip
    command = str(tmp_path / "env" / "bin" / "dozaban")
    for arguments in (("init", "x"), ("-C", "x", "build"), ("-C", "x", "update", "--check")):
        done = subprocess.run([command, *arguments], capture_output=True, text=True, cwd=tmp_path, env=clean,
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    said = subprocess.run([command, "--ui", "fa", "-C", "x", "check"], capture_output=True, text=True, cwd=tmp_path,
                          env=clean, check=False).stdout  # fmt: skip
    assert "در ۳ سند" in said
    page = (tmp_path / "x/public/fa/posts/hello/index.html").read_text(encoding="utf-8")
    assert "سلام به دو زبان" in page
    (preloaded,) = re.findall(r'<link rel="preload" href="../../../(assets/fonts/persian-[0-9a-f]{8}.woff2)"', page)
    assert (tmp_path / "x/public" / preloaded).read_bytes()[:4] == b"wOF2"
    packages = subprocess.run([str(python), "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "fonttools" not in packages.lower(), "needed to make fonts, and not to use them"
