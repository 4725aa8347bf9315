"""The harness of tests/fuzz.py: a sample of its inputs, and that it sees what it looks for."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import fuzz
import pytest
from fuzz import Target, made, watched

from pipeline.problems import DozabanError


def ran(*arguments: str) -> dict[str, dict[str, int]]:
    """A run in a process of its own, none of which may fail."""
    done = subprocess.run([sys.executable, fuzz.__file__, "--json", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said: dict[str, dict[str, int]] = json.loads(done.stdout)
    return said


def test_a_sample() -> None:
    said = ran("--count", "5000")
    assert said["failures"] == []
    assert set(said["tried"]) == set(fuzz.TARGETS)


@pytest.mark.soak
def test_a_million(tally: Callable[[str, int, str], None]) -> None:
    said = ran("--count", "1000000")
    for target, count in said["tried"].items():
        tally(f"fuzzed: {target}", count, f"no unhandled exception, no law broken, none over {fuzz.SECOND:.0f} s, under {fuzz.MEGABYTES} MB")


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_an_input_comes_back(target: str) -> None:
    once, again = made(target, 1, 23), made(target, 1, 23)
    assert once[0] == again[0] and once[1].random() == again[1].random()
    assert len({made(target, 1, number)[0] for number in range(50)}) > 40


def only(data: bytes, dice: random.Random) -> None:
    raise DozabanError


def crash(data: bytes, dice: random.Random) -> None:
    raise KeyError("a crash")


def broken(data: bytes, dice: random.Random) -> None:
    fuzz.hold(False, "a law")


def hang(data: bytes, dice: random.Random) -> None:
    begun = time.process_time()
    while time.process_time() - begun < 60:
        pass


def die(data: bytes, dice: random.Random) -> None:
    os._exit(9)


def hold_all(data: bytes, dice: random.Random) -> None:
    bytearray(500 << 20)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (only, "an error that says nothing"), (crash, "KeyError"), (broken, "a law"), (hang, "more than"),
        (die, "the process died"), (hold_all, "MB by now"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_seen(fault: Callable[[bytes, random.Random], None], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Target(run=fault, seeds=lambda: ("سلام",), words=("a",), share=1)
    monkeypatch.setattr(fuzz, "TARGETS", {"bad": bad})
    report = watched(["bad"], 1, 1, 60.0)
    assert said in report.failures[0][2], report.say()


def test_a_run_without_faults_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Target(run=lambda data, dice: None, seeds=lambda: ("سلام",), words=("a",), share=1)
    monkeypatch.setattr(fuzz, "TARGETS", {"good": good})
    monkeypatch.setattr(fuzz, "MEGABYTES", 10_000)
    report = watched(["good"], 1, 100, 60.0)
    assert report.failures == [] and report.counts == {"good": 100}


def test_seeds_are_there() -> None:
    for name, target in fuzz.TARGETS.items():
        assert len(target.seeds()) > 5, name
    assert Path(fuzz.__file__).name == "fuzz.py"
