from hypothesis import given
from hypothesis import strategies as st

from storregion.strategy.wording import Piece, difference

WORDS = st.lists(st.sampled_from(["länka", "nodstäderna", "med", "och", "Stockholm"]), max_size=9).map(
    " ".join
)


def test_one_word_is_shown_as_changed() -> None:
    former = "Verka för en infrastruktur för digital uppkoppling"
    latter = "Verka för en infrastruktur med digital uppkoppling"
    assert difference(former, latter) == (
        Piece("same", "Verka för en infrastruktur"),
        Piece("removed", "för"),
        Piece("added", "med"),
        Piece("same", "digital uppkoppling"),
    )
    assert difference("", "") == ()


@given(WORDS, WORDS)
def test_no_word_is_lost_or_made_up(former: str, latter: str) -> None:
    pieces = difference(former, latter)
    assert " ".join(p.words for p in pieces if p.kind != "added") == former
    assert " ".join(p.words for p in pieces if p.kind != "removed") == latter
    assert all(piece.words for piece in pieces)
    assert pieces == difference(former, latter)
    if former == latter:
        assert {piece.kind for piece in pieces} <= {"same"}
