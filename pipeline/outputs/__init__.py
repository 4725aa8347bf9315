"""The table of outputs: each takes the plan and gives artefacts to write.

A new output is a module here and a line in `OUTPUTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.outputs import feeds, site, sitemap
from pipeline.outputs.site import Artefact, Press

Output = Callable[[Press], Iterator[Artefact]]

OUTPUTS: dict[str, Output] = {
    "site": site.shared,
    "feeds": feeds.feeds,
    "sitemap": sitemap.sitemap,
}
"""Outputs that are made once for the whole site; pages come from `site.render`."""
