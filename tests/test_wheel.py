"""The wheel, installed alone in a fresh environment, makes and builds a site."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import CI, ROOT


def test_the_wheel_works_alone(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)],
        capture_output=True, text=True, env=clean, check=False,
    )  # fmt: skip
    if made.returncode and not CI and "hatchling" in made.stderr:
        pytest.skip("the build backend cannot be had here")
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("dozaban-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "pipeline/_data/templates/base.html" in names
    assert "pipeline/_data/locales/fa/LC_MESSAGES/messages.po" in names
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
    page = (tmp_path / "x/public/fa/posts/hello/index.html").read_text(encoding="utf-8")
    assert "سلام به دو زبان" in page
