"""Issues in print: their PDFs, made anew only where something that they show changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline import files
from pipeline.app.sources import package_data
from pipeline.outputs import newsletters, pdf
from pipeline.outputs.sheets import Bodies, Sheet, sheet
from pipeline.outputs.site import Press


def prints(press: Press, root: Path, bodies: Bodies) -> Iterator[tuple[str, bytes]]:
    """The PDF of each issue in each language: where it stands in the output, and its bytes."""
    for name, tag in press.plan.issues:
        address = newsletters.print_address(press, name, tag)
        yield address, printed([sheet(press, name, tag, bodies)], root)


def printed(sheets: Sequence[Sheet], root: Path) -> bytes:
    """The PDF of an edition; from the cache where one was made of the same.

    Raises UsageError where typst is not installed.
    """
    if not pdf.available():
        raise pdf.missing()
    own = files.read_if_there(root, f"templates/{pdf.TEMPLATE}")
    template = own if own is not None else files.read(package_data(), f"templates/{pdf.TEMPLATE}")
    printing = pdf.Printing(sheets, template, lambda path: files.read(root, path))
    place = f".dozaban/print/{printing.digest()}.pdf"
    known = files.read_if_there(root, place)
    if known is not None and known.startswith(b"%PDF-") and known.rstrip().endswith(b"%%EOF"):
        return known
    made = printing.write()
    files.write_cache(root, place, made)
    return made
