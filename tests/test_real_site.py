"""A real course of 84 pages with its community's catalogue, through the whole tool."""

from __future__ import annotations

from pathlib import Path

import pytest
import real_site
from conftest import Folder
from test_status import independent, taken

pytestmark = pytest.mark.skipif(not real_site.DATA.is_dir(), reason="../shared/data is not here")


def test_a_real_course(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = real_site.figures(tmp_path / "site")
    with capsys.disabled():
        print("\n" + "\n".join(f"{name:24} {value}" for name, value in found.items()))
    assert found["pages"] == found["exported byte for byte"] == 84
    assert found["translated"] >= 540
    assert found["left"] <= 12
    assert found["refused by msgfmt"] == 0
    assert found["update status"] == found["second update status"] == found["build status"] == 0
    from translate.tools import pocount

    site = Folder(tmp_path / "site")
    compared = 0
    for row in taken(site, "--lang", "fa")["editions"]:
        path = site.root / "locales/fa/LC_MESSAGES" / f"{row['document']}.po"
        if path.exists():
            counted = pocount.calcstats(str(path))
            assert row["counts"] == independent(path) == {state: counted[state] for state in row["counts"]}, path
            compared += 1
    assert compared == 85
