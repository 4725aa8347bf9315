"""Days, months and years of two calendars, as the pages and addresses of a site show them."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from conftest import SITE, Folder

ZONES = ("Asia/Tehran", "Europe/Berlin", "America/Los_Angeles")


def in_zone(site: Folder, zone: str, more: str = "") -> None:
    site.write("content/site.toml", SITE.replace("Europe/London", zone) + more)


# The moment of the vernal equinox of 1404, and the midnights around it.
NEW_YEAR = [
    # written, then the Persian day and month in each zone: E 29, E 30 are Esfand 1403, F 1 Farvardin 1404
    ("2025-03-20 00:10:00+03:30", "E30", "E29", "E29"),
    ("2025-03-20T09:01:00Z", "E30", "E30", "E30"),  # the equinox: the year turns, the day does not
    ("2025-03-20T20:29:59Z", "E30", "E30", "E30"),
    ("2025-03-20T20:30:00Z", "F1", "E30", "E30"),
    ("2025-03-20T22:59:59Z", "F1", "E30", "E30"),
    ("2025-03-20T23:00:00Z", "F1", "F1", "E30"),
    ("2025-03-21T06:59:59Z", "F1", "F1", "E30"),
    ("2025-03-21T07:00:00Z", "F1", "F1", "F1"),
    ("2025-03-20", "E30", "E30", "E30"),
    ("2025-03-21", "F1", "F1", "F1"),
    ("2025-03-20 23:59:59", "E30", "E30", "E30"),
    ("2025-03-21 00:00:00", "F1", "F1", "F1"),
]  # fmt: skip
DAYS = {
    "E29": ("fa/archive/1403/12/", "۲۹ اسفند ۱۴۰۳", "en/archive/2025/03/", "19 March 2025"),
    "E30": ("fa/archive/1403/12/", "۳۰ اسفند ۱۴۰۳", "en/archive/2025/03/", "20 March 2025"),
    "F1": ("fa/archive/1404/01/", "۱ فروردین ۱۴۰۴", "en/archive/2025/03/", "21 March 2025"),
}


@pytest.mark.parametrize("zone", ZONES)
def test_the_sites_time_zone_decides_the_day(site: Folder, zone: str) -> None:
    in_zone(site, zone)
    for number, (written, *_) in enumerate(NEW_YEAR):
        site.post(f"p{number}", "Text.\n", date=written)
    assert site.run("build").status == 0
    for number, (written, *days) in enumerate(NEW_YEAR):
        persian, words, gregorian, text = DAYS[days[ZONES.index(zone)]]
        assert f"posts/p{number}/" in site.page(persian), (written, zone)
        assert f"posts/p{number}/" in site.page(gregorian), (written, zone)
        assert f"<bdi>{text}</bdi></time>" in site.page(f"en/posts/p{number}/"), (written, zone)
        entry = re.search(rf"posts/p{number}/.*?<bdi>([^<]+)</bdi></time>", site.page(persian), re.DOTALL)
        assert entry and entry[1] == words, (written, zone)


def test_machines_read_iso(site: Folder) -> None:
    in_zone(site, "Asia/Tehran")
    site.post("a", "Text.\n", date="2025-03-20T20:30:00Z", updated="2025-03-22")
    site.post("b", "Text.\n", date="2025-03-21 08:15:00")
    assert site.run("build").status == 0
    found = {
        stamp
        for path, data in site.tree().items()
        if path.endswith(".html") and "/search/" not in path  # which has an empty form of an entry
        for stamp in re.findall(r'<time datetime="([^"]*)">', data.decode())
    }
    assert found == {"2025-03-21T00:00:00+03:30", "2025-03-22", "2025-03-21T08:15:00+03:30"}
    for stamp in found:
        assert (datetime if "T" in stamp else date).fromisoformat(stamp)


def test_both_dates_where_the_site_wants_both(site: Folder) -> None:
    site.write("content/site.toml", SITE + "gregorian = true\n")
    site.post("a", "متن.\n", title="آ", lang="fa", date="2026-01-02")
    assert site.run("build").status == 0
    assert "<bdi>۱۲ دی ۱۴۰۴ (۲ ژانویهٔ ۲۰۲۶)</bdi></time>" in site.page("fa/posts/a/")
    assert "<bdi>۱۴۰۴ (۲۰۲۵ تا ۲۰۲۶)</bdi>" in site.page("fa/archive/")
    assert "<bdi>دی ۱۴۰۴ (دسامبر ۲۰۲۵ تا ژانویهٔ ۲۰۲۶)</bdi>" in site.page("fa/archive/1404/")
    assert "دی ۱۴۰۴ (دسامبر ۲۰۲۵ تا ژانویهٔ ۲۰۲۶)" in site.page("fa/archive/1404/10/")
    assert "<bdi>January 2026</bdi>" in site.page("en/archive/")


def test_an_address_can_be_cut_to_its_year(site: Folder) -> None:
    for number, day in enumerate(("2025-03-20", "2025-03-21", "2025-12-31", "2026-01-01")):
        site.post(f"p{number}", "Text.\n", date=day)
    assert site.run("build").status == 0
    archives = sorted(path for path in site.tree() if "/archive/" in path)
    assert archives == [
        f"{path}index.html"
        for path in (
            "en/archive/2025/03/", "en/archive/2025/12/", "en/archive/2025/",
            "en/archive/2026/01/", "en/archive/2026/", "en/archive/",
            "fa/archive/1403/12/", "fa/archive/1403/",
            "fa/archive/1404/01/", "fa/archive/1404/10/", "fa/archive/1404/", "fa/archive/",
        )
    ]  # fmt: skip
    year = site.page("fa/archive/1404/")
    assert "فروردین ۱۴۰۴" in year and "دی ۱۴۰۴" in year and "۱۴۰۳" not in year
    assert 'href="../">' in year and 'href="01/">' in year
    assert 'href="../">' in site.page("fa/archive/1404/10/")
    assert 'href="1403/">' in site.page("fa/archive/")
    sitemap = site.read("public/sitemap.xml")
    assert "/fa/archive/1404/<" in sitemap and "/en/archive/2025/<" in sitemap


def switch(page: str, tag: str) -> str:
    """The address that the switch of language leads to."""
    found = re.search(rf'<nav class="switch".*?<a[^>]*hreflang="{tag}"[^>]* href="([^"]*)"', page, re.DOTALL)
    assert found
    return found[1]


def test_months_of_two_calendars_overlap_and_those_of_one_agree(site: Folder) -> None:
    site.write("content/site.toml", SITE + '\n[languages.de]\n[languages.ps]\ncalendar = "persian"\n')
    site.post("a", "Text.\n", date="2026-03-20")
    assert site.run("build").status == 0
    for part in ("2026/03/", "2026/", ""):
        page = site.page(f"en/archive/{part}")
        up = "../" * (part.count("/") + 2)
        assert switch(page, "de") == f"{up}de/archive/{part}"
        assert switch(page, "fa") == f"{up}fa/archive/"
        assert 'hreflang="de" href="https' in page
        assert ('hreflang="fa" href="https' in page) == (not part)
    assert switch(site.page("fa/archive/1404/12/"), "ps") == "../../../../ps/archive/1404/12/"
    assert switch(site.page("fa/archive/1404/"), "en") == "../../../en/archive/"
