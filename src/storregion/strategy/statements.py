"""A plan's pages cut into statements: sentences and bullets, each with its page."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FEWEST_WORDS, MOST_WORDS = 4, 80
"""Words of a piece of text that is taken as a statement; shorter ones are mostly headings, longer tables."""

# Lines at a page's top and bottom that may be its header and footer, and on how many pages one must return.
_EDGE, _LEAST_PAGES, _LEAST_SHARE = 3, 3, 0.2
# A line this much shorter than the page's others ends its paragraph when a capital follows.
_SHORT = 0.75
# Characters after which a text without a full stop is taken for no sentence that goes on over the page.
_LONGEST_SENTENCE = 2000
_PAGE_NUMBER = re.compile(
    r"(?:(?:sida|sid|page|s)\.? *)?\d{1,4}(?: *(?:av|of|/|\() *\d{1,4}\)?)?|[-–] *\d{1,4} *[-–]",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[•–—*-]|[o§»](?= )|\d{1,2}(?:\.\d{1,2}){0,3}[.)]|[a-zåäö]\)) +(?=\S)")
# A hyphen that stands for the rest of a word, such as that of "bostads- och arbetsmarknad".
_SUSPENDED = re.compile(r"(?:och|eller|samt|respektive|och/eller|till|men|and|or|to)\b")
# Abbreviations that a sentence goes on after, and those that a capital may end it after.
_GOES_ON = {
    "bl.a.", "t.ex.", "dvs.", "d.v.s.", "ca.", "s.k.", "kap.", "st.", "nr.", "jfr.", "resp.", "inkl.",
    "exkl.", "f.d.", "p.g.a.", "pga.", "t.o.m.", "fr.o.m.", "kl.", "sid.", "fig.", "tab.", "dnr.", "ung.",
    "i.e.", "e.g.", "bl.", "ex.", "prop.", "art.",
}  # fmt: skip
# The dots that lead to a page number in a table of contents.
_LEADER = re.compile(r"(?:[.·…_] ?){5,}")
# A footnote's number before its text, and behind the words that refer to it.
_NOTE = re.compile(r"(\d{1,3})(?=[A-ZÅÄÖÉ])")
_REFERENCE = r"(?:(?<=[^\W\d][.,;:!?)”\"»])|(?<=[a-zåäöé]{{3}})){}(?=[\s.,;:]|$)"
# Lines that a footnote may have.
_LONGEST_NOTE = 5
_END = re.compile(r"""[.!?…]["'”’»)\]]* +(?=["'”’»(\[]*[A-ZÅÄÖÉ0-9])""")


@dataclass(frozen=True)
class Piece:
    """A sentence, bullet or heading, and the page that it begins on."""

    page: int
    text: str


@dataclass(frozen=True)
class Split:
    """A plan's pieces in reading order, and the headers and footers that were taken off, by their form."""

    pieces: tuple[Piece, ...]
    stripped: tuple[str, ...]

    @property
    def statements(self) -> tuple[Piece, ...]:
        """The pieces that are neither too short nor too long for a statement, nor a line of contents."""
        return tuple(
            piece
            for piece in self.pieces
            if FEWEST_WORDS <= _words(piece.text) <= MOST_WORDS and not _LEADER.search(piece.text)
        )

    @property
    def too_long(self) -> tuple[Piece, ...]:
        """The pieces that are too long, which a person must look at."""
        return tuple(piece for piece in self.pieces if _words(piece.text) > MOST_WORDS)


def split(pages: Sequence[str]) -> Split:
    """Cut the text of pages into pieces, footnotes into pieces of their own.

    Nothing is lost but headers, footers, bullets, line-end hyphens, and the numbers of footnotes.

    Parameters
    ----------
    pages : cleaned text of each page, lines as they stand there.
    """
    parted = [_without_notes([line.strip() for line in page.split("\n")]) for page in pages]
    bodies, stripped = _without_edges([lines for lines, _ in parted])
    pieces: list[Piece] = []
    begun: Piece | None = None
    for number, lines in enumerate(bodies, 1):
        for place, paragraph in enumerate(_paragraphs(lines)):
            text, page = paragraph.text, number
            if begun is not None:
                goes_on = place == 0 and not paragraph.bullet and text[:1].islower()
                if goes_on and len(begun.text) < _LONGEST_SENTENCE:
                    text, page = "".join(_joined(begun.text, text)), begun.page
                else:
                    pieces.append(begun)
                begun = None
            sentences = list(_sentences(text))
            # Only the last sentence can go on where the next paragraph, or page, begins.
            pieces += [
                Piece(page if at == 0 else number, sentence) for at, sentence in enumerate(sentences[:-1])
            ]
            begun = Piece(page if len(sentences) == 1 else number, sentences[-1])
            if _ended(begun.text):
                pieces.append(begun)
                begun = None
        pieces += [Piece(number, sentence) for note in parted[number - 1][1] for sentence in _sentences(note)]
    return Split(tuple([*pieces, begun] if begun else pieces), stripped)


def _without_notes(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """A page's lines without its footnotes and the numbers that refer to them, and the notes.

    A note begins with a number that a word or full stop of the page has right behind it, small and raised on
    paper; it goes on until a sentence ends. Where columns follow each other it would stand inside a sentence.
    """
    body: list[str] = []
    notes: list[str] = []
    numbers: list[str] = []
    begun = 0
    page = "\n".join(lines)
    for line in lines:
        begins = _NOTE.match(line)
        if begins and re.search(_REFERENCE.format(begins[1]), page):
            notes.append(line[begins.end() :])
            numbers.append(begins[1])
            begun = _LONGEST_NOTE
        elif begun > 0 and line and not _ended(notes[-1]):
            notes[-1] = "".join(_joined(notes[-1], line))
        else:
            body.append(line)
        begun -= 1
    for number in numbers:
        body = [re.sub(_REFERENCE.format(number), "", line) for line in body]
    return body, notes


def _without_edges(pages: Sequence[list[str]]) -> tuple[list[list[str]], tuple[str, ...]]:
    """Pages without the lines that return at their tops and bottoms, and without lone page numbers there."""
    full = [[line for line in page if line] for page in pages]
    tops = Counter(form for page in full for form in {_form(line) for line in page[:_EDGE]})
    feet = Counter(form for page in full for form in {_form(line) for line in page[-_EDGE:]})
    needed = max(_LEAST_PAGES, math.ceil(_LEAST_SHARE * sum(map(bool, full))))
    found: list[list[str]] = []
    stripped: set[str] = set()

    def goes(line: str, counts: Counter[str]) -> bool:
        if line and not _PAGE_NUMBER.fullmatch(line):
            if counts[_form(line)] < needed:
                return False
            stripped.add(_form(line))
        return True

    for page in pages:
        start, stop, seen = 0, len(page), 0
        while start < stop and seen < _EDGE and goes(page[start], tops):
            seen += bool(page[start])
            start += 1
        seen = 0
        while stop > start and seen < _EDGE and goes(page[stop - 1], feet):
            seen += bool(page[stop - 1])
            stop -= 1
        found.append(page[start:stop])
    return found, tuple(sorted(stripped))


def _form(line: str) -> str:
    """A line without what differs from page to page: its numbers."""
    return re.sub(r"\d+", "#", " ".join(line.casefold().split()))


@dataclass(frozen=True)
class _Paragraph:
    text: str
    bullet: bool


def _paragraphs(lines: Sequence[str]) -> Iterator[_Paragraph]:
    """The lines of a page as paragraphs, bullets and headings."""
    lengths = sorted(len(line) for line in lines if line)
    wide = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    parts: list[str] = []
    bullet = short = False
    for line in lines:
        marked = _BULLET.match(line)
        words = line[marked.end() :] if marked else line
        ends = short and parts and not parts[-1].endswith("-") and not words[:1].islower()
        if parts and (not line or marked or ends):
            yield _Paragraph("".join(parts), bullet)
            parts = []
        if words:
            bullet = bullet if parts else marked is not None
            parts[-1:] = _joined(parts[-1], words) if parts else [words]
            short = len(line) < _SHORT * wide
    if parts:
        yield _Paragraph("".join(parts), bullet)


def _joined(before: str, after: str) -> tuple[str, str]:
    """Two lines as they stand in one text; a word cut in two is made whole, a suspended hyphen is kept."""
    if before[-1:] != "-" or not before[-2:-1].isalnum() or _SUSPENDED.match(after):
        return f"{before} ", after
    last = before.split()[-1][:-1]
    # "IT-infrastruktur", "e-tjänst" and "Oslo-Stockholm" have a hyphen of their own.
    own = len(last) == 1 or last.isupper() or not last[-1].isalpha() or not after[:1].islower()
    return before if own else before[:-1], after


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        # No abbreviation is longer than this.
        words = text[max(start, end.end() - 30) : end.end()].split()
        last = words[-1].lstrip("(\"'”").lower() if words else ""
        if last in _GOES_ON or re.fullmatch(r"[a-zåäö]\.", last) or re.fullmatch(r"\d{1,2}\.", last):
            continue
        yield text[start : end.end()].strip()
        start = end.end()
    yield text[start:].strip()


def _words(text: str) -> int:
    """How many words with a letter a text has."""
    return sum(any(map(str.isalpha, word)) for word in text.split())


def _ended(text: str) -> bool:
    return bool(re.search(r"""[.!?…:;]["'”’»)\]]*$""", text))
