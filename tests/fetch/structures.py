"""The tables that the bundled group's targets ask for, as public clients show them; values are made up.

Codes and labels are those of recorded metadata and of clients in daily use, shortened to a few of each kind.
Labels that none of them shows are made up, too, and begin with "ord för".
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl
from tests.fetch.faithful import Table, Variable

from storregion.core import group

BUNDLED = group.bundled()


def codes_of(file: str, column: str, folder: Path = BUNDLED) -> list[str]:
    """The different codes in a column of a group's bundled file."""
    return sorted(set(pl.read_csv(folder / "figures" / file, infer_schema=False)[column]))


CODES, COUNTIES = codes_of("municipalities.csv", "municipality"), codes_of("counties.csv", "county")
PLACES = ["00", *COUNTIES, *CODES]
# Codes of four figures that are no municipalities: Greater Stockholm, Gothenburg and Malmö.
WITH_GREATER = [*PLACES, "0010", "0020", "0030"]
# Small areas by two divisions; those of the older one bear no mark.
SMALL_AREAS = [
    f"0380{part}" for part in ("A0010_DeSO2025", "C1020_DeSO2025", "R001_RegSO2025", "A0010", "R001")
]
# With the years whose shares by age are bundled, so that they can be weighed.
YEARS = sorted({"2001", "2009", "2015", "2022", "2023", "2024", *codes_of("population_profile.csv", "year")})
FROM_2025 = ["2025"]
SEX = {"1": "män", "2": "kvinnor"}
SEX_AND_TOTAL = {**SEX, "1+2": "totalt"}
SEX_PERTURBED = {**SEX, "TotSa": "totalt, samtliga män och kvinnor"}
SEX_OF_RAMS = {**SEX, "4": "män och kvinnor"}
NOTE = (
    "Från och med 2025 används Cell Key Method (CKM) som röjandekontroll. Redovisade totaler kan avvika från "
    "summan av delarna."
)

Codes = list[str] | dict[str, str]
Cell = Callable[[dict[str, str]], float | str | None]

# Of a hundred people ten are under one, ten 19, fifty 20, twenty 75 and ten a hundred or more.
AGES = {"0": 10, "19": 10, "20": 50, "75": 20, "100+": 10, "100+1": 10, "tot": 100, "TOT1": 100}
# By 2025 there are classes of ages beside the single years, and four totals that read alike.
AGES_PERTURBED = {
    **{age: f"{age} år" for age in ("0", "19", "20", "75")},
    **{age: f"{age} år" for age in ("-4", "5-9", "-9")},
    **dict.fromkeys(("100+1", "100+5", "100+10"), "100+ år"),
    **dict.fromkeys(("TOT1", "TOT5", "TOT10", "TotSA"), "totalt, samtliga åldrar"),
}  # fmt: skip
USES = {
    "911": "slutanv. jordbruk, skogsbruk, fiske",
    "921": "slutanv. industri, byggverksamhet",
    "931": "slutanv. offentlig verksamhet",
    "941": "slutanv. transporter",
    "951": "slutanv. övriga tjänster",
    "97": "slutanv. flerbostadshus",
    "98": "slutanv. småhus",
    "964": "slutanv. fritidshus",
}
MODES = {
    "4.1": "vattenkraft",
    "4.2": "vindkraft",
    "4.3+4.4": "övrig värmekraft",
    "4.5+4.6": "kraftvärme",
    "4.7": "solkraft",
}
CHANGES = {
    "100": "folkmängd",
    "115": "födelseöverskott",
    "140": "flyttningsöverskott eget län",
    "150": "flyttningsöverskott övriga Sverige",
    "235": "invandringsöverskott",
}
MARITAL = {"OG": "ogifta", "G": "gifta", "SK": "skilda", "ÄNKL": "änkor/änklingar"}
MIGRATION = {"Inflyttningar": 0, "Utflyttningar": 1, "Flyttningsöverskott": 2}


def unlabelled(*codes: str) -> dict[str, str]:
    """Codes whose labels no client shows."""
    return {code: f"ord för {code}" for code in codes}


def people(at: dict[str, str]) -> float:
    """A hundred people for every year after 1999; Knivsta, formed in 2003, has zero before."""
    if at["Region"] == "0330" and at["Tid"] < "2002":
        return 0
    return (int(at["Tid"]) - 1999) * AGES[at.get("Alder", "tot")]


def some(at: dict[str, str]) -> float | str:
    """The same everywhere, but nothing in one municipality, and zero in Knivsta before it was formed."""
    if at.get("Region") == "0330" and at["Tid"][:4] < "2002":
        return 0
    return ".." if at.get("Region") == "0114" else 7.5


STRUCTURES: dict[str, dict[str, Codes]] = {
    "TAB638": {
        "Region": PLACES, "Civilstand": MARITAL, "Alder": ["0", "19", "20", "75", "100+", "tot"], "Kon": SEX,
        "ContentsCode": {"BE0101N1": "Folkmängd", "BE0101N2": "Folkökning"}, "Tid": sorted({"2000", *YEARS}),
    },
    "TAB5557": {
        "Region": PLACES, "Civilstand": {**MARITAL, "SC": "totalt, samtliga civilstånd"},
        "Alder": AGES_PERTURBED, "Kon": SEX_PERTURBED,
        "ContentsCode": {"000007ME": "Folkmängd", "000007MG": "Folkökning"}, "Tid": FROM_2025,
    },
    "TAB6574": {
        "Region": [*PLACES, *SMALL_AREAS],
        "Alder": {"-4": "-4 år", "5-9": "5-9 år", "75-79": "75-79 år", "80-": "80- år", "totalt": "totalt"},
        "Kon": SEX_AND_TOTAL, "ContentsCode": {"000007Y7": "Antal"}, "Tid": ["2010", "2024", "2025"],
    },
    "TAB5169": {
        "Region": PLACES, "Forandringar": CHANGES, "Period": {"hel": "hela året", "1": "kvartal 1"},
        "Kon": SEX_AND_TOTAL, "ContentsCode": {"000002Z9": "Antal personer"}, "Tid": YEARS,
    },
    "TAB6481": {
        "Region": PLACES, "Forandringar": CHANGES, "Period": {"hel": "hela året", "1": "kvartal 1"},
        "Kon": SEX_PERTURBED, "ContentsCode": {"00000BQ": "Befolkningsstatistik antal personer"},
        "Tid": FROM_2025,
    },
    "TAB1212": {
        "Region": WITH_GREATER, "Alder": {"0": "0 år", "tot": "totalt ålder"}, "Kon": SEX,
        "ContentsCode": {"BE0101AX": "Inflyttningar", "BE0101AZ": "Flyttningsöverskott"}, "Tid": YEARS,
    },
    "TAB6640": {
        "Region": WITH_GREATER, "Alder": {"0": "0 år", "20-24": "20-24 år", "tot": "totalt ålder"},
        "Kon": SEX_PERTURBED,
        "ContentsCode": {"00000866": "Inflyttningar", "00000868": "Flyttningsöverskott"}, "Tid": FROM_2025,
    },
    "TAB4693": {
        "Region": PLACES, "Alder": ["0", "1"], "Kon": SEX,
        "Fodelseregion": {"09": "född i Sverige", "11": "utrikes född"},
        "ContentsCode": {"a1": "Flyttningsnetto, eget län", "a2": "Flyttningsnetto, övriga län"},
        "Tid": YEARS,
    },
    "TAB6657": {
        "Region": PLACES, "Alder": ["0", "TotSA"], "Kon": SEX_PERTURBED,
        "Fodelseregion": {"09": "född i Sverige", "11": "utrikes född"},
        "ContentsCode": {"b1": "Flyttningsnetto, eget län", "b2": "Flyttningsnetto, övriga län"},
        "Tid": FROM_2025,
    },
    "TAB694": {
        "Region": PLACES, "ContentsCode": {"000004KO": "Folkmängd", "x2": "Födda"}, "Tid": ["2024", "2070"],
    },
    "TAB3204": {
        "Region": PLACES, "Kon": SEX_AND_TOTAL, "SNI2007": {"A-U+US": "samtliga", "H": "transport"},
        "Fodelseregion": {"tot": "totalt", "200": "utrikes född"},
        "ContentsCode": unlabelled("000002XH", "000002XI"), "Tid": YEARS,
    },
    "TAB2921": {
        "Region": PLACES, "Kon": SEX_AND_TOTAL, "Alder": ["15-19", "20-64"],
        "Fodelseregion": {"tot": "totalt", "200": "utrikes född"}, "ContentsCode": unlabelled("x1", "x2"),
        "Tid": YEARS,
    },
    "TAB6534": {
        "Region": [*PLACES, *SMALL_AREAS],
        "UtbildningsNiva": {"21": "förgymnasial utbildning", "6": "eftergymnasial utbildning, 3 år–"},
        "ContentsCode": unlabelled("x1"), "Tid": ["2024", "2025"],
    },
    "TAB3554": {
        "Region": PLACES, "Kon": SEX_AND_TOTAL, "Alder": ["tot16+", "tot20+", "20-64"],
        "Inkomstklass": {"TOT": "totalt", "0": "0"},
        "ContentsCode": {"HE0110J7": "Medelinkomst, tkr", "HE0110J8": "Medianinkomst, tkr"}, "Tid": YEARS,
    },
    "TAB3143": {
        "Region": ["00", *CODES, "9900"], "ContentsCode": {
            "NR0105AW": "BRP, löpande priser, mnkr", "NR0105AY": "BRP per invånare, löpande priser, tkr"},
        "Tid": YEARS,
    },
    "TAB4572": {
        "Region": PLACES, "Hustyp": {"FLERBO": "flerbostadshus", "SMÅHUS": "småhus"},
        "ContentsCode": {"BO0101A4": "Påbörjade lägenheter", "BO0101A3": "Färdigställda lägenheter"},
        "Tid": ["2024K4", "2025K1"],
    },
    "TAB4193": {
        "Region": PLACES, "Hustyp": {"FLERBO": "flerbostadshus", "SMÅHUS": "småhus"},
        "Upplatelseform": {"1": "hyresrätt", "2": "bostadsrätt", "3": "äganderätt"},
        "ContentsCode": unlabelled("x1"), "Tid": YEARS,
    },
    "TAB824": {
        "Region": PLACES, "Hustyp": {"FLERBOST": "flerbostadshus", "SMÅHUS": "småhus"},
        "Upplatelseform": {"1": "hyresrätt", "2": "bostadsrätt", "3": "äganderätt", "ÖVRIGT": "övrigt"},
        "ContentsCode": unlabelled("x1"), "Tid": YEARS,
    },
    "TAB3656": {
        "Region": ["00", *COUNTIES, "0010"],
        "ContentsCode": {"BO0501AJ": "Köpeskilling, medelvärde", "BO0501AK": "Köpeskillingskoefficient"},
        "Tid": ["2024M12", "2025M01"],
    },
    "TAB3451": {
        "Region": PLACES, "Produktionssatt": MODES, "Bransle": {"17": "samtliga bränslen", "1": "kol"},
        "ContentsCode": unlabelled("EN0203AD"), "Tid": YEARS,
    },
    "TAB3452": {
        "Region": PLACES, "Produktionssatt": unlabelled("5.1", "5.2"), "Bransle": {"20": "samtliga bränslen"},
        "ContentsCode": unlabelled("EN0203AC"), "Tid": YEARS,
    },
    "TAB3654": {
        "Region": PLACES, "Forbrukningskategri": {**USES, "ovr": "slutanv. totalt"},
        "Bransle": {"16": "el", "8": "fjärrvärme"}, "ContentsCode": unlabelled("EN0203AE"), "Tid": YEARS,
    },
    "TAB3785": {
        "Region": PLACES, "Kon": SEX_AND_TOTAL, "SNI2007": {"A-U+US": "samtliga", "H": "transport"},
        "Fodelseregion": {"tot": "totalt", "200": "utrikes född"},
        "ContentsCode": unlabelled("000005FG", "000005FH"), "Tid": ["2024", "2025"],
    },
    "TAB698": {
        "Region": PLACES, "Kon": SEX, "Alder": ["0", "1", "105+"],
        "ContentsCode": {"000004LG": "Folkmängd", "000004LH": "Födda"},
        "Tid": ["2024", "2030", "2035", "2040", "2050", "2070"],
    },
    "TAB1169": {
        "Region": PLACES, "Fastighetstyp": {"220": "permanentbostad (ej tomträtt)", "221": "fritidsbostad"},
        "ContentsCode": {
            "BO0501C1": "Antal", "BO0501C2": "Köpeskilling, medelvärde i tkr",
            "BO0501C3": "Bas-/taxeringsvärde, medelvärde i tkr", "BO0501C4": "Köpeskillingskoefficient"},
        "Tid": YEARS,
    },
    "TAB4947": {
        "Region": PLACES, "AvstandKoll": {"500": "500 meter", "1000": "1000 meter"},
        "Bostadsbestand": unlabelled("100", "110"), "ContentsCode": unlabelled("0000024U", "0000024V"),
        "Tid": YEARS,
    },
    "TAB6568": {
        "Region": [*PLACES, *SMALL_AREAS], "Hushallstyp": {
            "TOTALT": "totalt", "ESUB": "ensamstående utan barn", "ESMB": "ensamstående med barn",
            "SBUB": "sammanboende utan barn", "SBMB": "sammanboende med barn", "OVRIGA": "övriga hushåll"},
        "ContentsCode": unlabelled("000007Z6"), "Tid": ["2024", "2025"],
    },
    "TAB6683": {
        "Region": [*PLACES, *SMALL_AREAS],
        "Inkomstkomponenter": {"10": "löneinkomst", "240": "nettoinkomst"}, "Kon": SEX_AND_TOTAL,
        "ContentsCode": {"000008A2": "Antal personer", "000008A4": "Medelvärde, tkr"},
        "Tid": ["2011", "2024"],
    },
    "TAB628": {
        "Region": PLACES, "Kon": SEX_AND_TOTAL, "ContentsCode": {
            "BE0101U1": "Invånare per kvadratkilometer", "BE0101U2": "Folkmängd",
            "BE0101U3": "Landareal i kvadratkilometer"},
        "Tid": YEARS,
    },
    "TAB2017": {
        "Region": PLACES,
        "ContentsCode": {"OE0101D1": "Skattesats, total kommunal", "OE0101D2": "Skattesats till kommun"},
        "Tid": [*YEARS, "2025", "2026"],
    },
}  # fmt: skip
ELIMINABLE = {"TAB638": ("Civilstand", "Kon", "Alder"), "TAB4693": ("Alder",)}
CELLS: dict[str, Cell] = {"TAB638": people, "TAB5557": people}
PERTURBED = ("TAB5557", "TAB6481", "TAB6640", "TAB6657")


def variables(table: str) -> list[Variable]:
    """The variables of a table as the publisher's metadata has them."""
    found = []
    for name, codes in STRUCTURES[table].items():
        labels = list(codes.values()) if isinstance(codes, dict) else list(codes)
        eliminable = name in ELIMINABLE.get(table, ())
        found.append(Variable(name, list(codes), labels, eliminable=eliminable, time=name == "Tid"))
    return found


def table(name: str) -> Table:
    """A table with made-up values."""
    notes = [NOTE] if name in PERTURBED else []
    return Table(name, variables(name), lambda _: 0, notes=notes, named=CELLS.get(name, some))
