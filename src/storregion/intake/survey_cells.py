"""Answers counted, for everybody and by group, with what few gave withheld."""

from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.language import LANGUAGES, Text
from storregion.intake.codebook import ALL, NO_ANSWER, Codebook, Question

Counts: TypeAlias = NDArray[np.int64]
Marks: TypeAlias = NDArray[np.bool_]
_WITHHELD = "suppressed"
_EVERYBODY, _NONE = Text("alla", "everybody"), Text("inget svar", "no answer")


def counted(answers: pl.DataFrame, book: Codebook, year: int) -> pl.DataFrame:
    """A row for each answer to each question, for everybody and for each group.

    Parameters
    ----------
    answers : codes by respondent, lists of them where one may choose several, null where there is no answer;
        and `weight`.
    book : the codebook; fewer than its `least` are withheld, and with them as many others as keep anybody
        from working them out.
    year : of the answers.
    """
    rows: list[dict[str, object]] = []
    for question in book.questions:
        rows += _rows(answers, book, question, ALL)
        for by in book.cross:
            if by != question:
                rows += _rows(answers, book, question, by)
    own = {"survey": book.survey, "year": year}
    found = pl.DataFrame([own | row for row in rows], infer_schema_length=None)
    # Where nothing is withheld there is no word that would show that these hold words.
    return found.cast({"respondents_absent": pl.String, "base_absent": pl.String, "place": pl.String})


def _rows(answers: pl.DataFrame, book: Codebook, question: str, by: str) -> list[dict[str, object]]:
    """The rows of one question, for everybody or for the groups of another one."""
    asked = book.questions[question]
    everybody = pl.repeat(True, answers.height, eager=True)
    groups = {ALL: everybody}
    if by != ALL:
        groups |= {code: (answers[by] == code).fill_null(False) for code in book.questions[by].answers}
    given = _given(answers[question], asked)
    counts = np.array([[(inside & one).sum() for one in given.values()] for inside in groups.values()])
    if asked.several:
        sizes = np.array([inside.sum() for inside in groups.values()])
        hidden, alone = withheld_of_several(counts, sizes, book.least)
    else:
        hidden, alone = withheld(counts, book.least)
    found = []
    for at, (group, inside) in enumerate(groups.items()):
        if (group == ALL) != (by == ALL):
            continue
        for column, (code, gave) in enumerate(given.items()):
            of = inside if code == NO_ANSWER else inside & ~given[NO_ANSWER]
            cell = answers["weight"].filter(inside & gave)
            base = answers["weight"].filter(of)
            # Beside those who answered, those who did not could be worked out from all.
            no_base = alone[at] or (code == NO_ANSWER and hidden[at, column])
            found.append(
                _words(book, question, by, group, code)
                | _cell(cell, hidden[at, column])
                | _base(base, bool(no_base))
            )
    return found


def _given(answers: pl.Series, asked: Question) -> dict[str, pl.Series]:
    """For each answer whether a respondent gave it, and last whether there was none."""
    if asked.several:
        found = {code: answers.list.contains(code).fill_null(False) for code in asked.answers}
    else:
        found = {code: (answers == code).fill_null(False) for code in asked.answers}
    return found | {NO_ANSWER: answers.is_null()}


def _words(book: Codebook, question: str, by: str, group: str, code: str) -> dict[str, object]:
    """The codes of a row and what they mean."""
    asked = book.questions[question]
    found: dict[str, object] = {"question": question, "by": by, "group": group, "answer": code}
    found["place"] = group if by == book.place else None
    grouped = book.questions.get(by)
    for language in LANGUAGES:
        everybody, none = _EVERYBODY[language], _NONE[language]
        found |= {
            f"question_{language}": asked.title[language],
            f"by_{language}": grouped.title[language] if grouped else everybody,
            f"group_{language}": grouped.answers[group][language] if grouped else everybody,
            f"answer_{language}": asked.answers[code][language] if code in asked.answers else none,
        }
    return found


def _cell(weights: pl.Series, hidden: bool) -> dict[str, object]:
    if hidden:
        return {"respondents": None, "weight": None, "respondents_absent": _WITHHELD}
    return {"respondents": weights.len(), "weight": float(weights.sum()), "respondents_absent": None}


def _base(weights: pl.Series, hidden: bool) -> dict[str, object]:
    if hidden:
        return {"base": None, "base_weight": None, "base_squares": None, "base_absent": _WITHHELD}
    sums = {"base_weight": float(weights.sum()), "base_squares": float((weights**2).sum())}
    return {"base": weights.len(), **sums, "base_absent": None}


def withheld(counts: Counts, least: int) -> tuple[Marks, Marks]:
    """Which cells are not shown, and of which rows not even how many answered.

    A cell of fewer than `least`, but not of nobody, is not shown. So that it cannot be worked out from a sum,
    the cells not shown of a row, and those of a column, are always two or more, of `least` or more together.

    Parameters
    ----------
    counts : (g, a) respondents; the first row is everybody, the last column those without an answer.
    least : respondents.

    Returns
    -------
    (g, a) and (g,) marks.
    """
    answered = counts[:, :-1].sum(axis=1)
    alone = (answered > 0) & (answered < least)
    groups = np.arange(len(counts)) > 0
    if (alone & groups).sum() == 1 and (others := np.flatnonzero(groups & ~alone & (answered > 0))).size:
        # A single group could be worked out from everybody and the other groups.
        alone[others[answered[others].argmin()]] = True
    hidden = (counts > 0) & (counts < least)
    hidden[alone] = True
    while _more_in_rows(counts, hidden, least) or _more_in_columns(counts, hidden, least):
        pass
    return hidden, alone


def withheld_of_several(counts: Counts, sizes: Counts, least: int) -> tuple[Marks, Marks]:
    """As `withheld`, where one may choose several answers.

    Who did not choose an answer follows from who did, so each answer is withheld as a question of its own.

    Parameters
    ----------
    counts : (g, a) respondents; the first row is everybody, the last column those who chose none.
    sizes : (g,) all respondents of each group.
    least : respondents.
    """
    none = counts[:, -1]
    parts = [
        withheld(np.column_stack([chosen, sizes - none - chosen, none]), least) for chosen in counts.T[:-1]
    ]
    marks = np.stack([hidden for hidden, _ in parts])
    return np.column_stack([*marks[:, :, 0], marks[:, :, 2].any(axis=0)]), parts[0][1]


def _more_in_rows(counts: Counts, hidden: Marks, least: int) -> bool:
    """Mark one more cell of a row that needs it, in place; whether there was one."""
    return any(_more(counts[at, :-1], hidden[at, :-1], least) for at in range(len(counts)))


def _more_in_columns(counts: Counts, hidden: Marks, least: int) -> bool:
    """Mark one more cell of a column that needs it, in place, everybody's last; whether there was one."""
    if len(counts) == 1:
        return False
    return any(
        _more(counts[1:, at], hidden[1:, at], least, bool(hidden[0, at])) for at in range(counts.shape[1])
    )


def _more(counts: Counts, hidden: Marks, least: int, also: bool = False) -> bool:
    """Mark the smallest cell that is still shown, if those marked can be worked out; whether it was done."""
    marked = int(hidden.sum())
    if also:
        # Everybody's number is not shown; all groups' numbers together must not reveal it.
        safe = marked > 0 or not counts.any()
    else:
        safe = marked == 0 or (marked >= 2 and counts[hidden].sum() >= least)
    if safe or hidden.all():
        return False
    # Those that nobody gave say something only where there are no others.
    order = np.lexsort((counts, counts == 0))
    hidden[next(at for at in order if not hidden[at])] = True
    return True
