import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.strategy.stems import SHORTEST_STEM, parts, stem, words

SWEDISH = st.text("abcdefghijklmnoprstuvyåäö", min_size=1, max_size=24)


@pytest.mark.parametrize(
    "forms",
    [
        "järnväg järnvägen järnvägar järnvägarna järnvägarnas",
        "bredband bredbandet bredbandets",
        "energi energin energier",
        "hållbar hållbara",
        "digital digitalt digitala",
        "bostad bostaden",
        "stad staden städer städerna städernas",
        "hamn hamnen hamnar hamnarna",
        "transport transporten transporter transporterna",
        "resa resor resorna resande",
        "tillgänglig tillgänglighet tillgängligheten",
        "förbindelse förbindelsen förbindelser förbindelserna",
        "station stationer stationen stationens",
        "spår spåret spåren",
        "nät nätet näten nätens",
        "gods godset",
        "ort orten orter orterna",
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("tätort", "tät"),
        ("energi", "elnät"),
        ("mark", "marknad"),
        ("bro", "bror"),
        ("väg", "våg"),
        ("el", "elev"),
    ],
)
def test_other_words_have_other_stems(a: str, b: str) -> None:
    assert stem(a) != stem(b)


@given(SWEDISH)
def test_a_stem_is_its_own_stem_and_begins_the_word(word: str) -> None:
    found = stem(word)
    assert stem(found) == found
    assert word.startswith(found) or "städer" in word
    assert len(found) >= min(len(word), SHORTEST_STEM)


# The known stems are those that stem() makes of the words named.
@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        # bredband|s|utbyggnaden: the beginning is known, "utbyggnaden" need not be
        ("bredbandsutbyggnaden", "bredband", "bredband"),
        # a short part counts when the others are known too: el|nät, el|bil|s|laddning
        ("elnätet", "el nät", "el nät"),
        ("elnätet", "el", ""),
        ("elbilsladdning", "el bil laddning", "el bil laddning"),
        # … and not in "elever" or "spårlöst", whose rest is no word
        ("elever", "el", ""),
        # gods|transport|er: all known goes before the longest beginning
        ("godstransporter", "gods transport godst", "gods transport"),
        # land|s|bygd: the end alone
        ("skärgårdslandsbygd", "landsbygd", "landsbygd"),
        # arbets- with its joining s, before a known word
        ("arbetsmarknad", "arbete marknad", "arbete marknad"),
        # gatu|belysning: gata joins with a u
        ("gatubelysning", "gata belysning", "gata belysning"),
        # "gas" stands in "växthusgaser", but three letters are too few beside something unknown
        ("växthusgaser", "gas", ""),
        ("hus", "hus", ""),
        ("", "hus", ""),
    ],
)
def test_compounds_are_cut_where_parts_are_known(word: str, known: str, found: str) -> None:
    assert parts(word, {stem(one) for one in known.split()}) == [stem(one) for one in found.split()]


@given(SWEDISH, st.frozensets(SWEDISH.map(stem), max_size=8))
def test_parts_are_known_and_stand_in_order(word: str, known: frozenset[str]) -> None:
    at = 0
    for part in parts(word, known):
        assert part in known
        if "städer" not in word:
            at = word.index(part, at) + len(part)


def test_words_are_lower_case_and_a_suspended_hyphen_stays() -> None:
    text = "Forsknings- och e-tjänster, Oslo-Stockholm 2050: gång- & CYKELVÄG – klart-"
    assert list(words(text)) == [
        "forsknings-", "och", "e", "tjänster", "oslo", "stockholm", "gång-", "cykelväg", "klart-",
    ]  # fmt: skip
    # å as a and a ring is å
    assert list(words("A\u030ar")) == ["år"]


class Counted(set[str]):
    """Stems that count how often they are looked up."""

    lookups = 0

    def __contains__(self, word: object) -> bool:
        self.lookups += 1
        return super().__contains__(word)


def test_a_word_without_end_costs_few_lookups() -> None:
    known = Counted(stem(word) for word in ("el", "elnät", "tåg", "en", "nen", "ele"))
    for number in range(200):
        for word in ("el" * 28 + "q" + chr(97 + number % 20), "enel" * 13 + "xq" + "abcdefghij"[number % 10]):
            known.lookups = 0
            parts(word, known)
            # Every end of the word is cut once for each number of parts, and each cut looks up two stems.
            assert 0 < known.lookups <= 4 * 2 * len(word) ** 2
    known.lookups = 0
    assert stem("en" * 500_000) == "en" * 500_000
    assert parts("el" * 500_000, known) == []
    assert known.lookups == 0
