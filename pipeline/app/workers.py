"""Work in chunks: in this process, or in several that are forked from it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pipeline.problems import DiskError, problem
from pipeline.speech import say

_UNKNOWN = 2
"""The exit status of a process that has no answer."""


def default_jobs(items: int) -> int:
    """How many processes some work is worth."""
    return 1 if items < 100 else max(1, len(os.sched_getaffinity(0)))


def aside(work: Callable[[], bool]) -> Callable[[], bool | None]:
    """What waits for the answer of some work that a process forked from this one does
    meanwhile; it gives None where there is no such process, or it was ended from outside."""
    if len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
        return lambda: None
    try:
        child = os.fork()
    except OSError:
        return lambda: None
    if not child:
        answer = _UNKNOWN
        try:
            os.closerange(3, 1024)  # a lock that is held is not held by two
            answer = int(not work())
        finally:
            os._exit(answer)

    def wait() -> bool | None:
        try:
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except ChildProcessError:  # whoever started us has no interest in children
            status = _UNKNOWN
        return not status if status in (0, 1) else None

    return wait


def spread(
    work: Callable[[Sequence[Any]], list[Any]],
    items: Sequence[Any],
    jobs: int,
    progress: Callable[[str, int, int], None] | None,
    label: str,
) -> Iterable[Any]:
    """Do work in chunks, in one process or several, results in the items' order.

    Raises DiskError where one of several was ended from outside: what it had in hand is
    lost, and waiting for it would never end.
    """
    if jobs <= 1 or len(items) < 2 * jobs:
        size = 50
        for start in range(0, len(items), size):
            yield from work(items[start : start + size])
            if progress:
                progress(label, min(start + size, len(items)), len(items))
        return
    yield from _in_processes(work, [items], jobs, progress, label)


def apart(
    work: Callable[[Sequence[Any]], list[Any]],
    groups: Sequence[Sequence[Any]],
    progress: Callable[[str, int, int], None] | None,
    label: str,
) -> Iterable[Any]:
    """As `spread`, with a process for each group, so that what its items share is made once."""
    return _in_processes(work, groups, 1, progress, label)


def _in_processes(
    work: Callable[[Sequence[Any]], list[Any]],
    groups: Sequence[Sequence[Any]],
    jobs: int,
    progress: Callable[[str, int, int], None] | None,
    label: str,
) -> Iterable[Any]:
    import multiprocessing
    from contextlib import ExitStack

    context, total, done = multiprocessing.get_context("fork"), sum(map(len, groups)), 0
    with ExitStack() as stack:
        under_way = []
        for items in groups:
            pool = stack.enter_context(context.Pool(jobs))
            size = max(1, min(200, len(items) // (jobs * 4) or 1))
            chunks = [items[start : start + size] for start in range(0, len(items), size)]
            under_way.append((pool.imap(work, chunks), len(chunks)))
        hands = multiprocessing.active_children()
        for parts, count in under_way:
            for _ in range(count):
                while True:
                    try:
                        part = parts.next(timeout=1)
                        break
                    except multiprocessing.TimeoutError:
                        if not all(one.is_alive() for one in hands):
                            raise _ended() from None
                yield from part
                done += len(part)
                if progress:
                    progress(label, done, total)


def _ended() -> DiskError:
    return DiskError(
        problems=(
            problem("process", say("a process at work was ended from outside"), "",
                    hint=say("perhaps memory ran out: try {option}", option="--jobs 1")),
        )
    )  # fmt: skip
