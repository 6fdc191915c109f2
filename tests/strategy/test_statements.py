import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.strategy.statements import Piece, _sentences, split


def pieces(*pages: str) -> list[tuple[int, str]]:
    return [(piece.page, piece.text) for piece in split(pages).pieces]


def test_sentences_and_bullets_are_pieces() -> None:
    page = (
        "Mål för bebyggelsen\n"
        "Vi ska bygga fler bostäder i hela länet, också där\n"
        "marken är dyr. Det ska gå fort.\n"
        "• Bygg nära stationer\n"
        "• Förtäta städer och\n"
        "orter\n"
        "– Spara åkermark\n"
        "1. Utveckla stråken\n"
        "a) Rusta vägar"
    )
    assert [text for _, text in pieces(page)] == [
        "Mål för bebyggelsen",
        "Vi ska bygga fler bostäder i hela länet, också där marken är dyr.",
        "Det ska gå fort.",
        "Bygg nära stationer",
        "Förtäta städer och orter",
        "Spara åkermark",
        "Utveckla stråken",
        "Rusta vägar",
    ]


NOTED = (
    "Regionen ansvarar för kollektivtrafiken.1 Den ska\n"
    "byggas ut till alla orter2 som har en station.\n"
    "Kommunerna ansvarar för planeringen enligt plan- och\n"
    "1Se trafikförsörjningsprogrammet från förra\n"
    "året, sidan 14.\n"
    "2Tabell 3.\n"
    "bygglagen. Det gäller hela länet."
)


def test_footnotes_stand_by_themselves_and_split_no_sentence() -> None:
    # The two columns of a page follow each other, and the notes stand below the first.
    assert [text for _, text in pieces(NOTED)] == [
        "Regionen ansvarar för kollektivtrafiken.",
        "Den ska byggas ut till alla orter som har en station.",
        "Kommunerna ansvarar för planeringen enligt plan- och bygglagen.",
        "Det gäller hela länet.",
        "Se trafikförsörjningsprogrammet från förra året, sidan 14.",
        "Tabell 3.",
    ]


def test_a_line_that_begins_with_a_number_that_nothing_refers_to_is_not_a_footnote() -> None:
    page = "Utsläppen av CO2 ska minska.\n2Visionen gäller länet och alla orter.\nEn yta på 20 m2 räcker."
    assert "2Visionen gäller länet och alla orter." in [text for _, text in pieces(page)]
    assert "En yta på 20 m2 räcker." in [text for _, text in pieces(page)]


def test_a_sentence_goes_on_over_a_page_that_ends_in_a_footnote() -> None:
    first = "Regionen ansvarar för trafiken.1 Kommunerna planerar för\n1Se programmet för hela länet."
    assert pieces(first, "fler bostäder nära stationerna.") == [
        (1, "Regionen ansvarar för trafiken."),
        (1, "Se programmet för hela länet."),
        (1, "Kommunerna planerar för fler bostäder nära stationerna."),
    ]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        # cut by the line's end
        ("kollektiv-\ntrafik", "kollektivtrafik"),
        # suspended: the hyphen stands for "miljöer", "marknad"
        ("forsknings-\noch innovationsmiljöer", "forsknings- och innovationsmiljöer"),
        ("forsknings- och innovations-\nmiljöer", "forsknings- och innovationsmiljöer"),
        ("arbets-, utbildnings-\nsamt bostadsmarknad", "arbets-, utbildnings- samt bostadsmarknad"),
        # hyphens of their own
        ("IT-\ninfrastruktur", "IT-infrastruktur"),
        ("e-\ntjänster", "e-tjänster"),
        ("Oslo-\nStockholm", "Oslo-Stockholm"),
        ("2030-\nmålen", "2030-målen"),
        # a dash is no hyphen
        ("tåg –\nbuss", "tåg – buss"),
    ],
)
def test_words_cut_by_a_line_s_end_are_made_whole(text: str, joined: str) -> None:
    assert pieces(text) == [(1, joined)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Resor, bl.a. Norrköping, ökar.", 1),
        ("Det gäller t.ex. Uppsala och s.k. Noder.", 1),
        ("Buss, tåg m.m. Sedan kommer bilen.", 2),
        ("Se kap. 4 och prop. 2021.", 1),
        ("Vad gör vi? Vi bygger! Sedan är det klart.", 3),
        ("Han sa ”stopp.” Sedan gick han.", 2),
        ("Det ökar med 3.5 procent. 2030 är det klart.", 2),
        ("Bygg den 1. Mars är för tidigt.", 1),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    assert len(pieces(text)) == count


def test_a_sentence_that_goes_on_over_the_page_is_one_and_stands_where_it_begins() -> None:
    assert pieces("Allt är klart. Vi ska bygga ut järn-", "vägen till Oslo. Sedan vägen.") == [
        (1, "Allt är klart."),
        (1, "Vi ska bygga ut järnvägen till Oslo."),
        (2, "Sedan vägen."),
    ]
    # A bullet or a capital begins something new.
    assert pieces("Rubrik utan punkt", "• punkt ett") == [(1, "Rubrik utan punkt"), (2, "punkt ett")]
    assert pieces("Rubrik utan punkt", "Ny mening.") == [(1, "Rubrik utan punkt"), (2, "Ny mening.")]
    # Over an empty page too.
    assert pieces("Vi ska", "", "bygga.") == [(1, "Vi ska bygga.")]


def test_headers_footers_and_page_numbers_are_taken_off() -> None:
    words = ["Ett går.", "Två står.", "Tre sover.", "Fyra äter."]
    pages = [
        f"Plan 2030 | Kapitel {n}\n{text}\nRegionen i länet\nSida {n} av 4" for n, text in enumerate(words, 1)
    ]
    found = split(pages)
    assert [piece.text for piece in found.pieces] == words
    assert found.stripped == ("plan # | kapitel #", "regionen i länet")


def test_what_returns_on_two_pages_or_inside_them_stays() -> None:
    assert len(pieces("Samma rad.\nEtt.", "Samma rad.\nTvå.", "Annan rad.\nTre.")) == 6
    inside = "Överst {0}.\nRad {0} ett.\nRad {0} två.\nSamma inne i texten.\nRad a.\nRad b.\nSist {0}."
    names = ["Adam", "Bertil", "Cesar", "David"]
    assert sum(text == "Samma inne i texten." for _, text in pieces(*map(inside.format, names))) == 4


def test_statements_are_of_4_to_80_words_and_no_contents() -> None:
    long = " ".join(["ord"] * 81) + "."
    found = split(
        [f"Tre ord bara.\nDetta är fyra ord.\n1 2 3 4 5\nInledning till hela planen ........ 7\n\n{long}"]
    )
    assert [piece.text for piece in found.statements] == ["Detta är fyra ord."]
    assert found.too_long == (Piece(1, long),)
    assert len(split([" ".join(["Ord"] + ["ord"] * 79) + "."]).statements) == 1


WORD = st.text("abcdefghijåäö", min_size=1, max_size=9)
LINE = st.builds(
    lambda words, capital, end, mark: (
        mark
        + (words[0].capitalize() if capital else words[0])
        + "".join(f" {word}" for word in words[1:])
        + end
    ),
    st.lists(WORD, min_size=1, max_size=12),
    st.booleans(),
    st.sampled_from(["", ".", "!", "?", ",", ":"]),
    st.sampled_from(["", "", "• ", "– "]),
)
PAGE = st.lists(st.one_of(LINE, st.just("")), max_size=12).map("\n".join)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@given(st.lists(PAGE, max_size=2))
def test_no_word_is_lost_and_the_order_is_kept(pages: list[str]) -> None:
    # Two pages have no headers, and these lines no hyphens and nothing like a page number.
    found = split(pages)
    # A bullet like "o " or "a) " is a mark; LINE draws none of them before a word.
    assert [word for piece in found.pieces for word in words(piece.text)] == words("\n".join(pages))
    assert [piece.page for piece in found.pieces] == sorted(piece.page for piece in found.pieces)
    assert found.stripped == ()


@given(st.lists(PAGE, min_size=3, max_size=6), WORD)
def test_only_what_is_reported_as_stripped_is_lost(pages: list[str], name: str) -> None:
    headed = [f"Rapport {name} {number}\n{page}" for number, page in enumerate(pages, 1)]
    found = split(headed)
    assert f"rapport {name} #" in found.stripped
    forms = set(found.stripped)

    def kept(page: str) -> list[str]:
        # Pages lose at most their first and last three lines, and only lines of the forms reported.
        lines = [line for line in page.split("\n") if line]
        form = [re.sub(r"\d+", "#", " ".join(line.casefold().split())) for line in lines]
        edge = {*range(len(lines))[:3], *range(len(lines))[-3:]}
        return [line for at, line in enumerate(lines) if at not in edge or form[at] not in forms]

    least = Counter(word for page in headed for word in words(" ".join(kept(page))))
    got = Counter(word for piece in found.pieces for word in words(piece.text))
    assert least <= got <= Counter(word for page in pages for word in words(page))


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_text_can_be_cut(pages: list[str]) -> None:
    for piece in split(pages).pieces:
        assert piece.text
        assert 1 <= piece.page <= len(pages)


@pytest.mark.parametrize(
    "page",
    [
        "a-\n" * 300_000,
        "a\n" * 500_000,
        "bl.a. A " * 150_000,
        ". " * 500_000,
        '."' * 500_000,
        "• a\n" * 300_000,
        "x" * 10**6,
    ],
)
def test_a_hostile_text_is_cut_without_end_or_loss(page: str) -> None:
    # What takes time with the square of a text's length would keep these a day; `make bench` measures them.
    for pages in ([page], [page[: len(page) // 500]] * 500):
        cut = split(pages)
        assert sum(len(piece.text) for piece in cut.pieces) <= sum(map(len, pages))
        assert all(1 <= piece.page <= len(pages) for piece in cut.pieces)


def test_sentences_after_an_abbreviation_are_sentences_of_their_own() -> None:
    found = [one for one in _sentences("Vi bygger t.ex. Ostlänken. Sedan kommer tåg. Alla åker.") if one]
    assert found == ["Vi bygger t.ex. Ostlänken.", "Sedan kommer tåg.", "Alla åker."]
