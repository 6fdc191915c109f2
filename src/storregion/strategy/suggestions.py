"""Suggested focus areas for the statements of a plan. The machine suggests; only a person makes a link.

Each focus area of the latest edition is one document: its adopted words, its label and its subject words. A
statement is the query, scored by BM25 over stems (Robertson and Zaragoza 2009). The scores depend on nothing
but the strategy and the subject words, so a statement keeps its suggestions whichever plans are there.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import settings
from storregion.core.errors import CallError, SettingError, nearest
from storregion.core.group import RegionGroup
from storregion.strategy import editions, plans, stems
from storregion.strategy.documents import Identifier
from storregion.strategy.editions import Edition, Strategy

SUBJECT_WORDS = "subject_words.toml"
MOST_SUGGESTIONS = 2
SATURATION, LENGTH = 1.2, 0.3
"""BM25's k1 and b. An area's length is how many subject words it was given, so it counts little."""

# Sentences whose stems and parts show whether words are still handled as they were when it was measured.
_PROBE = (
    "Bredbandsutbyggnaden och forsknings- och innovationsmiljöerna i de storregionala nodstäderna.",
    "Elnätens kapacitet, godstransporternas tillgänglighet och e-tjänster för arbetspendlingen.",
    "Stationsnära bostadsbebyggelse, laddinfrastruktur samt gång- och cykelvägar ska byggas ut.",
)


class SubjectWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that speak for each focus area of one edition: `strategy/subject_words.toml`.

    `ignored` are words that tell no area apart; they still help to know the parts of compounds.
    """

    edition: int
    focus: dict[Identifier, tuple[str, ...]]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A focus area that a statement may be about, by address, how strongly, and the words that say so."""

    element: str
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class Suggested:
    """A statement of a plan and at most two suggestions, the strongest first; none where no word tells."""

    statement: plans.Statement
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class Index:
    """The focus areas made ready for suggestions.

    `weights` has a row per stem or phrase of `rows` and a column per element: what the stem adds to the
    area's score. `fingerprint` changes when a weight does, or how words are cut to stems.
    """

    elements: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.float64]
    known: frozenset[str]
    _seen: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that the suggestions rest on."""
        rows = {term: [round(float(w), 6) for w in self.weights[row]] for term, row in self.rows.items()}
        probe = [sorted(self.terms(sentence)) for sentence in _PROBE]
        words = json.dumps([self.elements, rows, probe], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(words.encode()).hexdigest()

    def terms(self, text: str) -> dict[str, str]:
        """The stems and phrases of a text that an area knows, each with the text's own word for it."""
        found: dict[str, str] = {}
        before, word_before = "", ""
        for word in stems.words(text):
            seen = self._seen.get(word)
            if seen is None:
                seen = self._seen[word] = self._handled(word)
            whole, known = seen
            if not whole:
                continue
            for term in known:
                found.setdefault(term, word)
            if (phrase := f"{before} {whole}") in self.rows:
                found.setdefault(phrase, f"{word_before} {word}")
            before, word_before = whole, word
        return found

    def _handled(self, word: str) -> tuple[str, tuple[str, ...]]:
        """A word's stem, none of a function word; and that stem, or else those of its parts, if known."""
        if word in stems.FUNCTION_WORDS:
            return "", ()
        bare = word.rstrip("-")
        whole = stems.stem(bare)
        cut = (whole,) if whole in self.known else stems.parts(bare, self.known)
        return whole, tuple(term for term in cut if term in self.rows)

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The BM25 score of every text (row) for every element (column); 0 where no word tells."""
        return self.scored([self.terms(text) for text in texts])

    def scored(self, terms: Sequence[Mapping[str, str]]) -> NDArray[np.float64]:
        """The same of texts whose terms are known."""
        rows = np.array([self.rows[term] for one in terms for term in one], dtype=np.int64)
        at = np.repeat(np.arange(len(terms)), [len(one) for one in terms])
        scores = np.zeros((len(terms), len(self.elements)))
        for area in range(len(self.elements) if len(rows) else 0):
            scores[:, area] = np.bincount(at, self.weights[rows, area], minlength=len(terms))
        return scores

    def suggest(self, texts: Sequence[str]) -> list[tuple[Suggestion, ...]]:
        """At most two suggestions for every text, the strongest first; equals in the edition's order."""
        terms = [self.terms(text) for text in texts]
        scores = self.scored(terms)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :MOST_SUGGESTIONS]
        return [
            tuple(
                Suggestion(self.elements[area], score, self._because(one, area))
                for area in places
                if (score := row[area]) > 0
            )
            for one, places, row in zip(terms, order.tolist(), scores.tolist(), strict=True)
        ]

    def _because(self, terms: Mapping[str, str], area: int) -> tuple[str, ...]:
        """The words of a text that speak for an area, the strongest first."""
        weights: dict[str, float] = {}
        for term, word in terms.items():
            weights[word] = weights.get(word, 0.0) + float(self.weights[self.rows[term], area])
        strongest = sorted(weights, key=lambda word: -weights[word])
        return tuple(word for word in strongest if weights[word] > 0)


def index(folder: Path, strategy: Strategy | None = None) -> Index:
    """Make the focus areas of the latest edition ready for suggestions.

    Parameters
    ----------
    folder : the group's folder, with `strategy/subject_words.toml` in it.
    strategy : its strategy; read from the folder when None.

    Raises
    ------
    CallError
        The group has no edition with focus areas, or no subject words.
    SettingError
        The subject words are of another edition than the latest, name an area that it has not, or hold an
        entry without a word in it, twice in one area, or both in an area and among the ignored.
    """
    return weighted(*vocabulary(folder, editions.read(folder) if strategy is None else strategy))


def vocabulary(folder: Path, strategy: Strategy) -> tuple[dict[str, list[str]], set[str]]:
    """The terms that speak for each element, subject words included, and the stems that tell none apart.

    Parameters
    ----------
    folder, strategy : as for `index`, which raises the same.
    """
    edition = _latest(folder, strategy)
    path = folder / "strategy" / SUBJECT_WORDS
    if not path.is_file():
        raise CallError(f"{path} does not exist; without subject words nothing is suggested")
    chosen = settings.read(path, SubjectWords)
    _fits(chosen, edition, path)
    return _terms(folder, edition, chosen)


def adopted(folder: Path, strategy: Strategy) -> Index:
    """The index of the adopted words and labels alone: what subject words are measured against.

    Parameters
    ----------
    folder : the group's folder.
    strategy : the group's strategy.
    """
    edition = _latest(folder, strategy)
    return weighted(*_terms(folder, edition, SubjectWords(edition.year, {})))


def _latest(folder: Path, strategy: Strategy) -> Edition:
    if strategy.latest is None or not strategy.latest.focus:
        raise CallError(f"{folder}: the strategy has no latest edition with focus areas; add one")
    return strategy.latest


def _terms(folder: Path, edition: Edition, chosen: SubjectWords) -> tuple[dict[str, list[str]], set[str]]:
    group = RegionGroup.read(folder)
    # The group's own name says where, not what.
    ignored = {_entry(word) for word in (*chosen.ignored, *stems.words(f"{group.name.sv} {group.short.sv}"))}
    areas = {}
    for name, focus in edition.focus.items():
        words = {
            stems.stem(word.rstrip("-"))
            for word in stems.words(f"{focus.words.text} {focus.label.sv}")
            if word not in stems.FUNCTION_WORDS
        }
        areas[f"{edition.year}/{name}"] = sorted(
            words - ignored | set(map(_entry, chosen.focus.get(name, ())))
        )
    return areas, ignored


def weighted(
    areas: Mapping[str, Sequence[str]],
    ignored: Sequence[str] | set[str] = (),
    saturation: float = SATURATION,
    length: float = LENGTH,
) -> Index:
    """The index of areas given by their terms.

    Parameters
    ----------
    areas : the stems and phrases of each element; one that stands twice counts twice.
    ignored : stems that tell no area apart but may be parts of compounds.
    saturation, length : BM25's k1 and b.
    """
    counts = [Counter(terms) for terms in areas.values()]
    lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)
    vocabulary = sorted({term for count in counts for term in count})
    tf = np.array([[count[term] for count in counts] for term in vocabulary], dtype=np.float64)
    tf = tf.reshape(len(vocabulary), len(counts))
    holding = (tf > 0).sum(axis=1)
    idf = np.log(1 + (len(counts) - holding + 0.5) / (holding + 0.5))
    norm = saturation * (1 - length + length * lengths / max(lengths.mean(), 1.0))
    weights = idf[:, None] * tf * (saturation + 1) / (tf + norm[None, :])
    rows = {term: row for row, term in enumerate(vocabulary)}
    single = {term for term in vocabulary if " " not in term}
    return Index(tuple(areas), rows, weights, frozenset(single | set(ignored)))


def suggested(folder: Path, plan: plans.Plan, ready: Index | None = None) -> list[Suggested]:
    """Suggestions for every statement of a plan, in the plan's order.

    Parameters
    ----------
    folder : the group's folder.
    plan : one of `plans.read(folder)`.
    ready : the `index` of the group, to make it once for many plans; made when None.
    """
    ready = index(folder) if ready is None else ready
    found = ready.suggest([statement.text for statement in plan.statements])
    return [Suggested(*pair) for pair in zip(plan.statements, found, strict=True)]


def table(plan: plans.Plan, found: Sequence[Suggested]) -> pl.DataFrame:
    """Suggestions as rows, a statement each, the columns of a second suggestion empty where there is none.

    Parameters
    ----------
    plan : the plan that the statements are of.
    found : its statements with their suggestions.
    """
    rows = []
    for one in found:
        row: dict[str, str | int | float | None] = {
            "document": plan.document,
            "page": one.statement.page,
            "number": one.statement.number,
            "statement": one.statement.id,
            "quote": one.statement.text,
        }
        for place in range(MOST_SUGGESTIONS):
            hint = one.suggestions[place] if place < len(one.suggestions) else None
            row[f"area_{place + 1}"] = hint.element if hint else None
            row[f"score_{place + 1}"] = round(hint.score, 4) if hint else None
            row[f"because_{place + 1}"] = ", ".join(hint.because) if hint else None
        rows.append(row)
    kinds = {"area": pl.String, "score": pl.Float64, "because": pl.String}
    typed = {f"{name}_{at + 1}": kind for at in range(MOST_SUGGESTIONS) for name, kind in kinds.items()}
    return pl.DataFrame(rows, schema_overrides=typed, infer_schema_length=None)


def _entry(entry: str) -> str:
    """An entry of the subject words as a term: its stems side by side."""
    words = (word.rstrip("-") for word in stems.words(entry))
    return " ".join(stems.stem(word) for word in words)


def _fits(chosen: SubjectWords, edition: Edition, path: Path) -> None:
    if chosen.edition != edition.year:
        raise SettingError(
            f"{path} holds words for the edition of {chosen.edition}, the latest is of {edition.year}; go "
            "through the words and set the year"
        )
    ignored = {_entry(entry): entry for entry in chosen.ignored}
    faults = []
    for name, entries in chosen.focus.items():
        if name not in edition.focus:
            hint = nearest(name, edition.focus)
            raise SettingError(f"{path}: the edition of {edition.year} has no focus area {name!r}; {hint}")
        faults += [f"{name}: {entry!r} {fault}" for entry, fault in _faulty(entries, ignored)]
    if faults:
        raise SettingError("\n  ".join([f"{path} holds entries that cannot be used:", *faults]))


def _faulty(entries: Sequence[str], ignored: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Entries that cannot do what they are there for, and why."""
    seen: dict[str, str] = {}
    for entry in entries:
        term = _entry(entry)
        if not term or len(term.split()) > 2 or re.search(r"\d", entry):
            yield entry, "is not a word or two words side by side"
        if term in seen:
            yield entry, f"has the same stem as {seen[term]!r}; one of them is enough"
        if term in ignored:
            yield entry, f"has the same stem as {ignored[term]!r} in 'ignored'; choose"
        seen[term] = entry
