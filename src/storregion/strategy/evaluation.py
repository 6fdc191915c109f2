"""How good the suggestions are, measured on labelled statements, and kept for the pages.

The labelled statements need not be in the group's folder; what was measured on them is, with the fingerprint
of the words and the method, so that a page can tell when it no longer applies.
"""

import datetime
import hashlib
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from storregion.core import csv_rows, settings
from storregion.core.errors import CallError, DataError, SettingError, nearest
from storregion.strategy import editions, kept, plans, suggestions
from storregion.strategy.editions import Edition, Strategy
from storregion.strategy.suggestions import LENGTH, SATURATION, Index
from storregion.strategy.trend import wilson

STORED = "suggestions_evaluation.json"
COLUMNS = ("id", "source", "text", "labels", "also")
LARGEST_LABELLED = 2**24
SATURATIONS, LENGTHS = (SATURATION, 0.6, 2.0), (LENGTH, 0.0, 0.75)
"""The values of BM25's k1 and b that cross-validation chooses among, those in use first."""
_SEED, _RESAMPLES = 20250918, 10_000


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a whole, with Wilson's 95 per cent interval; nothing of nothing has no value."""

    hits: int
    of: int
    value: float | None
    low: float | None
    high: float | None


class Mean(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mean over statements, with the bootstrap's 95 per cent interval."""

    of: int
    value: float
    low: float
    high: float


class Ranking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the areas were ranked for the statements that have one.

    `first` is the share whose strongest suggestion is right (precision at 1), `average_precision` the mean of
    average precision (MAP) over the whole ranking.
    """

    first: Share
    average_precision: Mean


class CrossValidated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How suggestions fare on a source that nothing was fitted on: each of `sources` was held out once.

    Held out, a source's statements have no say in k1 and b, chosen anew by the mean average precision on the
    others; and the subject words that only they hold are taken out, as if each had been chosen with them in
    mind. `precision` and `recall` are of all suggestions made, at most two a statement.
    """

    sources: int
    ranking: Ranking
    precision: Share
    recall: Share


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the suggestions did for one focus area."""

    precision: Share
    recall: Share


class Evaluation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured, on what, when: `strategy/suggestions_evaluation.json`.

    `ranking` counts an area as right when it is among a statement's labels, `lenient` also when it is only
    touched on. `without_subject_words` and `plain` are the same for the adopted words alone, with and without
    stems and compounds. `cross_validated` is the same for sources held out, None where all statements are of
    one source. `seen` says whether who chose the words had read the statements: then `ranking` is too good
    for plans not yet read. `precision` and `recall` are of all suggestions made, at most two a statement,
    against the labels. `silent` is the share without any suggestion of the statements that no area fits.
    """

    date: datetime.date
    edition: int
    fingerprint: str
    data: str
    statements: int
    seen: bool
    ranking: Ranking
    lenient: Ranking
    cross_validated: CrossValidated | None
    without_subject_words: Ranking
    plain: Ranking
    precision: Share
    recall: Share
    silent: Share
    areas: dict[str, Area]

    def applies(self, ready: Index) -> bool:
        """Whether words and method still are those that were measured."""
        return self.fingerprint == ready.fingerprint


@dataclass(frozen=True)
class Labelled:
    """A statement with the elements it is about (`labels`), those it only touches on (`also`), its source."""

    text: str
    labels: frozenset[str]
    also: frozenset[str]
    source: str


def read(folder: Path) -> Evaluation | None:
    """Read what was measured; None when nothing was.

    Parameters
    ----------
    folder : the group's folder.
    """
    path = folder / "strategy" / STORED
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(settings.text(path, settings.LARGEST_SETTINGS), type=Evaluation)
    except msgspec.DecodeError as error:
        raise SettingError(f"{path}: {error}; measure anew with: storregion plan evaluate") from None


def check(folder: Path) -> None:
    """Read all plans, the subject words and what was measured; raise at the first fault.

    Parameters
    ----------
    folder : the group's folder; it need not have any of them.
    """
    plans.read(folder)
    if (folder / "strategy" / suggestions.SUBJECT_WORDS).is_file():
        suggestions.index(folder)
    read(folder)


def written(found: Evaluation) -> bytes:
    """An evaluation as the bytes of its file."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def keep(folder: Path, found: Evaluation) -> None:
    """Write an evaluation into the group's folder, in place of an earlier one.

    Parameters
    ----------
    folder : the group's folder.
    found : what was measured.
    """
    kept.write(folder / "strategy" / STORED, written(found))


def summary(found: Evaluation | None, ready: Index) -> str:
    """What was measured, in one English line; or that nothing was, or that it no longer applies.

    Parameters
    ----------
    found : what `read` gave.
    ready : the index that the suggestions come from.
    """
    if found is None:
        return "How good the suggestions are has not been measured. A person decides on every link."
    if not found.applies(ready):
        return (
            f"The suggestions have changed since they were measured on {found.date}: how good they are is "
            "not known. A person decides on every link."
        )
    first, mean = found.ranking.first, found.ranking.average_precision
    line = f"Measured {found.date} on {found.statements} labelled statements. "
    if found.cross_validated is None:
        line += "All are of one source, so nothing could be cross-validated. "
    else:
        line += _crossed(found.cross_validated)
    line += (
        f"With all words and nothing held out, the first suggestion is right for {first.hits} of "
        f"{first.of} that have an area ({_interval(first)}), mean average precision {mean.value:.2f} "
        f"({mean.low:.2f}–{mean.high:.2f})"
    )
    if found.seen:
        line += "; who chose the subject words had read these statements, so other plans fare worse"
    return line + ". A person decides on every link."


def _crossed(found: CrossValidated) -> str:
    first, mean = found.ranking.first, found.ranking.average_precision
    return (
        f"Cross-validated, each of {found.sources} sources held out once: the first suggestion is right for "
        f"{first.hits} of {first.of} that have an area ({_interval(first)}), mean average precision "
        f"{mean.value:.2f} ({mean.low:.2f}–{mean.high:.2f}); of all suggestions {_interval(found.precision)} "
        f"are right, of all labels {_interval(found.recall)} are found. "
    )


def _interval(part: Share) -> str:
    if part.value is None or part.low is None or part.high is None:
        return "none to judge by"
    return f"{part.value:.2f}, 95 % interval {part.low:.2f}–{part.high:.2f}"


def labelled(path: Path, edition: Edition) -> list[Labelled]:
    """Read labelled statements: tab-separated, with the columns id, source, text, labels and also.

    Parameters
    ----------
    path : the file; labels are focus areas by name or by place in the edition (1 is the first), with commas.
    edition : what the labels mean.
    """
    lines = io.StringIO(settings.text(path, LARGEST_LABELLED), newline="")
    try:
        rows = list(csv_rows.rows(lines, "\t"))
    except csv_rows.BrokenRowError as error:
        raise DataError(f"{path}: {error}") from None
    if not rows or tuple(rows[0][1]) != COLUMNS:
        raise DataError(f"{path}: the header must be {', '.join(COLUMNS)}, parted by tabs")
    names = list(edition.focus)
    found = []
    for number, row in rows[1:]:
        if len(row) != len(COLUMNS) or not row[2].strip():
            raise DataError(
                f"{path}: row {number} has not the {len(COLUMNS)} cells of the header, or no text"
            )
        labels, also = (
            frozenset(
                f"{edition.year}/{_area(word.strip(), names, path, number)}" for word in cell.split(",")
            )
            if cell.strip()
            else frozenset[str]()
            for cell in row[3:]
        )
        found.append(Labelled(row[2], labels, also - labels, row[1].strip()))
    return found


def _area(word: str, names: Sequence[str], path: Path, number: int) -> str:
    if word.isdecimal() and 1 <= int(word) <= len(names):
        return names[int(word) - 1]
    if word not in names:
        raise DataError(f"{path}: row {number}: there is no focus area {word!r}; {nearest(word, names)}")
    return word


def measured(folder: Path, path: Path, *, seen: bool = True, date: datetime.date | None = None) -> Evaluation:
    """Measure the suggestions of a group on labelled statements.

    Parameters
    ----------
    folder : the group's folder.
    path : the labelled statements.
    seen : whether who chose the subject words had read the statements.
    date : the day of measuring; today when None.
    """
    strategy = editions.read(folder)
    ready = suggestions.index(folder, strategy)
    edition = strategy.latest
    if edition is None:
        raise CallError(f"{folder}: the strategy has no edition")
    data = labelled(path, edition)
    if not any(one.labels for one in data):
        raise DataError(f"{path}: no statement has a label; nothing can be measured")
    texts = [one.text for one in data]
    made = [{found.element for found in row} for row in ready.suggest(texts)]
    scores = ready.scores(texts)
    strict = [one.labels for one in data]
    lenient = [one.labels | one.also for one in data]
    none = [not row for row, right in zip(made, lenient, strict=True) if not right]
    hits = sum(len(row & right) for row, right in zip(made, strict, strict=True))
    bare = suggestions.adopted(folder, strategy)
    return Evaluation(
        date=date or datetime.datetime.now(datetime.UTC).date(),
        edition=edition.year,
        fingerprint=ready.fingerprint,
        data=hashlib.sha256(path.read_bytes()).hexdigest(),
        statements=len(data),
        seen=seen,
        ranking=_ranking(scores, ready.elements, strict),
        lenient=_ranking(scores, ready.elements, lenient),
        cross_validated=_cross_validated(folder, strategy, data),
        without_subject_words=_ranking(bare.scores(texts), bare.elements, strict),
        plain=_ranking(_plain(edition, texts), ready.elements, strict),
        precision=share(hits, sum(map(len, made))),
        recall=share(hits, sum(map(len, strict))),
        silent=share(sum(none), len(none)),
        areas={element: _of_area(element, made, strict) for element in ready.elements},
    )


def _of_area(element: str, made: Sequence[set[str]], right: Sequence[frozenset[str]]) -> Area:
    both = sum(element in row and element in labels for row, labels in zip(made, right, strict=True))
    return Area(
        share(both, sum(element in row for row in made)), share(both, sum(element in one for one in right))
    )


def _ranking(
    scores: NDArray[np.float64], elements: Sequence[str], right: Sequence[frozenset[str]]
) -> Ranking:
    """How well rows of scores put the right elements first; statements without any are left out."""
    firsts = [
        elements[int(row.argmax())] in labels and row.max() > 0
        for row, labels in zip(scores, right, strict=True)
        if labels
    ]
    return Ranking(share(sum(map(bool, firsts)), len(firsts)), _mean(_precisions(scores, elements, right)))


def _precisions(
    scores: NDArray[np.float64], elements: Sequence[str], right: Sequence[frozenset[str]]
) -> list[float]:
    """The average precision of every row that has a right element; equals in the edition's order."""
    return [
        average_precision(
            [elements[at] for at in np.argsort(-row, kind="stable").tolist() if row[at] > 0], labels
        )
        for row, labels in zip(scores, right, strict=True)
        if labels
    ]


def average_precision(order: Sequence[str], right: frozenset[str]) -> float:
    """The mean, over what is right, of the precision at its place; 0 for what was not found.

    Parameters
    ----------
    order : what was found, the strongest first.
    right : what should have been; not empty.
    """
    hits = [place for place, found in enumerate(order, 1) if found in right]
    return sum(number / place for number, place in enumerate(hits, 1)) / len(right)


def share(hits: int, of: int) -> Share:
    """A share with Wilson's 95 per cent interval, four decimals; nothing of nothing has none.

    Parameters
    ----------
    hits, of : how many of how many.
    """
    if of == 0:
        return Share(hits, of, None, None, None)
    limits = wilson(hits, of)
    return Share(hits, of, round(hits / of, 4), round(limits.low, 4), round(limits.high, 4))


def _mean(values: Sequence[float]) -> Mean:
    """A mean with the 95 per cent percentile interval of 10 000 resamples, of a fixed seed."""
    array = np.array(values)
    draws = np.random.default_rng(_SEED).integers(0, len(array), (_RESAMPLES, len(array)))
    low, high = np.quantile(array[draws].mean(axis=1), (0.025, 0.975))
    return Mean(len(array), round(float(array.mean()), 4), round(float(low), 4), round(float(high), 4))


def _cross_validated(folder: Path, strategy: Strategy, data: Sequence[Labelled]) -> CrossValidated | None:
    """Scores and suggestions for the statements of each source, made without it; see `CrossValidated`."""
    sources = list(dict.fromkeys(one.source for one in data))
    if len(sources) < 2:
        return None
    held: list[Labelled] = []
    rows: list[NDArray[np.float64]] = []
    made: list[set[str]] = []
    elements: tuple[str, ...] = ()
    for source in sources:
        own = [one for one in data if one.source == source]
        ready = _fitted(folder, strategy, own, [one for one in data if one.source != source])
        texts = [one.text for one in own]
        held += own
        rows.append(ready.scores(texts))
        made += [{found.element for found in row} for row in ready.suggest(texts)]
        elements = ready.elements
    right = [one.labels for one in held]
    hits = sum(len(row & labels) for row, labels in zip(made, right, strict=True))
    return CrossValidated(
        len(sources),
        _ranking(np.concatenate(rows), elements, right),
        share(hits, sum(map(len, made))),
        share(hits, sum(map(len, right))),
    )


def _fitted(folder: Path, strategy: Strategy, own: Sequence[Labelled], others: Sequence[Labelled]) -> Index:
    """The index without the subject words that only `own` has, with the k1 and b that suit `others` best."""
    areas, ignored = suggestions.vocabulary(folder, strategy)
    whole, adopted = suggestions.weighted(areas, ignored), suggestions.adopted(folder, strategy).rows
    kept = {term for one in others for term in whole.terms(one.text)} | set(adopted)
    gone = {term for one in own for term in whole.terms(one.text)} - kept
    left = {element: [term for term in terms if term not in gone] for element, terms in areas.items()}
    base = suggestions.weighted(left, ignored)
    labelled = [one for one in others if one.labels]
    terms = [base.terms(one.text) for one in labelled]
    right = [one.labels for one in labelled]

    def candidates() -> Iterator[Index]:
        for saturation, length in itertools.product(SATURATIONS, LENGTHS):
            yield replace(base, weights=suggestions.weighted(left, ignored, saturation, length).weights)

    return max(candidates(), key=lambda one: sum(_precisions(one.scored(terms), one.elements, right)))


def _plain(edition: Edition, texts: Sequence[str]) -> NDArray[np.float64]:
    """Scores of BM25 on the adopted words as they are written: no stems, compounds or subject words."""

    def tokens(text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())

    areas = {name: tokens(focus.words.text) for name, focus in edition.focus.items()}
    bare = suggestions.weighted(areas)
    scores = np.zeros((len(texts), len(areas)))
    for at, text in enumerate(texts):
        for word in set(tokens(text)) & bare.rows.keys():
            scores[at] += bare.weights[bare.rows[word]]
    return scores
