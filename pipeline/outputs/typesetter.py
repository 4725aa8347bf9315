"""A process that sets one PDF and ends: typst can take any time over a text, so that
whoever asks must be able to stop it.

Run as a script, by `pdf`, with what is wanted as JSON on standard input; it answers with
JSON. The only user of typst. It knows nothing of issues, and imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any


def compose(folder: Path, template: str, fonts: list[str], moment: datetime) -> str:
    """Set `folder/template` with the data in data.json to made.pdf; returns why it cannot be."""
    import typst

    compiler = typst.Compiler(
        input=str(folder / template),
        root=str(folder),
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=fonts
        ),
        ignore_system_fonts=True,
        sys_inputs={"data": (folder / "data.json").read_text(encoding="utf-8")},
        package_path=str(folder / "packages"),
        package_cache_path=str(folder / "packages"),
    )
    why = ""
    standards: Any
    # PDF/UA wants a glyph for every character, and a text for every picture
    for standards in (["ua-1"], []):
        try:
            made = compiler.compile(format="pdf", pdf_standards=standards, timestamp=moment)
        except typst.TypstError as error:
            why = str(error.message)
        except BaseException as error:
            # typst's PanicException derives from BaseException alone
            if type(error).__name__ != "PanicException":
                raise
            why = str(error)
        else:
            assert isinstance(made, bytes)
            (folder / "made.pdf").write_bytes(made)
            return ""
    return why


def main() -> None:
    asked = json.load(sys.stdin)
    sys.path[:] = asked["path"]
    moment = datetime.fromisoformat(asked["moment"])
    why = compose(Path(asked["folder"]), asked["template"], asked["fonts"], moment)
    json.dump({"why": why}, sys.stdout)


if __name__ == "__main__":
    main()
