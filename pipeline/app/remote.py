"""The build's work on other machines: shards for any executor of `concurrent.futures`.

What a shard needs lies in the shared folder of the site, once for all; a task names it,
and the digest by which it is known, and some documents or pages. Shards are disjoint, and
one that is done twice, because a machine was lost, gives the same bytes. This module
starts no machine, and hands out nothing but reading and rendering.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import date
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.problems import DiskError, UsageError, problem
from pipeline.seal import Place
from pipeline.speech import say

_SHARD = 100
"""Documents or pages in a task: some tenths of a second of work."""

_SCHEME = "dask://"


def connect(address: str) -> Executor:
    """The executor at an address, dask://HOST:PORT. Raises UsageError."""
    if not address.startswith(_SCHEME):
        raise UsageError(say("`{address}` is no executor: write dask://HOST:PORT", address=address))
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            say("dask is not installed: run `{command}`", command="pip install 'dozaban[dask]'")
        ) from None
    try:
        client = Client(address.replace(_SCHEME, "tcp://", 1), timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(say("{address} cannot be reached: {why}", address=address, why=str(error))) from None
    executor: Executor = client.get_executor()  # type: ignore[no-untyped-call]
    return executor


class Crew:
    """Somebody who takes tasks, and the shared folder in which they find what they need.

    Raises DiskError where a task cannot be done.
    """

    def __init__(self, executor: Executor, folder: Path, progress: Callable[[str, int, int], None] | None) -> None:
        self._executor, self._folder, self._progress = executor, folder, progress
        self._left: list[Path] = []

    def prepare(self, values: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[bytes, Place]]:
        """Documents as `survey` wants them, in order; `values` are those of its `shared`."""
        return self._done(_prepare, values, names, say("Reading"))

    def render(self, values: Mapping[str, Any], numbers: Sequence[int]) -> Iterator[tuple[int, str, Any, tuple[int, ...]]]:
        """Pages as `make` wants them, in any order; `values` are those that `_press` takes."""
        return self._done(_render, values, numbers, say("Writing"))

    def _done(self, work: Callable[..., Any], values: Mapping[str, Any], items: Sequence[Any], label: str) -> Iterator[Any]:
        data = pickle.dumps(dict(values), protocol=5)
        digest = blake2b(data, digest_size=16).hexdigest()
        place = self._folder / f"task-{digest}"
        with files.refusing(place):
            place.write_bytes(data)
        self._left.append(place)
        shards = [items[at : at + _SHARD] for at in range(0, len(items), _SHARD)]
        waiting = [self._executor.submit(work, str(place), digest, shard) for shard in shards]
        done = 0
        for shard, future in zip(shards, waiting, strict=True):
            try:
                yield from future.result()
            except DiskError:
                raise
            except Exception as error:
                if type(error).__module__.startswith("pipeline."):
                    raise
                what = f"{type(error).__name__}: {error}"
                raise DiskError(
                    problems=(problem("executor", say("the work was not done elsewhere: {what}", what=what), "",
                                      hint=say("build without --executor, or see to the cluster")),)
                ) from error  # fmt: skip
            done += len(shard)
            if self._progress:
                self._progress(label, done, len(items))

    def close(self) -> None:
        """Remove what tasks were given."""
        for place in self._left:
            with suppress(OSError):
                place.unlink()


# --- what happens elsewhere -----------------------------------------------------------------

_states: dict[str, Any] = {}
"""What this process has read last, by its digest: a whole run works on the same."""


def _state(make: Callable[[Mapping[str, Any]], Any], path: str, digest: str) -> Any:
    if digest not in _states:
        data = Path(path).read_bytes()
        if blake2b(data, digest_size=16).hexdigest() != digest:
            raise OSError(f"{path} is not what was handed out")
        made = make(pickle.loads(data))
        _states.clear()
        _states[digest] = made
    return _states[digest]


def _prepare(path: str, digest: str, names: Sequence[str]) -> list[tuple[bytes, Place]]:
    from pipeline.app import survey

    values = _state(dict, path, digest)
    with survey.shared(**values):
        return survey.prepare_some(names)  # type: ignore[return-value]


def _render(path: str, digest: str, numbers: Sequence[int]) -> list[Any]:
    from pipeline.app import making

    press, output, names = _state(_press, path, digest)
    with making.shared(press=press, output=output, numbers=names):
        return making.render_some(numbers)


class _Found:
    """What `keptplan.KeptPlan` asks of the last build, from the spools of this one."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def plan(self) -> Any:
        return self._values["plan"]

    def document(self, name: str) -> tuple[Any, Place]:
        place = self._values["places"][name]
        file, at, length, _ = place
        with open(self._values["spool"].folder / file, "rb") as stream:
            stream.seek(at)
            return pickle.loads(stream.read(length)), place

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.plan["names"])}


def _press(values: Mapping[str, Any]) -> tuple[Any, files.Output, Mapping[str, int]]:
    """A press over the plan that was handed out, and where its pages go."""
    from pipeline.app import keptplan, survey
    from pipeline.app.sources import interfaces
    from pipeline.outputs.site import Press

    found = _Found(values)
    as_of: date | None = values["as_of"]
    plan = keptplan.KeptPlan(found, values["drafts"], as_of)
    sources, spoken, pseudo, kept = values["sources"], found.plan["spoken"], values["pseudo"], found.plan
    press = Press(
        plan, interfaces(sources, pseudo=pseudo), survey.Bodies(values["spool"]), kept["assets"],
        portable=values["portable"], search=kept["search"], pictures=kept["pictures"], prints=kept["prints"],
        anew=lambda name, prefix: survey.prepare(sources, name, spoken, pseudo=pseudo, prefix=prefix).bodies,
    )  # fmt: skip
    press.unprinted = kept["unprinted"]
    return press, files.Output(Path(values["out"])), found.numbers
