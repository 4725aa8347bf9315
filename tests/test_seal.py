"""A cache is believed only by the user whose runs have written it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Folder

CODE = "from pipeline import seal; print(seal.seal(b'x').hex())"


def said(home: Path, **more: str) -> str:
    env = {**os.environ, "HOME": str(home), **more}
    env.pop("XDG_CACHE_HOME", None) if "XDG_CACHE_HOME" not in more else None
    made = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=True)
    return made.stdout


def test_one_user_has_one_seal_and_another_another(tmp_path: Path) -> None:
    first = said(tmp_path / "a")
    assert said(tmp_path / "a") == first != said(tmp_path / "b")
    key = tmp_path / "a/.cache/dozaban/key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in key.parent.iterdir()] == ["key"]
    assert said(tmp_path, XDG_CACHE_HOME=str(tmp_path / "c")) not in (first, said(tmp_path / "b"))
    assert said(tmp_path / "a", XDG_CACHE_HOME="not/absolute") == first


@pytest.mark.parametrize("spoiled", ["open to all", "too short", "a link", "no folder"])
def test_a_key_that_others_may_know_is_none(tmp_path: Path, spoiled: str) -> None:
    first = said(tmp_path)
    key = tmp_path / ".cache/dozaban/key"
    if spoiled == "open to all":
        key.chmod(0o644)
    elif spoiled == "too short":
        key.write_bytes(b"x")
    elif spoiled == "a link":
        key.rename(tmp_path / "key")
        key.symlink_to(tmp_path / "key")
    else:
        key.unlink()
        key.parent.rmdir()
        key.parent.write_text("")
    assert len({first, said(tmp_path), said(tmp_path)}) == 3  # each process has its own


def test_a_cache_that_came_with_a_clone_is_not_believed(
    site: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's whole cache, made with their key over pages and pictures of their own."""
    site.post("a", "Text.\n\n![x](x.svg)\n")
    site.write("content/posts/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>")
    theirs = tmp_path / "theirs"
    env = {**os.environ, "XDG_CACHE_HOME": str(theirs), "PYTHONPATH": str(ROOT)}

    def build(cache: str) -> dict[str, bytes]:
        code = f"import sys; from pipeline import files; {cache}; from pipeline.cli import run; run()"
        done = subprocess.run([sys.executable, "-c", code, "-C", str(site.root), "build"], env=env, capture_output=True)
        assert done.returncode == 0, done.stderr
        return site.tree()

    forged = "import pipeline.html as h; w = h.write; h.write = lambda *a, **k: w(*a, **k).replace('Text.', '<b>forged</b>')"
    assert b"forged" in build(forged)["en/posts/a/index.html"]
    assert b"forged" in build("pass")["en/posts/a/index.html"]  # to its own user the cache is as good as the truth
    assert site.run("build").status == 0
    assert not [path for path, data in site.tree().items() if b"forged" in data]
