"""The memory of what was found: right or absent, never wrong."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipeline import memo

OLD = time.time() - 1000


def aged(path: Path, text: str = "x") -> None:
    path.write_text(text)
    os.utime(path, (OLD, OLD))


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the files had been written long ago: ctime cannot be set."""
    real = time.time_ns
    monkeypatch.setattr(memo.time, "time_ns", lambda: real() + 10_000_000_000)


def test_what_was_kept_is_recalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(tmp_path / "a")
    settle(monkeypatch)
    seen = memo.signature(tmp_path, ["a", "missing"])
    first = memo.Memory(tmp_path, "m", {"k": 1})
    assert first.recall("a", seen) is None
    first.keep("a", seen, {"سلام": [1, None]})
    first.save()
    second = memo.Memory(tmp_path, "m", {"k": 1})
    assert second.recall("a", memo.signature(tmp_path, ["a", "missing"])) == {"سلام": [1, None]}
    assert memo.Memory(tmp_path, "m", {"k": 2}).recall("a", seen) is None


@pytest.mark.parametrize("change", ["content", "same size", "appears", "disappears", "clock back"])
def test_any_change_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    aged(tmp_path / "a")
    settle(monkeypatch)
    before = memo.signature(tmp_path, ["a", "b"])
    if change == "content":
        (tmp_path / "a").write_text("longer")
    elif change == "same size":
        (tmp_path / "a").write_text("y")
    elif change == "appears":
        (tmp_path / "b").write_text("")
    elif change == "disappears":
        (tmp_path / "a").unlink()
    else:  # an editor that puts the old time back
        (tmp_path / "a").write_text("z")
        os.utime(tmp_path / "a", (OLD, OLD))
    assert memo.signature(tmp_path, ["a", "b"]) != before


def test_a_file_touched_just_now_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert memo.signature(tmp_path, ["a"]) is None
    memory = memo.Memory(tmp_path, "m", 1)
    memory.keep("a", None, 1)
    memory.save()
    assert not (tmp_path / ".dozaban/m.json").exists()


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"null", b'{"head":1}', b"\xff\xfe", b"[" * 100_000,
                                     b'{"head":["0.1.0",1],"known":[]}'])  # fmt: skip
def test_rubbish_costs_time_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rubbish: bytes) -> None:
    aged(tmp_path / "a")
    settle(monkeypatch)
    (tmp_path / ".dozaban").mkdir()
    (tmp_path / ".dozaban/m.json").write_bytes(rubbish)
    seen = memo.signature(tmp_path, ["a"])
    memory = memo.Memory(tmp_path, "m", 1)
    assert memory.recall("a", seen) is None
    memory.keep("a", seen, "v")
    memory.save()
    assert memo.Memory(tmp_path, "m", 1).recall("a", seen) == "v"
