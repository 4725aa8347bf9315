"""Issues in print: their PDFs, made anew only where something that they show changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline import files, scrub
from pipeline.app.sources import theme_file
from pipeline.outputs import newsletters, pdf
from pipeline.outputs.sheets import Bodies, Sheet, sheet
from pipeline.outputs.site import Press
from pipeline.problems import Problem, UsageError, problem
from pipeline.speech import say


def prints(
    press: Press, root: Path, bodies: Bodies, problems: list[Problem]
) -> Iterator[tuple[str, bytes]]:
    """The PDF of each issue in each language: where it stands in the output, and its bytes.

    One that cannot be set is among the `problems`, and its page offers none.
    """
    for name, tag in press.plan.issues:
        address = newsletters.print_address(press, name, tag)
        try:
            yield address, printed([sheet(press, name, tag, bodies)], root)
        except UsageError as error:
            press.unprinted.add(address)
            problems.append(
                problem("no-pdf", say("the issue has no PDF: {why}", why=str(error)),
                        press.plan.records[name].document.path,
                        hint=say("leave out what cannot be printed, or go without"), severity="warn")
            )  # fmt: skip


def printed(sheets: Sequence[Sheet], root: Path) -> bytes:
    """The PDF of an edition; from the cache where one was made of the same.

    Raises UsageError where typst is not installed.
    """
    if not pdf.available():
        raise pdf.missing()
    printing = pdf.Printing(sheets, theme_file(root, pdf.TEMPLATE), lambda path: scrub.stripped(files.read(root, path)))
    place = f".dozaban/print/{printing.digest()}.pdf"
    known = files.read_cache(root, place)
    if known is not None:
        return known
    made = printing.write()
    files.write_cache(root, place, made)
    return made
