"""Search: what the words of a query find, with å, ä, ö folded and typing errors forgiven.

`assets/search.js` follows the same rules in the browser, for a portal without a server.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from storregion.core.language import alphabetical
from storregion.publish.site import Findable

LONGEST_QUERY, MOST_WORDS, MOST_FOUND = 80, 6, 40
_EXACT, _START, _INSIDE, _TYPO = 4.0, 3.0, 2.0, 1.0


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
    asked = folded(query[:LONGEST_QUERY]).split()[:MOST_WORDS]
    if not asked:
        return []
    scored = [(_score(asked, folded(f"{it.text} {it.also}").split()) + it.weight, it) for it in entries]
    hits = [(score, it) for score, it in scored if score - it.weight > 0]
    hits.sort(key=lambda hit: (-hit[0], len(hit[1].text), alphabetical(hit[1].text)))
    return [it for _, it in hits[:MOST_FOUND]]


def _score(asked: Sequence[str], words: Sequence[str]) -> float:
    """The mean over the words asked for of how well the best word fits; 0 where one fits none."""
    best = [max((_fit(one, word) for word in words), default=0.0) for one in asked]
    return sum(best) / len(best) if all(best) else 0.0


def _fit(asked: str, word: str) -> float:
    if asked == word:
        return _EXACT
    if word.startswith(asked):
        return _START
    if len(asked) > 2 and asked in word:
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
