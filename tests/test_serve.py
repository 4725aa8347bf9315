"""`serve`: live, on loopback alone, and nothing outside the site."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Folder

from pipeline import server, terminal


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


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    status, _, text = ask(port, path, **headers)
    return status, text


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


def test_what_a_build_dies_of_does_not_end_it(
    live: tuple[Folder, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, port = live
    events = Events(port)
    assert events.next()["build"] == 1
    config = site.root / "content/site.toml"
    kept = config.read_bytes()
    config.unlink()  # no site any more
    gone = events.next()
    assert gone["problems"] and get(port, "/fa/posts/a/")[0] == 200
    config.write_bytes(kept)
    while (state := events.next())["problems"]:
        pass
    site.post("b", "Text.\n")
    assert events.next()["build"] == int(str(state["build"])) + 1
    assert get(port, "/en/posts/b/")[0] == 200

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError("a half \ud800 and an \x1b")

    monkeypatch.setattr(server, "build", dies)
    here = server.Live(site.root, tmp_path)
    here.told = terminal.told
    here.rebuild()
    (problem,) = json.loads(here.state())["problems"]
    assert "RuntimeError" in problem and not set(problem) & set("\x1b\ud800")


NOT_THERE = (
    "/../content/site.toml", "/%2e%2e/%2e%2e/content/site.toml", "/..%2f..%2fcontent/site.toml",
    "/en/..%2f..%2f..%2fcontent%2fsite.toml", "/%252e%252e/%252e%252e/content/site.toml",
    "/..%5c..%5ccontent%5csite.toml", "/%c0%ae%c0%ae/%c0%ae%c0%ae/content/site.toml",
    "//etc/passwd", "///etc/passwd", "/%2fetc%2fpasswd", "/file:///etc/passwd", "/.dozaban-stage/x",
    "/.dozaban/", "/.dozaban/../content/site.toml", "/.dozaban/events/x", "/.dozaban/site.toml",
    "/%00", "/en/%00/index.html", "/en/index.html%00.png", "/out/passwd", "/out/", "/out", "/loop/",
    "/secret.txt", "/.hidden/x.txt", "/en/.hidden/x.txt", "/%ff%fe", "/%ed%a0%80", "/~root/",
    "/nothing/", "/" + "x" * 255, "/" + "x" * 256 + "/", "/" + "%D9%86" * 130, "/en/" + "a/" * 3000,
    "/en/posts/a/index.html/", "/en/posts/a/index.html/x",
)  # fmt: skip


def test_only_this_machine_and_only_the_site(
    live: tuple[Folder, int], tally: Callable[[str, int, str], None]
) -> None:
    site, port = live
    assert get(port, "/en/")[0] == 200
    here = f"127.0.0.1:{port}"
    hosts = ("evil.example", "", "127.0.0.1", f"127.0.0.1:{port + 1}", f"{here}.evil.example",
             f"evil.example@{here}", f"[::1]:{port}", f"0.0.0.0:{port}", f"localhost.:{port}",
             f"2130706433:{port}")  # fmt: skip
    origins = ("https://evil.example", "null", "", f"https://{here}", f"http://{here}.evil.example",
               f"file://{here}", f"evil://localhost:{port}", f"http://evil.example#http://{here}")  # fmt: skip
    for path in ("/en/", "/nothing/", "/.dozaban/events", "/.dozaban/live.js"):
        for host in hosts:
            assert get(port, path, Host=host) == (403, "this server answers to localhost only"), host
        for origin in origins:
            assert get(port, path, Origin=origin)[0] == 403, origin
    assert get(port, "/en/", Origin=f"http://localhost:{port}", Host=f"LOCALHOST:{port}")[0] == 200

    out = site.root / ".dozaban/serve"
    (out / "out").symlink_to("/etc")
    (out / "loop").symlink_to("loop")
    (out / "secret.txt").symlink_to(site.root / "content/site.toml")
    (out / "en/.hidden").mkdir()
    (out / "en/.hidden/x.txt").write_text("base_url")
    for path in NOT_THERE:
        status, headers, text = ask(port, path)
        assert status == 404, (path, status)
        assert "base_url" not in text and "root:" not in text, path
        assert headers["x-content-type-options"] == "nosniff"
    tally("serve: paths that lead out, hidden ones, links, NUL, names too long", len(NOT_THERE), "404, nothing shown")
    tally("serve: Host and Origin of elsewhere", 4 * (len(hosts) + len(origins)), "403")


def test_a_folder_without_its_slash(live: tuple[Folder, int]) -> None:
    site, port = live
    events = Events(port)
    events.next()
    site.post("b", "Text.\n", title="نوروز", lang="fa", slug="{fa: نوروز}")
    assert events.next() == {"build": 2, "problems": []}
    there = quote("/fa/posts/نوروز")
    status, headers, _ = ask(port, there)
    assert (status, headers["location"]) == (308, f"{there}/")
    assert get(port, f"{there}/")[0] == 200
    assert ask(port, "/en?//evil.example")[1]["location"] == "/en/"
    (site.root / ".dozaban/serve/evil.example").mkdir()
    assert ask(port, "//evil.example")[1]["location"] == "/evil.example/"


def test_a_port_that_is_taken(live: tuple[Folder, int], tmp_path: Path) -> None:
    site, port = live
    said = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import run; run()", "-C", str(site.root), "serve",
         "--port", str(port)], capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert said.returncode == 1 and f"port {port} is not to be had" in said.stderr
    assert "Traceback" not in said.stderr
