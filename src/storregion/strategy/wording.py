"""Two wordings word by word: what stands in both, what one lost and what the other gained."""

import difflib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Piece:
    """Some words in a row that are in both wordings, only in the former, or only in the latter."""

    kind: Literal["same", "removed", "added"]
    words: str


def difference(former: str, latter: str) -> tuple[Piece, ...]:
    """How to read one wording beside another. It shows words; it does not say what they mean.

    Parameters
    ----------
    former, latter : the wordings; white space only separates words.

    Returns
    -------
    Pieces in reading order. The words of `same` and `removed` are the former's, those of `same` and `added`
    the latter's.

    Examples
    --------
    >>> [(piece.kind, piece.words) for piece in difference("Secure a supply.", "Secure a safe supply.")]
    [('same', 'Secure a'), ('added', 'safe'), ('same', 'supply.')]
    """
    a, b = former.split(), latter.split()
    found: list[Piece] = []
    for _, start, end, other_start, other_end in difflib.SequenceMatcher(None, a, b, False).get_opcodes():
        one, two = " ".join(a[start:end]), " ".join(b[other_start:other_end])
        if one == two:
            found.append(Piece("same", one))
        else:
            found += [Piece("removed", one)] if one else []
            found += [Piece("added", two)] if two else []
    return tuple(found)
