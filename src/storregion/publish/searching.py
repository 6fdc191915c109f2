"""Search: what the words of a query find, with å, ä, ö folded and typing errors forgiven.

`assets/search.js` follows the same rules in the browser, for a portal without a server.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from storregion.core.language import alphabetical
from storregion.publish.parts import Findable

LONGEST_QUERY, MOST_WORDS, MOST_FOUND = 80, 6, 40
_EXACT, _START, _INSIDE, _TYPO = 4.0, 3.0, 2.0, 1.0
_ALSO, _ALIKE, _CONTEXT = 0.9, 0.7, 0.5
"""How much a word counts that is not of the name, another word for the same, and one of what it is about."""
_ENDING = 3
"""The most letters of an ending."""
_WORDS = Path(__file__).with_name("words") / "search.toml"


class Hits(NamedTuple):
    """What a query finds, the best first, and whether that has every word of the query."""

    found: list[Findable]
    whole: bool


@cache
def alike() -> dict[str, tuple[str, ...]]:
    """The other words for the same, by word, all folded."""
    groups = [tuple(folded(word) for word in group) for group in _read("alike")]
    return {word: tuple(it for it in group if it != word) for group in groups for word in group}


@cache
def small_words() -> frozenset[str]:
    """Words that say nothing of what is looked for, folded."""
    return frozenset(folded(word) for word in _read("small"))


def _read(name: str) -> list[Any]:
    found: list[Any] = tomllib.loads(_WORDS.read_text("utf-8"))[name]
    return found


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """Lower-case letters without marks, for comparison.

    Examples
    --------
    >>> folded("Jönköping–GÖTEBORG, 2024")
    'jonkoping goteborg 2024'
    """
    plain = unicodedata.normalize("NFD", text.casefold())
    kept = (letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(kept).split())


def found(entries: Iterable[Findable], query: str) -> list[Findable]:
    """What matches every word of a query, the best first.

    Parameters
    ----------
    entries : what can be found.
    query : as a reader typed it; words beyond the limits are left out.
    """
    hits = search(entries, query)
    return hits.found if hits.whole else []


def search(entries: Iterable[Findable], query: str) -> Hits:
    """What matches every word of a query or, where nothing does, as many words as possible.

    Parameters
    ----------
    entries : what can be found.
    query : as a reader typed it; words beyond the limits are left out, and so are those that say nothing of
        what is looked for, such as "how many".
    """
    typed = folded(query[:LONGEST_QUERY]).split()[:MOST_WORDS]
    asked = [word for word in typed if word not in small_words()] or typed
    scored = [(it, _scores(asked, it)) for it in entries] if asked else []
    hits = [(sum(scores) / len(asked) + it.weight, it) for it, scores in scored if scores and all(scores)]
    whole = bool(hits)
    if not whole:
        hits = [(sum(scores) / len(asked) + it.weight, it) for it, scores in scored if scores]
    hits.sort(key=lambda hit: (-hit[0], len(hit[1].text), alphabetical(hit[1].text)))
    return Hits([it for _, it in hits[:MOST_FOUND]], whole)


def _scores(asked: Sequence[str], entry: Findable) -> list[float]:
    """How well the best word of an entry fits each word asked for; nothing where no name fits any.

    A word of what an entry is about counts only beside one that fits its name: "commuting" with a name finds
    the place, and alone does not find every place.
    """
    text, also, about = (folded(it).split() for it in (entry.text, entry.also, entry.context))
    names = [max(_best(one, text), _ALSO * _best(one, also)) for one in asked]
    if not any(names):
        return []
    context = (any(word.startswith(one) or _ended(one, word) for word in about) for one in asked)
    return [name or (_CONTEXT if there else 0.0) for name, there in zip(names, context, strict=True)]


def _best(asked: str, words: Sequence[str]) -> float:
    """How well the best of some words fits the one asked for, or another word for the same."""
    fits = [_fit(asked, word) for word in words]
    others = alike().get(asked, ())
    fits += [_ALIKE * _fit(other, word) for other in others for word in words if _same(other, word)]
    return max(fits, default=0.0)


def _same(asked: str, word: str) -> bool:
    """Whether a word is the one asked for, or a longer one that begins with it; short ones begin too many."""
    return asked == word or (len(asked) > 3 and word.startswith(asked))


def _ended(asked: str, word: str) -> bool:
    """Whether what is asked for is a word with an ending, as pendlingen of pendling."""
    return len(word) > 3 and asked.startswith(word) and len(asked) - len(word) <= _ENDING


@lru_cache(maxsize=65536)
def _fit(asked: str, word: str) -> float:
    if asked == word:
        return _EXACT
    if word.startswith(asked):
        return _START
    if len(asked) > 2 and asked in word:
        return _INSIDE
    if _ended(asked, word):
        return _INSIDE
    allowed = 0 if len(asked) < 4 else 1 if len(asked) < 7 else 2
    if not allowed or asked[0] != word[0]:
        return 0.0
    errors = typing_errors(asked, word)
    return _TYPO / errors if errors <= allowed else 0.0


def typing_errors(asked: str, word: str) -> int:
    """The fewest letters missing, added, changed or swapped between the query and a start of the word.

    Optimal string alignment (Damerau 1964; Levenshtein 1966), free at the end of the word.

    Examples
    --------
    >>> typing_errors("jonkopng", "jonkoping"), typing_errors("josn", "jonkoping")
    (1, 1)
    >>> typing_errors("gotbeorg", "goteborg")
    1
    """
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(asked, 1):
        former, before, row = before, row, [i] + [0] * len(word)
        for j, other in enumerate(word, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and asked[i - 2] == other:
                row[j] = min(row[j], former[j - 2] + 1)
    return min(row)
