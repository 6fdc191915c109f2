"""How good the suggestions are, measured on statements that people have labelled, and kept for the pages.

The labelled statements need not be in the group's folder; what was measured on them is, with the fingerprint
of the words and the method, so that a page can tell when it no longer applies.
"""

import csv
import datetime
import hashlib
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from storregion import settings
from storregion.errors import CallError, DataError, SettingError, nearest
from storregion.strategy import editions, kept, plans, suggestions
from storregion.strategy.editions import Edition
from storregion.strategy.suggestions import Index

STORED = "suggestions_evaluation.json"
COLUMNS = ("id", "source", "text", "labels", "also")
LARGEST_LABELLED = 2**24
_Z = 1.959964
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


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the suggestions did for one focus area."""

    precision: Share
    recall: Share


class Evaluation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured, on what, when: `strategy/suggestions_evaluation.json`.

    `ranking` counts an area as right when it is among a statement's labels, `lenient` also when it is only
    touched on. `without_subject_words` and `plain` are the same for the adopted words alone, with and without
    stems and compounds. `left_out` ranks each statement without the subject words that no other statement
    has, as if none had been chosen with it in mind; that is too hard a test. `seen` says whether who chose
    the words had read the statements: then `ranking` may be too good for plans not yet read. `precision` and
    `recall` are of all suggestions made, at most two a statement, against the labels. `silent` is the share
    without any suggestion of the statements that no area fits. Nothing was fitted, so nothing is
    cross-validated.
    """

    date: datetime.date
    edition: int
    fingerprint: str
    data: str
    statements: int
    seen: bool
    ranking: Ranking
    lenient: Ranking
    left_out: Ranking
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
    """A statement with the elements it is about (`labels`) and those it only touches on (`also`)."""

    text: str
    labels: frozenset[str]
    also: frozenset[str]


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


def told(found: Evaluation | None, ready: Index) -> str:
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
    first, unseen, mean = found.ranking.first, found.left_out.first, found.ranking.average_precision
    line = (
        f"Measured {found.date} on {found.statements} labelled statements: the first suggestion is right for "
        f"{first.hits} of {first.of} that have an area ({_interval(first)}), mean average precision "
        f"{mean.value:.2f} ({mean.low:.2f}–{mean.high:.2f}); of all suggestions {_interval(found.precision)} "
        f"are right, of all labels {_interval(found.recall)} are found."
    )
    if found.seen:
        line += (
            " Who chose the subject words had read these statements, so other plans may fare worse: without "
            f"the words that only one statement has, {unseen.hits} of {unseen.of} ({_interval(unseen)})."
        )
    return line + " A person decides on every link."


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
    reader = csv.reader(io.StringIO(settings.text(path, LARGEST_LABELLED)), delimiter="\t")
    rows = list(reader)
    if not rows or tuple(rows[0]) != COLUMNS:
        raise DataError(f"{path}: the header must be {', '.join(COLUMNS)}, parted by tabs")
    names = list(edition.focus)
    found = []
    for number, row in enumerate(rows[1:], 2):
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
        found.append(Labelled(row[2], labels, also - labels))
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
        left_out=_ranking(_left_out(ready, set(bare.rows), texts), ready.elements, strict),
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
    precisions, first = [], 0
    for row, labels in zip(scores, right, strict=True):
        if labels:
            order = [elements[at] for at in np.argsort(-row, kind="stable").tolist() if row[at] > 0]
            precisions.append(average_precision(order, labels))
            first += order[:1] != [] and order[0] in labels
    return Ranking(share(first, len(precisions)), _mean(precisions))


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
    """A share with Wilson's 95 per cent interval (Wilson 1927).

    Parameters
    ----------
    hits, of : how many of how many.
    """
    if of == 0:
        return Share(hits, of, None, None, None)
    p, z2 = hits / of, _Z**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return Share(hits, of, round(p, 4), round(max(middle - half, 0), 4), round(min(middle + half, 1), 4))


def _mean(values: Sequence[float]) -> Mean:
    """A mean with the 95 per cent percentile interval of 10 000 resamples, of a fixed seed."""
    array = np.array(values)
    draws = np.random.default_rng(_SEED).integers(0, len(array), (_RESAMPLES, len(array)))
    low, high = np.quantile(array[draws].mean(axis=1), (0.025, 0.975))
    return Mean(len(array), round(float(array.mean()), 4), round(float(low), 4), round(float(high), 4))


def _left_out(ready: Index, adopted: set[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """Scores of each text without the subject words that no other text has."""
    terms = [ready.terms(text).keys() for text in texts]
    having = Counter(term for one in terms for term in one)
    scores = np.zeros((len(texts), len(ready.elements)))
    for at, one in enumerate(terms):
        for term in one:
            if having[term] > 1 or term in adopted:
                scores[at] += ready.weights[ready.rows[term]]
    return scores


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
