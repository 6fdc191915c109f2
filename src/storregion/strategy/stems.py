"""Swedish words cut to stems, and compounds to the parts that are known."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

# Endings of inflection, definiteness and -het, the longest first.
_ENDINGS = (
    "heterna", "heten", "heter", "arna", "erna", "orna", "ande", "het", "are", "ade",
    "ar", "er", "or", "en", "et", "an", "na", "a", "e", "n", "t",
)  # fmt: skip
_BY_LAST = {last: tuple(one for one in _ENDINGS if one[-1] == last) for last in "arnet"}
# Letters that a genitive's s may follow.
_BEFORE_S = frozenset("abcdefghijklmnoprtuvyåäö")
_CITIES = re.compile("städer(?:na)?s?$")
_VOWEL = re.compile("[aeiouyåäöé]")
SHORTEST_STEM = 3
_WORD = re.compile(r"[^\W\d_]+(?:-(?=[^\W\d_])[^\W\d_]+)*-?")
_HYPHEN = re.compile("-(?=.)")

FUNCTION_WORDS = frozenset({
    "all", "alla", "allt", "andra", "annan", "annat", "att", "av", "bara", "bland", "bli", "blir", "båda",
    "både", "de", "dem", "den", "denna", "dess", "dessa", "det", "detta", "där", "efter", "eller", "en",
    "enligt", "ett", "exempelvis", "fler", "flera", "flest", "från", "för", "före", "genom", "ha", "har",
    "hela", "hur", "i", "in", "inför", "inom", "inte", "ja", "kan", "kring", "kunna", "man", "med",
    "mellan", "men", "mer", "mest", "minst", "mot", "mycket", "ned", "ny", "nya", "nytt", "när", "och",
    "också", "om", "omkring", "oss", "på", "samma", "samt", "sin", "sina", "sitt", "ska", "skall", "som",
    "så", "sådan", "till", "under", "upp", "ur", "ut", "utan", "utifrån", "vad", "var", "vara", "varje",
    "vi", "vid", "vilka", "vilken", "vår", "våra", "vårt", "än", "är", "även", "över",
})  # fmt: skip

LONGEST_WORD = 60
"""Letters of a word that is taken for one; a longer one is left as it is."""
SHORTEST_PART = 4
"""Letters that each part of a compound, and the stem of the known one, must have, unless all are known."""


@lru_cache(2**16)
def stem(word: str) -> str:
    """A word without its endings, taken off one after another until none is left.

    Taking off one ending alone would part a word from its own forms: "hamnar" would lose its -ar and "hamn"
    its -n. Plurals in -städer are the one change of vowel that is undone.

    Parameters
    ----------
    word : one word, lower case.

    Examples
    --------
    >>> [stem(word) for word in ("transport", "transporterna", "hållbar", "hållbara", "städer")]
    ['transport', 'transport', 'hållb', 'hållb', 'stad']
    """
    if len(word) > LONGEST_WORD:
        return word
    word = _CITIES.sub("stad", word)
    while (shorter := _without_ending(word)) != word:
        word = shorter
    return word


def _without_ending(word: str) -> str:
    """A word without its longest ending, when at least three letters with a vowel are left."""
    if word.endswith("s") and len(word) > SHORTEST_STEM + 1 and word[-2] in _BEFORE_S:
        return word[:-1]
    # The nouns "ort" and "transport" are not neuters of another word.
    if word.endswith("ort"):
        return word
    for ending in _BY_LAST.get(word[-1:], ()):
        left = word[: -len(ending)]
        if word.endswith(ending) and len(left) >= SHORTEST_STEM and _VOWEL.search(left):
            return left
    return word


def words(text: str) -> Iterator[str]:
    """The words of a text in lower case, in order; a suspended hyphen ends its word.

    Parameters
    ----------
    text : any text; numbers and signs are not words.
    """
    for word in _WORD.findall(unicodedata.normalize("NFC", text).lower()):
        if "-" in word:
            yield from _HYPHEN.split(word)
        else:
            yield word


def parts(word: str, known: Collection[str]) -> list[str]:
    """The known stems that a compound is made of, left to right; none when it is not a known compound.

    A cut that makes all parts known comes first, the longest beginning before others. Otherwise a known
    beginning is taken, or else a known end, when it and what is left have at least four letters.

    Parameters
    ----------
    word : one word, lower case.
    known : stems that may be parts.

    Examples
    --------
    >>> parts("bredbandsutbyggnaden", {"bredband", "energi"})
    ['bredband']
    >>> parts("elnäten", {"el", "nät"})
    ['el', 'nät']
    """
    if len(word) > LONGEST_WORD:
        return []
    if whole := _whole(word, known, 4, {}):
        return whole
    cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
    for cut in reversed(cuts):
        first = _first(word[:cut], known)
        if first is not None and len(first) >= SHORTEST_PART:
            return [first]
    for cut in cuts:
        last = stem(word[cut:])
        if last in known and len(last) >= SHORTEST_PART:
            return [last]
    return []


def _whole(word: str, known: Collection[str], most: int, seen: dict[tuple[str, int], list[str]]) -> list[str]:
    """The parts of a compound, as many as `most`, when each of them is known; `seen` holds what was tried."""
    if (word, most) in seen:
        return seen[word, most]
    found: list[str] = []
    for cut in range(len(word) - 2, 1, -1) if most > 1 else ():
        first = _first(word[:cut], known)
        if first is not None:
            last = stem(word[cut:])
            if rest := [last] if last in known else _whole(word[cut:], known, most - 1, seen):
                found = [first, *rest]
                break
    seen[word, most] = found
    return found


def _first(beginning: str, known: Collection[str]) -> str | None:
    """The known stem that a compound's beginning is, with or without the letter that joins it."""
    whole = stem(beginning)
    if whole in known or beginning[-1] not in "suo":
        return whole if whole in known else None
    joined = stem(beginning[:-1])
    return joined if joined in known else None
