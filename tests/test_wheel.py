"""The wheel, installed alone in a fresh environment, makes and builds a site."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import CI, ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = {name: wanted for name, wanted in PROJECT["project"]["optional-dependencies"].items() if name not in ("bench", "test")}
"""What a site may use beside the dependencies."""


def test_the_wheel_works_alone(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # As it is in git: without the fonts, which are made on the way.
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "_data", "__pycache__", "outbox", "public", "tests"))
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(tree)],
        capture_output=True, text=True, env=clean, check=False,
    )  # fmt: skip
    if made.returncode and not CI and "hatchling" in made.stderr:
        pytest.skip("the build backend cannot be had here")
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("dozaban-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "pipeline/_data/templates/base.html" in names
    assert "pipeline/_data/locales/fa/LC_MESSAGES/messages.po" in names
    assert "pipeline/_data/locales/fa/LC_MESSAGES/cli.po" in names
    fonts = [name for name in names if name.startswith("pipeline/_data/fonts/")]
    assert len([name for name in fonts if name.endswith(".woff2")]) == 7
    assert len([name for name in fonts if name.endswith(".txt")]) == 2, "their licences"
    assert not [name for name in names if "posts" in name or name.startswith("tests")]
    assert "pipeline/py.typed" in names
    whole = zipfile.ZipFile(wheel)
    (bill,) = [name for name in names if ".dist-info/sboms/" in name]
    _check_bill(json.loads(whole.read(bill)), {name: whole.read(name) for name in fonts if name.endswith(".woff2")})
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
    said = subprocess.run([command, "--ui", "fa", "-C", "x", "check"], capture_output=True, text=True, cwd=tmp_path,
                          env=clean, check=False).stdout  # fmt: skip
    assert "در ۳ سند" in said
    page = (tmp_path / "x/public/fa/posts/hello/index.html").read_text(encoding="utf-8")
    assert "سلام به دو زبان" in page
    (preloaded,) = re.findall(r'<link rel="preload" href="../../../(assets/fonts/persian-[0-9a-f]{8}.woff2)"', page)
    assert (tmp_path / "x/public" / preloaded).read_bytes()[:4] == b"wOF2"
    packages = subprocess.run([str(python), "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "fonttools" not in packages.lower(), "needed to make fonts, and not to use them"


def _check_bill(bill: dict, fonts: dict[str, bytes]) -> None:
    """A bill of materials names each thing asked for and each font in the wheel, and no date."""
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert "serialNumber" not in bill and "timestamp" not in bill["metadata"]
    parts = {part["bom-ref"]: part for part in bill["components"]}
    assert len(parts) == len(bill["components"])
    asked = {
        property["value"] for part in parts.values() for property in part.get("properties", [])
        if property["name"] == "dozaban:requirement"
    }  # fmt: skip
    wanted = [*PROJECT["project"]["dependencies"], *(one for some in EXTRAS.values() for one in some)]
    assert {str(Requirement(one)) for one in asked} == {str(Requirement(one)) for one in wanted}
    digests = {part["name"]: part["hashes"][0]["content"] for part in parts.values() if part["type"] == "file"}
    assert digests == {name: hashlib.sha256(data).hexdigest() for name, data in fonts.items()}
    made_of = {part["name"] for part in parts.values() if part["type"] == "data"}
    assert made_of == {"fontpkg-noto-sans-arabic", "fontpkg-source-serif-4"}
    (whole,) = bill["dependencies"]
    assert whole == {"ref": bill["metadata"]["component"]["bom-ref"], "dependsOn": sorted(parts)}


def test_what_the_tests_install_is_pinned_by_digest() -> None:
    text = (ROOT / "tests/requirements.txt").read_text(encoding="utf-8")
    assert "://" not in text and " @ " not in text and "\n-" not in text, "a host or a path"
    pins = {}
    for line in re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ").splitlines():
        pin, *digests = line.split(" --hash=")
        requirement = Requirement(pin.strip())
        assert digests and all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest.strip()) for digest in digests), pin
        (exact,) = requirement.specifier
        assert exact.operator == "==", pin
        pins[canonicalize_name(requirement.name)] = exact.version
    wanted = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"],
              *(one for some in EXTRAS.values() for one in some),
              *PROJECT["project"]["optional-dependencies"]["test"]]  # fmt: skip
    missing = []
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate({"sys_platform": "linux"}):
            version = pins.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                missing.append(f"{requirement} (pinned: {version})")
    assert not missing, "run make lock"


def test_each_package_that_a_site_needs_is_justified() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("### What it stands on")[2].partition("###")[0]
    named = {canonicalize_name(name) for row in table.splitlines() for name in re.split(r"[ ,|()`]+", row.split(" | ")[0])}
    needed = [*PROJECT["project"]["dependencies"], *(one for some in EXTRAS.values() for one in some)]
    assert {canonicalize_name(Requirement(one).name) for one in needed} <= named
