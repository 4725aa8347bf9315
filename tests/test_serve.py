"""`serve`: live, on loopback alone, and nothing outside the site."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Folder


@pytest.fixture
def live(site: Folder) -> Iterator[tuple[Folder, int]]:
    site.post("a", "Text.\n\nMore.\n", title="A title")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Text.": "متن."})
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", "from pipeline.cli import run; run()", "-C", str(site.root), "serve",
         "--port", "0"], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert found
        yield site, int(found.group(1))
    finally:
        process.terminate()
        process.wait(10)


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


class Events:
    """The stream of builds that a page listens to."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", "/.dozaban/events")
        self.answer = self.connection.getresponse()

    def next(self) -> dict[str, object]:
        while True:
            line = self.answer.readline().decode()
            if line.startswith("data: "):
                found: dict[str, object] = json.loads(line.removeprefix("data: "))
                return found


def test_it_follows_changes_and_shows_errors(live: tuple[Folder, int]) -> None:
    site, port = live
    status, page = get(port, "/fa/posts/a/")
    assert status == 200 and "/.dozaban/live.js" in page and 'class="untranslated"' in page
    assert not (site.root / "public").exists()
    events = Events(port)
    first = events.next()
    assert first == {"build": 1, "problems": []}
    site.translate("posts/a", {"More.": "بیشتر."})
    assert events.next()["build"] == 2
    assert "بیشتر." in get(port, "/fa/posts/a/")[1]
    site.write("content/posts/b.md", "---\ntitle: a: b\n---\n")
    broken = events.next()
    assert "content/posts/b.md:2" in str(broken["problems"])
    assert get(port, "/fa/posts/a/")[0] == 200


def test_only_this_machine_and_only_the_site(live: tuple[Folder, int]) -> None:
    site, port = live
    assert get(port, "/en/")[0] == 200
    assert get(port, "/en/", Host="evil.example")[0] == 403
    assert get(port, "/en/", Origin="https://evil.example")[0] == 403
    assert get(port, "/en/", Origin=f"http://localhost:{port}")[0] == 200
    for path in ("/../content/site.toml", "/%2e%2e/%2e%2e/content/site.toml", "/..%2f..%2fcontent/site.toml",
                 "//etc/passwd", "/.dozaban-stage/x", "/%00"):  # fmt: skip
        status, text = get(port, path)
        assert status in (403, 404), path
        assert "base_url" not in text and "root:" not in text
    assert get(port, "/nothing/")[0] == 404


def test_a_port_that_is_taken(live: tuple[Folder, int], tmp_path: Path) -> None:
    site, port = live
    said = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import run; run()", "-C", str(site.root), "serve",
         "--port", str(port)], capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert said.returncode == 1 and f"port {port} is not to be had" in said.stderr
    assert "Traceback" not in said.stderr
