"""The codebook of a survey: which column holds which question, and what its codes mean."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from storregion.core import figurefile, settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.table import listed
from storregion.intake.grid import Form
from storregion.intake.mapping import Publisher

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]
ALL, NO_ANSWER = "all", "no_answer"
"""What stands for everybody among groups, and for those without an answer among answers."""
_LONGEST = 200


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question: what was asked, what each code means, and where the answers stand.

    `column` holds a respondent's code. Where one may choose several, `between` stands between the codes of a
    cell; or `columns` names a column for each code, with one of `chosen` where it was chosen and of
    `not_chosen` where it was not.
    """

    title: Text
    answers: dict[str, Text]
    column: str = ""
    between: str | None = None
    columns: dict[str, str] = {}
    chosen: tuple[str, ...] = ("1",)
    not_chosen: tuple[str, ...] = ("0", "")

    @property
    def several(self) -> bool:
        """Whether a respondent may choose several answers."""
        return self.between is not None or bool(self.columns)


class Codebook(Form, frozen=True, kw_only=True):
    """How a file of answers is read.

    `weight` and `respondent` name columns that need not be there: how much an answer counts, and who gave it.
    `no_answer` are the codes that mean none. `cross` names the questions whose answers form groups, and
    `place` the one of them whose codes are places of the group. Of fewer than `least` respondents nothing is
    shown.
    """

    survey: Name
    origin: Publisher
    questions: dict[Name, Question]
    cross: tuple[str, ...] = ()
    place: str | None = None
    weight: str | None = None
    respondent: str | None = None
    no_answer: tuple[str, ...] = ("",)
    least: Annotated[int, Meta(ge=1, le=100)] = 5


def read_codebook(path: Path) -> Codebook:
    """Read a codebook.

    Parameters
    ----------
    path : the TOML file.

    Raises
    ------
    SettingError
        A key is wrong, a question has fewer than two answers, a code is used for two things, or words cannot
        be shown safely; every fault named.
    """
    found = settings.read(path, Codebook)
    faults = list(_wrong_groups(found))
    if not found.questions:
        faults.append("there are no questions; write one as [questions.NAME]")
    for name, question in found.questions.items():
        faults += [f"questions.{name}{fault}" for fault in _faults(name, question, found.no_answer)]
    if faults:
        raise SettingError(f"{path} is not a codebook as it should be:\n  {listed(faults)}")
    return found


def _wrong_groups(book: Codebook) -> Iterator[str]:
    """What is wrong with the questions that form groups."""
    for name in book.cross:
        if name not in book.questions:
            yield f"cross names {name!r}; {nearest(name, book.questions)}"
        elif book.questions[name].several:
            yield f"cross names {name!r}, where one may choose several answers; groups need one answer each"
    if book.place is not None and book.place not in book.cross:
        yield f"place names {book.place!r}, which is not in cross; add it there"


def _faults(name: str, question: Question, no_answer: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with one question."""
    if name == ALL:
        yield f": the name {name!r} is taken; choose another"
    yield from _wrong_columns(question, no_answer)
    if len(question.answers) < 2:
        yield f": it has {len(question.answers)} answers; a question needs at least two"
    for code in question.answers:
        if code in no_answer:
            yield f": the code {code!r} is an answer and no_answer, too; choose one"
        if code in (ALL, NO_ANSWER) or code != code.strip():
            yield f": the code {code!r} is taken, or has spaces around it; choose another"
    for language in ("sv", "en"):
        words = [text[language] for text in question.answers.values()]
        for word in dict.fromkeys([question.title[language], *words]):
            if words.count(word) > 1:
                yield f": two answers are called {word!r}; tell them apart"
            if fault := _unsafe(word):
                yield f": {fault}"


def _wrong_columns(question: Question, no_answer: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with where the answers of a question stand."""
    if bool(question.column) == bool(question.columns):
        yield ": give either column, or columns with one for each answer"
    if question.columns and question.columns.keys() != question.answers.keys():
        odd = sorted(question.columns.keys() ^ question.answers.keys())
        yield f": columns and answers differ in {odd}; each answer has one column"
    if question.columns and (both := sorted({*question.chosen} & {*question.not_chosen, *no_answer})):
        yield f": {both} mean chosen, and something else too; choose one"
    if question.between is None:
        return
    if question.columns or not question.between.strip():
        yield ': between needs a sign such as ";", and column'
    elif inside := [code for code in question.answers if question.between in code]:
        yield f": the codes {inside} hold what stands between codes, {question.between!r}"


def _unsafe(words: str) -> str | None:
    """Why words cannot stand in tables, files and pages; None where they can."""
    if not words.strip():
        return "a label is empty; write words"
    if len(words) > _LONGEST:
        return f"the label {words[:30]!r}… has {len(words)} signs; at most {_LONGEST} are shown"
    if not words.isprintable():
        return f"the label {words!r} holds signs that cannot be shown; take them out"
    if figurefile.harmless(words) != words:
        return f"the label {words!r} begins as a formula does in a spreadsheet; begin with a letter"
    if re.search(r"[<>]", words):
        return f"the label {words!r} holds < or >; write it in words"
    return None
