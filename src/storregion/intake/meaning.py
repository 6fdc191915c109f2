"""Words as values: what each word of a file means in a column of ours; what means nothing is a fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from storregion.core.errors import nearest
from storregion.core.table import FAULTS_SHOWN, Column, Schema, misfits
from storregion.intake.mapping import LEAVE_OUT, ZERO, Source
from storregion.intake.reading import Words

_NUMBER = r"^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
_ERROR = r"^#(N/A|DIV/0!|REF!|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|GETTING_DATA)$"
_DASHES = ("-", "\u2013", "\u2014", "\u2212")
_LONGEST = 60
# Beyond this, floating-point numbers skip whole ones.
_MOST = 2.0**53


@dataclass(frozen=True)
class Rules:
    """What holds for all columns: signs, the decimal sign, and values that columns may refer to.

    `reasons` says whether the file may hold the reasons for absent values.
    """

    signs: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."
    known: Mapping[tuple[str, str], pl.Series] = field(default_factory=dict)
    reasons: bool = True


@dataclass(frozen=True)
class Values:
    """The values of our columns, what the signs among them mean, which rows to leave out, and all faults."""

    frame: pl.DataFrame
    absent: Mapping[str, pl.Series]
    left_out: pl.Series
    faults: list[str]


def values(words: Words, columns: Mapping[str, Source], schema: Schema, rules: Rules) -> Values:
    """The words of a file as values of a table's columns.

    Parameters
    ----------
    words : the words of each column that is not a constant.
    columns : where each column comes from.
    schema : the table.
    rules : what holds for all columns.

    Returns
    -------
    Columns in the order of `columns`, of as many rows as the words; `absent` holds the reason for every row
    of the columns that have any. A value is null where its word means nothing, and that is a fault.
    """
    made, absent, faults = [], dict[str, pl.Series](), list[str]()
    left_out = pl.repeat(False, words.height, dtype=pl.Boolean, eager=True)
    for name, source in columns.items():
        if source.fixed is not None:
            given, where = pl.Series([source.fixed], dtype=pl.String), None
        else:
            given, where = words.frame[name], words
        typed = _typed(given, source, schema[name], rules)
        faults += _placed(typed, name, where)
        value = typed.value.alias(name)
        made.append(value if where else value.new_from_index(0, words.height))
        left_out |= (typed.sign == LEAVE_OUT).fill_null(value=False) if where else False
        reason = typed.sign.replace([LEAVE_OUT, ZERO], None)
        if where and reason.null_count() < reason.len():
            absent[name] = reason
    return Values(pl.DataFrame(made), absent, left_out, faults)


def spelled(words: pl.Series, source: Source) -> tuple[pl.Series, dict[str, str]]:
    """What words become by `take`, `words` and `digits`, and why some become nothing.

    Parameters
    ----------
    words : different words, none null.
    source : where they come from.

    Returns
    -------
    As many words, null where they become nothing; and for each of those the reason.
    """
    meant, faults = words, dict[str, str]()
    if source.take:
        meant = meant.str.extract(source.take, 1)
        reason = f"does not hold what take = {source.take!r} keeps"
        faults |= dict.fromkeys(words.filter(meant.is_null()), reason)
    if source.words:
        rest = meant if source.others else None
        becomes = meant.replace_strict(source.words, default=rest, return_dtype=pl.String)
        lost = meant.is_not_null() & becomes.is_null()
        faults |= {
            word: f"has no meaning under words; {nearest(kept, source.words)}"
            for word, kept in zip(words.filter(lost), meant.filter(lost), strict=True)
        }
        meant = becomes
    if source.digits:
        plain = meant.str.strip_suffix(".0")
        fits = plain.str.contains(rf"^[0-9]{{1,{source.digits}}}$")
        reason = f"is not a code of at most {source.digits} digits"
        faults |= dict.fromkeys(words.filter(meant.is_not_null() & ~fits), reason)
        meant = plain.zip_with(fits.fill_null(value=False), pl.Series([None], dtype=pl.String)).str.zfill(
            source.digits
        )
    return meant, faults


@dataclass(frozen=True)
class _Typed:
    """One column: its values, what its signs mean, the words as given, and why some mean nothing."""

    value: pl.Series
    sign: pl.Series
    given: pl.Series
    faults: Mapping[str | None, str]


def _typed(given: pl.Series, source: Source, column: Column, rules: Rules) -> _Typed:
    sign = pl.Series([None] * given.len(), dtype=pl.String)
    if column.numeric and rules.signs:
        sign = given.fill_null("").replace_strict(rules.signs, default=None, return_dtype=pl.String)
    faults: dict[str | None, str] = {}
    unique = given.filter(sign.is_null()).unique(maintain_order=True)
    if unique.null_count() and not column.optional:
        plain = "give a value, or a constant in the map"
        remedy = "say under signs what an empty cell means" if column.numeric else plain
        faults[None] = f"empty; {remedy}"
    words = unique.drop_nulls()
    meant, wrong = spelled(words, source)
    faults.update(wrong)
    value = meant
    if column.numeric:
        value = _numbers(meant, rules.decimal, whole=column.dtype == pl.Int64)
        lost = meant.is_not_null() & value.is_null()
        faults |= {
            word: _not_number(kept, rules.decimal, whole=column.dtype == pl.Int64)
            for word, kept in zip(words.filter(lost), meant.filter(lost), strict=True)
        }
    value = value.cast(column.dtype)
    for at, what in misfits(column, value, rules.known).items():
        faults.setdefault(words[at], _misfit(words[at], meant[at], what, column, rules))
    faults |= _without_value(words.filter(~words.is_in(list(source.words))))
    if not rules.reasons or column.absent is None:
        faults |= _nowhere(given, sign, column)
    typed = (
        given.replace_strict(words, value, default=None, return_dtype=column.dtype) if words.len() else None
    )
    typed = pl.Series([None] * given.len(), dtype=column.dtype) if typed is None else typed
    zero = (sign == ZERO).fill_null(value=False)
    if zero.any():
        typed = pl.select(pl.when(zero).then(pl.lit(0, column.dtype)).otherwise(typed)).to_series()
    return _Typed(typed, sign, given, faults)


def _without_value(words: pl.Series) -> dict[str | None, str]:
    """Words that a spreadsheet leaves where there is no value; they mean nothing in any column."""
    errors = words.filter(words.str.contains(_ERROR))
    said = "is an error of the spreadsheet, not a value; correct the cell, or say under signs what it means"
    formulas = words.filter(words.str.starts_with("="))
    never = "is a formula without its value; open the workbook, calculate and save it, or paste the values"
    return {**dict.fromkeys(errors, said), **dict.fromkeys(formulas, never)}


def _numbers(words: pl.Series, decimal: str, *, whole: bool) -> pl.Series:
    """Words as numbers, null where they are not."""
    plain = words.str.replace_all("\u2212", "-", literal=True)
    if decimal == ",":
        plain = plain.str.replace_all(".", "?", literal=True).str.replace_all(",", ".", literal=True)
    fits = plain.str.contains(_NUMBER).fill_null(value=False)
    number = plain.zip_with(fits, pl.Series([None], dtype=pl.String)).cast(pl.Float64)
    sound = number.is_finite()
    if whole:
        sound &= (number == number.floor()) & (number.abs() <= _MOST)
    return number.zip_with(sound.fill_null(value=False), pl.Series([None], dtype=pl.Float64))


def _not_number(word: str, decimal: str, *, whole: bool) -> str:
    """Why a word is not a number, and what to do."""
    one, other = pl.Series([word]), "." if decimal == "," else ","
    if whole and _numbers(one, decimal, whole=False).is_not_null().all():
        return "is not a whole number"
    if word in _DASHES:
        return "is a dash, which may be zero or no value; say under signs what it means"
    if one.str.contains(r"^[0-9]{1,3}([\s.,][0-9]{3})+$").all() and not word.isdigit():
        return "is not a number; write it without spaces or signs between the thousands"
    if _numbers(one, other, whole=False).is_not_null().all():
        return f"is not a number with the decimal sign {decimal!r}; the map can say decimal = {other!r}"
    return "is not a number; if it is a sign for no value, say under signs what it means"


def _misfit(word: str, meant: str, what: str, column: Column, rules: Rules) -> str:
    """What is wrong with the value of a word; where it is nearly a known code, what to do."""
    said = what if word == meant else f"becomes {meant!r}, which {what}"
    codes = rules.known.get(column.refers) if column.refers else None
    if codes is None or column.numeric:
        return said
    plain = meant.removesuffix(".0")
    for code in codes:
        if code != meant and code.lstrip("0") == plain:
            return f"is a number, which has lost the zeros a code begins with; write digits = {len(code)}"
        if meant.startswith(f"{code} "):
            return f"has words behind the code; write take = '^(\\d{{{len(code)}}})'"
    return f"{said}; take totals and other areas out of the file"


def _nowhere(given: pl.Series, sign: pl.Series, column: Column) -> dict[str | None, str]:
    """The signs that give a reason for which the table has no place."""
    reasoned = given.filter(sign.is_not_null() & ~sign.is_in([LEAVE_OUT, ZERO]))
    reason = f"is a sign, but {column.name} has no place for a reason; write {LEAVE_OUT} for it under signs"
    return dict.fromkeys(reasoned.unique(maintain_order=True), reason)


def _placed(typed: _Typed, name: str, words: Words | None) -> Iterator[str]:
    """A line for every word that means nothing, with the places where it stands."""
    for number, (word, why) in enumerate(typed.faults.items()):
        if number == FAULTS_SHOWN:
            yield f"… and {len(typed.faults) - number} other words for {name} that mean nothing"
            return
        said = why if word is None and why.startswith("empty") else f"{(word or '')[:_LONGEST]!r} {why}"
        if words is None:
            yield f"{name}: the constant {said}"
            continue
        here = typed.given.is_null() if word is None else (typed.given == word).fill_null(value=False)
        yield f"{words.places[name].of(words.frame.filter(here))}: {said}"
