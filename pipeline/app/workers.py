"""Work in chunks: in this process, or in several that are forked from it."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from traceback import format_exc
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
    """Each process has a line of its own to this one, and no lock is shared: whenever and
    however one ends, nobody waits for it. Down the line go numbers: what there is to do, a
    process knows from the one that it was forked from. So neither end ever waits for the
    other to make room while the other waits for it."""
    import multiprocessing
    from multiprocessing.connection import Connection, wait

    context, total, done = multiprocessing.get_context("fork"), sum(map(len, groups)), 0
    chunks: list[Sequence[Any]] = []
    queues: list[deque[int]] = []
    hands: dict[Connection, Any] = {}
    in_hand: dict[Connection, int] = {}
    waiting: dict[Connection, deque[int]] = {}
    made: dict[int, list[Any]] = {}

    def give(line: Connection) -> None:
        if waiting[line]:
            number = waiting[line].popleft()
            with _none_ended():
                line.send(number)
            in_hand[line] += 1

    def take(line: Connection) -> None:
        with _none_ended():
            number, part, error = line.recv()
        in_hand[line] -= 1
        if error is not None:
            raise error
        made[number] = part
        give(line)

    for items in groups:
        size, first = max(1, min(200, len(items) // (jobs * 4) or 1)), len(chunks)
        chunks += [items[start : start + size] for start in range(0, len(items), size)]
        queues.append(deque(range(first, len(chunks))))
    whole = False
    try:
        for queue in queues:
            for _ in range(jobs):
                ours, theirs = context.Pipe()
                with theirs:
                    hand = context.Process(target=_serve, args=(work, chunks, theirs, [ours, *hands]), daemon=True)
                    hands[ours], waiting[ours], in_hand[ours] = hand, queue, 0
                    hand.start()
        for line in [*hands] * 2:  # one to work at, and one to go on with
            give(line)
        for number, chunk in enumerate(chunks):
            while number not in made:
                ready: Any = wait([line for line, count in in_hand.items() if count])
                for line in ready:
                    take(line)
            yield from made.pop(number)
            done += len(chunk)
            if progress:
                progress(label, done, total)
        whole = True
    finally:
        for line, hand in hands.items():
            line.close()
            if hand.pid is not None:
                if not whole:
                    hand.kill()
                hand.join()


def _serve(
    work: Callable[[Sequence[Any]], list[Any]], chunks: Sequence[Sequence[Any]], line: Any, others: Sequence[Any]
) -> None:
    """A process at work: does the chunks whose numbers come, until the other end is closed."""
    for one in others:  # whose ends it has from the process that it was forked from
        one.close()
    with suppress(EOFError, ConnectionError, KeyboardInterrupt):
        while True:
            number: int = line.recv()
            part, wrong = [], None
            try:
                part = work(chunks[number])
            except Exception as error:
                error.add_note(f"In a process at work:\n{format_exc()}")
                wrong = error
            try:
                line.send((number, part, wrong))
            except ConnectionError:
                raise
            except Exception as error:  # what cannot be sent is a bug of ours
                line.send((number, [], RuntimeError(f"{error!r}, of {wrong!r}")))


@contextmanager
def _none_ended() -> Iterator[None]:
    """Raises DiskError where the other end of a line is gone, and who had it."""
    try:
        yield
    except (EOFError, ConnectionError):
        raise DiskError(
            problems=(
                problem("process", say("a process at work was ended from outside"), "",
                        hint=say("perhaps memory ran out: try {option}", option="--jobs 1")),
            )
        ) from None  # fmt: skip
