"""A plan's text, page by page, from a PDF, a Word document or a text file that may be broken or hostile."""

import hashlib
import importlib.metadata
import importlib.util
import io
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from storregion.core import files
from storregion.core.errors import CallError, DataError, nearest
from storregion.strategy import plan_pdf

LARGEST_PLAN = 128 * 2**20
"""Bytes a plan's file may hold."""
MOST_PAGES = 2000
MOST_CHARACTERS = 10_000_000
"""Characters that all pages of a plan may hold together."""
MOST_MEMORY = 2**30
"""Bytes of address space for the process that reads a PDF."""
MOST_SECONDS = 240
"""Seconds that reading a PDF may take."""
LARGEST_XML = 64 * 2**20
"""Bytes that the text part of a Word document may unpack to."""
DEEPEST_XML = 100
MOST_PARAGRAPHS = 200_000
MOST_PARTS = 10_000
"""Files that the archive of a Word document may hold."""

# Parts of a page's words above which its font is taken to hide which letters it draws.
_ODD_SHARE, _ODD_WORDS = 0.15, 12
# Parts of a plan's pages that may be unreadable, and that must hold text.
_MOST_UNREADABLE, _LEAST_WITH_TEXT = 0.2, 0.2

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# What word processors draw bullets with, among them the private place of the Symbol font.
_BULLETS = dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf0fc▪●◦‣∙■□◾◆➢➤►▶✓✔", "•")
_SPACES = dict.fromkeys("\t\u00a0\u2007\u202f\u2009\u200a\u2002\u2003\u3000", " ")
_MAPPED = str.maketrans(_LIGATURES | _BULLETS | _SPACES | {"\u2010": "-", "\u2011": "-"})
_MOJIBAKE = re.compile("Ã[¥¤¶…„–©]|â€|\\(cid:\\d+\\)")
# What nearly all text consists of: none of it is taken out.
_PLAIN = re.compile("[\n -~\u00a1-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201d\u2022\u2026\u20ac]*")
_VOWEL = re.compile("[aeiouyåäöéèüáóøæ]", re.IGNORECASE)


@dataclass(frozen=True)
class Extracted:
    """The text of a plan's pages, and which file it came from.

    `removed` counts characters that were taken out (controls, direction marks, letters without a meaning);
    `empty` and `unreadable` are the numbers of pages without text and of pages whose text is not a language;
    `in_part` those with a drawing that could not be read, whose text, if it has any, is missing.
    """

    pages: tuple[str, ...]
    kind: str
    reader: str
    sha256: str
    size: int
    removed: int
    empty: tuple[int, ...]
    unreadable: tuple[int, ...]
    in_part: tuple[int, ...] = ()


def extract(path: Path) -> Extracted:
    """Read the text of a plan.

    Parameters
    ----------
    path : a PDF, DOCX or UTF-8 text file; a text file's pages are parted by form feeds.

    Raises
    ------
    CallError
        There is no such file, it is a link or a folder, its ending is not one of the three, or pypdf is not
        installed.
    DataError
        The file is too large, encrypted, a scan without text, broken, or passes a limit.
    """
    kinds = {".pdf": _pdf, ".docx": _docx, ".txt": _txt}
    if path.suffix.lower() not in kinds:
        raise CallError(f"{path}: a plan is read from .pdf, .docx or .txt; {nearest(path.suffix, kinds)}")
    raw = _raw(path)
    _what_it_says(path, raw)
    found, reader, in_part = kinds[path.suffix.lower()](path, raw)
    if len(found) > MOST_PAGES:
        raise DataError(f"{path} has {len(found)} pages; at most {MOST_PAGES} are read. Split it")
    if sum(map(len, found)) > MOST_CHARACTERS:
        raise DataError(f"{path} holds more than {MOST_CHARACTERS} characters of text. Split it")
    pages, removed = [], 0
    for page in found:
        text, lost = cleaned(page, drawn=path.suffix.lower() == ".pdf")
        pages.append(text)
        removed += lost
    broken = tuple(n for n, (page, text) in enumerate(zip(found, pages, strict=True), 1) if _odd(page, text))
    empty = tuple(number for number, text in enumerate(pages, 1) if not text and number not in broken)
    _worth_it(path, len(pages), empty, broken)
    kept = tuple("" if number in broken else text for number, text in enumerate(pages, 1))
    digest = hashlib.sha256(raw).hexdigest()
    kind = path.suffix.lower()[1:]
    return Extracted(kept, kind, reader, digest, len(raw), removed, empty, broken, tuple(in_part))


def cleaned(text: str, *, drawn: bool = False) -> tuple[str, int]:
    """A page's text with composed letters, and how many characters were taken out of it.

    Ligatures become letters, odd spaces and bullets the common ones. Control and format characters (such as
    direction overrides and zero-width marks), surrogates and letters without a meaning are taken out: they
    could change what a reader sees. Markup and formulas stay, as the words they are.

    Parameters
    ----------
    text : as it was extracted.
    drawn : whether it holds what a page shows, as that of a PDF; else text that is still to flow into lines.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n")
    # In text that flows, a soft hyphen is drawn only where a line ends; what a page shows was drawn.
    text = re.sub("\u00ad *\n", "-\n", text).replace("\u00ad", "-" if drawn else "")
    text = unicodedata.normalize("NFC", text.translate(_MAPPED))
    kept = text if _PLAIN.fullmatch(text) else "".join(filter(_meant, text))
    lines = [re.sub(" +", " ", line).strip() for line in kept.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n"), len(text) - len(kept)


def _meant(character: str) -> bool:
    return character == "\n" or (character != "\ufffd" and unicodedata.category(character) not in {
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
    })  # fmt: skip


def _odd(page: str, text: str) -> bool:
    """Whether a page's text is not a language: meaningless letters, wrong coding, words without vowels."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    voiceless = [word for word in words if not word.isupper() and not _VOWEL.search(word)]
    lost = sum(c == "\ufffd" or unicodedata.category(c) in {"Co", "Cn"} for c in page.translate(_MAPPED))
    odd = len(voiceless) + len(_MOJIBAKE.findall(page)) + lost
    count = max(len(re.findall(r"\S+", page)), 1)
    return odd >= _ODD_WORDS and odd > _ODD_SHARE * count


def _worth_it(path: Path, count: int, empty: Sequence[int], broken: Sequence[int]) -> None:
    """Refuse a plan of which too little could be read."""
    if len(empty) == count:
        raise DataError(
            f"{path} holds no text; if it is scanned pictures, ask the publisher for the document with text "
            "or run it through text recognition first"
        )
    if len(empty) > (1 - _LEAST_WITH_TEXT) * count:
        raise DataError(
            f"{path} has text on {count - len(empty)} of {count} pages: it seems to be scanned pictures. Ask "
            "the publisher for the document with text, or run it through text recognition first"
        )
    if len(broken) > _MOST_UNREADABLE * (count - len(empty)):
        raise DataError(
            f"{path}: the text of {len(broken)} of {count - len(empty)} pages is not a language (page "
            f"{broken[0]} first); its fonts do not tell which letters they draw. Ask the publisher for "
            "another copy, or run it through text recognition first"
        )


def _raw(path: Path) -> bytes:
    """The bytes of a file that is a file, read once so that what is checked is what is used."""
    if path.is_symlink():
        raise CallError(f"{path} is a link; name the file itself")
    if not path.is_file():
        raise CallError(f"{path} does not exist or is not a file")
    # Not to wait for, or follow, what may have been put in its place since.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CallError(f"{path} is not a file")
            raw = file.read(LARGEST_PLAN + 1)
    except OSError as error:
        raise CallError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST_PLAN:
        raise DataError(f"{path} holds more than {LARGEST_PLAN} bytes, the most a plan may. Split it")
    return raw


def _what_it_says(path: Path, raw: bytes) -> None:
    """Refuse a file that is something else than its ending says."""
    if not raw.strip():
        raise DataError(f"{path} is empty")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(
            f"{path} is an old Word file or one with a password; open it and save it as .docx without one"
        )
    # A PDF may have something before its mark; a text may speak of one.
    marked = raw.startswith(b"%PDF-") if path.suffix.lower() == ".txt" else b"%PDF-" in raw[:1024]
    is_kind = ".pdf" if marked else ".docx" if raw.startswith(b"PK\x03\x04") else ".txt"
    if is_kind != path.suffix.lower():
        what = {
            ".pdf": "is a PDF",
            ".docx": "is a ZIP archive, as .docx files are",
            ".txt": "is not one",
        }[is_kind]
        raise DataError(f"{path} ends with {path.suffix} but {what}; name the right file, or end it rightly")


def _pdf(path: Path, raw: bytes) -> tuple[list[str], str, list[int]]:
    if importlib.util.find_spec("pypdf") is None:
        raise CallError("reading a PDF needs pypdf; install with: pip install 'storregion[plans]'")
    most = 8 * MOST_CHARACTERS
    limits = (MOST_MEMORY, MOST_SECONDS, most, MOST_PAGES, MOST_CHARACTERS)
    # -P: what lies beside the script replaces no library.
    command = [sys.executable, "-P", "-W", "ignore", plan_pdf.__file__, *map(str, limits)]
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603 (our own script; the PDF goes in as bytes, not as a name)
                command, input=raw, stdout=out, stderr=subprocess.DEVNULL, timeout=MOST_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise _stopped(path, "time", 0) from None
        out.seek(0)
        said = out.read(most + 1)
    if done.returncode < 0 or not said:
        raise _stopped(path, "time" if done.returncode in (-24, -9) else "memory", 0)
    try:
        answer = json.loads(said)
    except ValueError:
        raise _stopped(path, "text", 0) from None
    if "fault" in answer:
        raise _stopped(path, answer["fault"], answer["page"])
    return answer["pages"], f"pypdf {importlib.metadata.version('pypdf')}", answer["in_part"]


def _stopped(path: Path, fault: str, page: int) -> DataError:
    """The error for what stopped the reading of a PDF."""
    reasons = {
        "encrypted": "is locked with a password or a cipher; save a copy that is not locked",
        "pages": f"has more than {MOST_PAGES} pages; split it",
        "text": f"holds more than {MOST_CHARACTERS} characters of text; split it",
        "memory": f"needs more than {MOST_MEMORY // 2**20} MiB to read; it may be damaged or hostile. Print "
        "it to a new PDF, or split it",
        "unpacks": "has a part that unpacks to far more than a page holds; it may be damaged or hostile. "
        "Print it to a new PDF",
        "time": f"took more than {MOST_SECONDS} seconds to read; it may be damaged or hostile. Print it to a "
        "new PDF, or split it",
        "nesting": "is nested too deeply; it may be damaged or hostile. Print it to a new PDF",
        "broken": "is not a complete PDF; fetch it again, or print it to a new PDF",
    }
    where = f" (page {page})" if page else ""
    return DataError(f"{path}{where} {reasons[fault]}")


def _txt(path: Path, raw: bytes) -> tuple[list[str], str, list[int]]:
    if b"\x00" in raw:
        raise DataError(f"{path} is not text: it holds bytes of zero. Save it as UTF-8 text")
    try:
        return raw.decode("utf-8-sig").split("\f"), "UTF-8", []
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}: row {row} is not UTF-8 (byte 0x{raw[error.start]:02x}); save the file as UTF-8"
        ) from None


def _docx(path: Path, raw: bytes) -> tuple[list[str], str, list[int]]:
    if raw.count(b"PK\x01\x02") > MOST_PARTS:
        raise DataError(f"{path} is an archive of more than {MOST_PARTS} files, which no Word document is")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open("word/document.xml") as part:
            xml = part.read(LARGEST_XML + 1)
    except KeyError:
        raise DataError(f"{path} is an archive without a Word text in it; save it as .docx anew") from None
    except (*files.DAMAGES, OSError, ValueError) as error:
        if type(error) is RuntimeError:
            raise DataError(f"{path} is locked with a password; save a copy that is not locked") from None
        raise DataError(f"{path} is not a complete Word document; fetch it again or save it again") from None
    if len(xml) > LARGEST_XML:
        raise DataError(f"{path}: its text unpacks to more than {LARGEST_XML} bytes; split the document")
    words = _Word()
    try:
        words.read(xml)
    except expat.ExpatError as error:
        raise DataError(f"{path}: its text is not valid XML ({error}); save it again") from None
    except _RefusedError as error:
        raise DataError(f"{path}: its text {error}; save it anew in a word processor") from None
    return ["\n".join(page) for page in words.pages], "Word XML", []


class _RefusedError(Exception):
    """XML that no word processor writes."""


class _Word:
    """The paragraphs of a Word document by page, as Word last laid the pages out.

    Deleted and moved text is left out; so is the fallback of a drawing, which repeats its text.
    """

    def __init__(self) -> None:
        self.pages: list[list[str]] = [[]]
        self._open: list[list[str]] = []
        self._depth = self._muted = self._paragraphs = self._turns = 0
        self._in_text = False

    def read(self, xml: bytes) -> None:
        """Read the document's XML; a document type, and so every entity of its own, is refused."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)

    def _refuse(self, *_: object) -> None:
        raise _RefusedError("declares a document type or entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST_XML:
            raise _RefusedError(f"is nested more than {DEEPEST_XML} deep")
        if name in ("mc:Fallback", "w:moveFrom") or self._muted:
            self._muted += 1
        elif name == "w:p":
            self._paragraphs += 1
            if self._paragraphs > MOST_PARAGRAPHS:
                raise _RefusedError(f"has more than {MOST_PARAGRAPHS} paragraphs")
            self._open.append([])
        elif not self._open:
            return
        elif name == "w:t":
            self._in_text = True
        elif name == "w:numPr":
            self._open[-1].insert(0, "• ")
        elif name in ("w:tab", "w:cr"):
            self._open[-1].append(" ")
        elif name == "w:noBreakHyphen":
            self._open[-1].append("-")
        elif name == "w:lastRenderedPageBreak" or (name == "w:br" and attributes.get("w:type") == "page"):
            self._turn()
        elif name == "w:br":
            self._open[-1].append("\n")

    def _turn(self) -> None:
        """Begin a new page; a paragraph that goes on there stays whole on the page it begins on."""
        self._turns += 1
        if self._turns > MOST_PAGES:
            raise _RefusedError(f"has more than {MOST_PAGES} pages")
        if any(part.strip(" •") for part in self._open[-1]):
            self._open[-1].append("\f")
        elif self.pages[-1]:
            self.pages.append([])

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._muted:
            self._muted -= 1
        elif name == "w:t":
            self._in_text = False
        elif name == "w:p":
            text = "".join(self._open.pop())
            turns = text.count("\f")
            self.pages[-1] += [text.replace("\f", ""), ""]
            self.pages += [[] for _ in range(turns)]

    def _text(self, words: str) -> None:
        if self._in_text and not self._muted:
            self._open[-1].append(words)
