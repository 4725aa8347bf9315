"""What the tests tried and what came of it, as a table in tests/README.md.

Reads the lines that the fixture `tally` wrote below a folder and puts their table between
the two marks. It adds up and sorts; it knows nothing of what was tried.

    python tests/tabulate.py FOLDER
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

BEGIN, END = "<!-- tally: begin -->", "<!-- tally: end -->"

README = Path(__file__).parent / "README.md"


def table(folder: Path) -> str:
    """A row for each thing tried and its outcome, with how often; by test file."""
    tried: Counter[tuple[str, str, str]] = Counter()
    for path in folder.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            tried[one["test"], one["what"], one["outcome"]] += one["tried"]
    rows = ["| fault or input | tried | what happened | test |", "|---|--:|---|---|"]
    for (test, what, outcome), count in sorted(tried.items()):
        cells = (what, f"{count:,}", outcome, f"`{test}`")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def main(folder: Path) -> None:
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, f"{README} has no marks"
    README.write_text(f"{before}{BEGIN}\n\n{table(folder)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
