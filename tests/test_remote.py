"""The work of a build done elsewhere: the same bytes, whoever does it, whoever is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from conftest import CI, ROOT, Folder

from pipeline.app import remote

try:
    from distributed import LocalCluster
except ImportError:
    if CI:
        raise
    LocalCluster = None


@pytest.fixture
def posts(site: Folder) -> Folder:
    """A site of 230 posts, so that there are several shards of each kind."""
    site.write("content/pages/about.md", "---\ntitle: About\n---\n\nWho we are.\n")
    site.write("content/newsletters/one.md", "---\ntitle: One\ndate: 2026-03-21\nsections:\n  - heading: All\n"
               "    items:\n      - {post: posts/p1, as: full}\n---\n\nHello.\n")  # fmt: skip
    for number in range(230):
        site.post(f"p{number}", f"Text {number}, [x](p{(number + 7) % 230}.md).\n\nمتنِ دوم می‌آید.\n",
                  tags="[music]" if number % 3 else "", date=f"2025-0{number % 9 + 1}-1{number % 7}")  # fmt: skip
    assert site.run("update").status == 0
    for number in range(0, 230, 5):
        site.translate(f"posts/p{number}", {f"Title of p{number}": f"عنوانِ {number}", f"Text {number}, [x](p{(number + 7) % 230}.md).": f"متن {number}، [ای](p{(number + 7) % 230}.md)."})
    assert site.run("build", "--no-cache", "--jobs", "1", "--out", str(site.root / "one")).status == 0
    return site


def test_one_process_two_and_any_executor_give_the_same_bytes(posts: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    one = posts.tree("one")
    assert posts.run("build", "--no-cache", "--jobs", "2", "--out", str(posts.root / "two")).status == 0
    assert posts.tree("two") == one
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        monkeypatch.setattr(remote, "connect", lambda address: executor)
        for cache in ([], ["--no-cache"]):
            out = posts.root / f"far{len(cache)}"
            assert posts.run("build", *cache, "--executor", "pool", "--out", str(out)).status == 0
            assert posts.tree(out.name) == one
    # What was built elsewhere is remembered as if it had been built here.
    said = posts.run("build", "--out", str(posts.root / "far0"), "--explain")
    assert "nothing has changed" in said.out
    assert not list((posts.root / ".dozaban").glob("task-*"))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    if LocalCluster is None:
        pytest.skip("dask is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
                      dashboard_address=None, silence_logs=60) as found:  # fmt: skip
        yield found


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    posts: Folder, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    whole = remote.connect
    killed: list[int] = []

    class Cruel(Executor):
        """Kills a worker of the cluster when the third task has been handed to it."""

        def __init__(self, inner: Executor) -> None:
            self.inner, self.tasks = inner, 0

        def submit(self, work: Any, /, *given: Any, **named: Any) -> Future[Any]:
            self.tasks += 1
            future: Future[Any] = self.inner.submit(work, *given, **named)
            if self.tasks == 3:
                worker = next(iter(cluster.workers.values()))
                killed.append(worker.pid)
                os.kill(worker.pid, signal.SIGKILL)
            return future

    monkeypatch.setattr(remote, "connect", lambda found: Cruel(whole(found)))
    said = posts.run("build", "--executor", address, "--out", str(posts.root / "far"))
    assert said.status == 0, said.err
    assert killed and posts.tree("far") == posts.tree("one")


def test_what_cannot_be_reached_is_said(posts: Folder) -> None:
    for address, words in (("ftp://x", "is no executor"), ("dask://127.0.0.1:1", "cannot be reached")):
        said = posts.run("build", "--executor", address)
        assert said.status == 2 and words in said.err, said.err
        assert not (posts.root / "public").exists()
