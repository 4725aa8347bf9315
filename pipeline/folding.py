"""Text as a search compares it: what readers spell in several ways becomes one.

Arabic and Persian forms of a letter, digits of every kind, vowel marks, half-spaces and
punctuation: `fold` makes them alike. `assets/fold.js` of the theme does the same to what
a reader types, and a test holds the two together, character by character. The rules go
by characters and ask for no language; Latin accents and endings of words are left to the
search engine. Nothing folded is ever shown.

Sources: the letters are those of Lucene's ArabicNormalizer and PersianNormalizer, and
the other forms of he, ye and kaf that keyboards and old files bring into Persian.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from pipeline.languages import DIGITS

_SAME = {
    "ا": "آأإٱٲٳ",
    "ه": "ةھۀہۂۃە",
    "و": "ؤ",
    "ی": "ىيئؠےۓ",
    "ک": "كڪ",
    "%": "٪",
    ".": "٫",
    ",": "٬",
    "'": "‘’ʼ",
    "-": "‐‑",
    **{digit: "".join(kind[int(digit)] for kind in DIGITS.values() if digit not in kind) for digit in "0123456789"},
}
"""What is read as what: the key for each of the others."""

_CHANGED = {ord(other): one for one, others in _SAME.items() for other in others}
_CHANGES = re.compile(f"[{''.join(map(chr, _CHANGED))}]")

# Vowel marks and Koranic signs, hamza by itself, tatweel, and what is invisible.
_DROPPED = re.compile(
    "[\u00ad\u0600-\u0605\u0610-\u061a\u061c\u0621\u0640\u064b-\u065f\u0670\u0674\u06d6-\u06dd"
    "\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08ff\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
)
# Spaces, and punctuation beyond ASCII; the half-space (U+200C) apart.
_BETWEEN = (
    "\x00-\x20\x7f-\xa1\xab\xb6\xb7\xbb\xbf\u060c\u060d\u061b\u061d-\u061f\u066d\u06d4"
    "\u1680\u2000-\u200b\u2012-\u2017\u201a-\u2029\u202f-\u205f\u3000-\u3003\u3008-\u301f"
)
_GAPS = re.compile(f"[{_BETWEEN}\u200c]+")
_TOKENS = re.compile(f"([^{_BETWEEN}]+)([{_BETWEEN}]*)")
_EDGES = "!\"'(),.:;?[]{}"


def fold(text: str) -> str:
    """The text as a search compares it, its words one space apart: خانهٔ ما is خانه ما.

    Folding twice is folding once. A half-space is a space.
    """
    return _GAPS.sub(" ", _folded(_GAPS.sub(" ", text))).strip(" ")


def _folded(text: str) -> str:
    """Letters, digits and marks folded; what stands between words is left."""
    if text.isascii():
        return text
    # What is dropped may part what belongs together, and normalizing may bring more of it.
    text = normalize("NFKC", _DROPPED.sub("", normalize("NFKC", _DROPPED.sub("", text))))
    return _CHANGES.sub(lambda found: _CHANGED[ord(found[0])], text)


def tokens(text: str) -> list[tuple[str, str]]:
    """The text cut into words: (as a search compares it, as it stands with what follows).

    The second ones together are the text. What a half-space or a ligature joins is one
    word, hyphenated: an engine that takes compounds apart then finds می‌خواهیم under each
    of می, خواهیم and میخواهیم.
    """
    found = _TOKENS.findall(text)
    if not found:
        return []
    # A line feed is no part of any word, so that all can be folded at once.
    words = _folded("\n".join(one for one, _ in found)).split("\n")
    result: list[tuple[str, str]] = []
    waiting = text[: text.index(found[0][0])]
    for word, (stem, behind) in zip(words, found, strict=True):
        if _GAPS.search(word):
            word = "-".join(_GAPS.sub(" ", word).split())
        word = word.strip(_EDGES)
        if word.startswith("___"):
            word = word.lstrip("_")  # Pagefind takes some such words for its own
        if word:
            result.append((word, waiting + stem + behind))
            waiting = ""
        elif result:
            result[-1] = (result[-1][0], result[-1][1] + stem + behind)
        else:
            waiting += stem + behind
    return result
