"""Plans of the members and others as data: the text of each page, and the statements it is cut into.

A plan is one file, `strategy/plans/DOCUMENT.jsonl`: a line that says what it is, a line per page, a line per
statement. A person may correct statements there, one a line, and then confirms how the plan was cut.
"""

import datetime
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import CallError, DataError, SettingError, nearest
from storregion.strategy import documents, kept, plan_text, statements
from storregion.strategy.documents import DatePart, Document
from storregion.strategy.plan_text import Extracted

LARGEST_STORED = 128 * 2**20
"""Bytes that a plan's own file may hold."""
MOST_WORDS = 200
"""Words that a statement may have once a person has corrected it."""
_KEY = re.compile(r"[a-z][a-z0-9-]{0,60}")
_STATEMENT = re.compile(r'\{\s*"page"\s*:\s*\d+\s*,\s*"statement"')

Line = Annotated[str, Meta(min_length=1, max_length=500)]
Number = Annotated[int, Meta(ge=1, le=plan_text.MOST_PAGES)]


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has gone through how a plan was cut, when, and the SHA-256 of the statements gone through."""

    by: Line
    date: datetime.date
    statements: str


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a plan is, which file it was read from, and what was taken out of it: the file's first line.

    `stripped` are the headers and footers taken off, numbers as #; `removed` counts characters that no reader
    sees; `too_long` are the pages of pieces that are too long to be statements, and `in_part` those with a
    drawing that could not be read.
    """

    document: str
    title: Line
    publisher: Line
    kind: str
    reader: str
    sha256: str
    bytes: int
    date: DatePart | None = None
    empty: tuple[int, ...] = ()
    unreadable: tuple[int, ...] = ()
    stripped: tuple[str, ...] = ()
    too_long: tuple[int, ...] = ()
    removed: int = 0
    confirmed: Confirmation | None = None
    in_part: tuple[int, ...] = ()


class PageLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a page."""

    page: Number
    text: str


class StatementLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement and the page it begins on."""

    page: Number
    statement: str


@dataclass(frozen=True)
class Statement:
    """A sentence or bullet of a plan.

    `id` is made of the words alone, so it stays when other statements come, go or move; changed words are
    another statement. `number` runs through the plan from 1.
    """

    id: str
    page: int
    number: int
    text: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the words, as links keep it."""
        return documents.fingerprint(self.text)


@dataclass(frozen=True)
class Plan:
    """A document with its pages and statements."""

    head: Head
    pages: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def document(self) -> str:
        """The document's key."""
        return self.head.document

    @property
    def confirmed(self) -> bool:
        """Whether a person has gone through the statements as they are now."""
        found = self.head.confirmed
        return found is not None and found.statements == cut(self.statements)


def cut(found: Sequence[Statement]) -> str:
    """The SHA-256 of how a plan was cut: its statements and their pages, in order."""
    lines = "".join(f"{statement.page}\t{statement.text}\n" for statement in found)
    return hashlib.sha256(lines.encode()).hexdigest()


def place(folder: Path, document: str) -> Path:
    """Where a document's plan is kept.

    Parameters
    ----------
    folder : the group's folder.
    document : the document's key.
    """
    return folder / "strategy" / "plans" / f"{document}.jsonl"


def read(folder: Path) -> dict[str, Plan]:
    """Read all plans of a group, by document.

    Parameters
    ----------
    folder : the group's folder.

    Raises
    ------
    SettingError
        A plan's file is not as it should be; the message names the line.
    """
    paths = sorted((folder / "strategy" / "plans").glob("*.jsonl"))
    return {path.stem: _read(path) for path in paths}


def one(folder: Path, document: str) -> Plan:
    """Read one plan of a group by its document.

    Raises
    ------
    CallError
        There is no such plan.
    """
    known = {path.stem: path for path in sorted((folder / "strategy" / "plans").glob("*.jsonl"))}
    if document not in known:
        hint = nearest(document, known) if known else "none has been added"
        raise CallError(f"no plan {document!r}; {hint}")
    return _read(known[document])


def _read(path: Path) -> Plan:
    rows = settings.text(path, LARGEST_STORED).rstrip("\n").split("\n")
    head: Head = _line(path, 1, rows[0], Head)
    if head.document != path.stem:
        raise SettingError(f"{path}: the plan is of {head.document!r}; name the file {head.document}.jsonl")
    pages: list[str] = []
    found: list[StatementLine] = []
    for number, row in enumerate(rows[1:], 2):
        # Pages come first, then statements; a fault is reported as one of the kind that the line looks like.
        kind = StatementLine if found or _STATEMENT.match(row) else PageLine
        line = _line(path, number, row, kind)
        text = line.text if isinstance(line, PageLine) else line.statement
        if plan_text.cleaned(text)[0] != text:
            raise SettingError(f"{path}: line {number} holds control characters or odd spaces; write it anew")
        if isinstance(line, PageLine):
            if line.page != len(pages) + 1:
                raise SettingError(f"{path}: line {number} is of page {line.page}; {len(pages) + 1} is next")
            pages.append(text)
            continue
        before = found[-1].page if found else 1
        if not before <= line.page <= len(pages):
            raise SettingError(
                f"{path}: line {number} is of page {line.page}; statements stand by page, {before} to "
                f"{len(pages)} here"
            )
        if "\n" in text or not 1 <= len(text.split()) <= MOST_WORDS:
            raise SettingError(f"{path}: line {number}: a statement is one line of 1 to {MOST_WORDS} words")
        found.append(line)
    return Plan(head, tuple(pages), tuple(_numbered([(line.page, line.statement) for line in found])))


def _line(path: Path, number: int, row: str, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(row, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SettingError(f"{path}: line {number}: {error}") from None


def _numbered(found: Sequence[tuple[int, str]]) -> Iterator[Statement]:
    """Statements with running numbers and ids; the same words a second time get a 2 after theirs."""
    seen: Counter[str] = Counter()
    for number, (page, text) in enumerate(found, 1):
        short = documents.fingerprint(text)[:12]
        seen[short] += 1
        yield Statement(f"{short}-{seen[short]}" if seen[short] > 1 else short, page, number, text)


def add(
    folder: Path, path: Path, document: str, said: Document | None = None, *, replace: bool = False
) -> Plan:
    """Read a plan's file into the group. Nothing is written when anything is wrong with it.

    Parameters
    ----------
    folder : the group's folder.
    path : a PDF, DOCX or text file.
    document : the document's key, such as "rus-2030".
    said : its title, publisher and date; when None it must be in `strategy/documents.toml`.
    replace : whether it may replace an earlier reading of the document.

    Raises
    ------
    CallError
        The key is not valid, the document is described twice or not at all, or was read before.
    DataError
        The file cannot be read as a plan, or has no statement.
    StoreError
        The group's folder cannot be written.
    """
    if not _KEY.fullmatch(document):
        raise CallError(
            f"{document!r} is not a valid key; use a–z, 0–9 and -, a letter first, such as rus-2030"
        )
    described = _described(folder, document, said)
    where = place(folder, document)
    if where.exists() and not replace:
        raise CallError(
            f"{where} is there already; --replace takes its place, and what was corrected is lost"
        )
    extracted = plan_text.extract(path)
    cut_up = statements.split(extracted.pages)
    found = tuple(_numbered([(piece.page, piece.text) for piece in cut_up.statements]))
    if not found:
        raise DataError(
            f"{path} has no statement: no sentence or bullet of {statements.FEWEST_WORDS} to "
            f"{statements.MOST_WORDS} words. Is it the right file?"
        )
    plan = Plan(_head(document, described, extracted, cut_up), extracted.pages, found)
    _write(where, plan)
    return plan


def _described(folder: Path, document: str, said: Document | None) -> Document:
    library = documents.read(folder).documents
    if document in library:
        if said is not None and (said.title, said.publisher) != (
            library[document].title,
            library[document].publisher,
        ):
            raise CallError(
                f"documents.toml has {document!r} already, as {library[document].title!r} of "
                f"{library[document].publisher!r}; leave --title and --publisher out, or choose another key"
            )
        return library[document]
    if said is None:
        raise CallError(
            f"documents.toml has no document {document!r}; give --title and --publisher, or add it there"
        )
    if said.date is not None and not _dated(said.date):
        raise CallError(f"{said.date!r} is not a year, month or day; write it as 2024, 2024-06 or 2024-06-12")
    return said


def _dated(date: str) -> bool:
    try:
        datetime.date.fromisoformat(date + "0000-01-01"[len(date) :])
    except ValueError:
        return False
    return re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", date, re.ASCII) is not None


def _head(document: str, described: Document, text: Extracted, cut_up: statements.Split) -> Head:
    def line(words: str, what: str) -> str:
        clean = " ".join(plan_text.cleaned(words)[0].split())
        if not 0 < len(clean) <= 500:
            raise CallError(f"the {what} {words[:40]!r} is not valid; give one of 1 to 500 characters")
        return clean

    return Head(
        document=document,
        title=line(described.title, "title"),
        publisher=line(described.publisher, "publisher"),
        date=described.date,
        kind=text.kind,
        reader=text.reader,
        sha256=text.sha256,
        bytes=text.size,
        empty=text.empty,
        unreadable=text.unreadable,
        in_part=text.in_part,
        stripped=cut_up.stripped,
        too_long=tuple(sorted({piece.page for piece in cut_up.too_long})),
        removed=text.removed,
    )


def confirm(folder: Path, document: str, by: str, date: datetime.date | None = None) -> Plan:
    """Record that a person has gone through how a plan was cut.

    Parameters
    ----------
    folder : the group's folder.
    document : the plan's document.
    by : the organisation or role that answers for it.
    date : the day; today when None.
    """
    plan = one(folder, document)
    by = " ".join(plan_text.cleaned(by)[0].split())
    if not 0 < len(by) <= 500:
        raise CallError("--by names the organisation or role that has gone through the statements")
    known = Confirmation(by, date or datetime.datetime.now(datetime.UTC).date(), cut(plan.statements))
    confirmed = Plan(msgspec.structs.replace(plan.head, confirmed=known), plan.pages, plan.statements)
    _write(place(folder, document), confirmed)
    return confirmed


def noticed(head: Head) -> list[str]:
    """What a person should know of how a plan was read, a line each.

    Parameters
    ----------
    head : of the plan.
    """
    notes = {
        "no text, perhaps pictures": head.empty,
        "left out, because their text is not a language": head.unreadable,
        "have a drawing that could not be read, or that draws itself; its text is missing": head.in_part,
        f"more than {statements.MOST_WORDS} words in a row, which are not a statement": head.too_long,
    }
    lines = [f"pages {', '.join(map(str, pages))}: {what}" for what, pages in notes.items() if pages]
    lines += [f"header or footer taken off: {line}" for line in head.stripped]
    return lines + ([f"{head.removed} characters that no reader sees were taken out"] if head.removed else [])


def _write(where: Path, plan: Plan) -> None:
    lines: list[Head | PageLine | StatementLine] = [plan.head]
    lines += [PageLine(number, text) for number, text in enumerate(plan.pages, 1)]
    lines += [StatementLine(statement.page, statement.text) for statement in plan.statements]
    data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    kept.write(where, data)
