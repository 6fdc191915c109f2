"""Electricity: what is used and produced where, and in which plants. An absent cell is never zero."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, basis
from storregion.facts.people import year
from storregion.facts.places import county, municipality

SECTORS = (
    "flerbostadshus",
    "fritidshus",
    "industri_bygg",
    "jordbruk_skogsbruk_fiske",
    "offentlig",
    "ovriga_tjanster",
    "smahus",
    "transporter",
)
GENERATION_KINDS = (
    "kraftvarme_industriellt_mottryck",
    "ovrig_varmekraft_karn_kondens",
    "solkraft",
    "vattenkraft",
    "vindkraft",
)
_DURING = Text("Kalenderåret.", "The calendar year.")
_ONLY = Text(
    "Bara publicerade celler finns som rader; en cell som saknas är sekretessbelagd eller okänd, aldrig "
    "noll.",
    "Only published cells are rows; a cell that is not here is suppressed or unknown, never zero.",
)


def _use(place: Column) -> tuple[Column, ...]:
    sector = Column(
        "sector",
        pl.String,
        "code",
        Text("Sektor", "Sector"),
        Text("Användarens sektor, med utgivarens namn.", "The user's sector, by the publisher's name."),
        key=True,
        choices=SECTORS,
    )
    return (place, sector, year(about=_DURING), _mwh(Text("Elanvändning", "Electricity use")), basis())


def _generation(place: Column) -> tuple[Column, ...]:
    kind = Column(
        "kind",
        pl.String,
        "code",
        Text("Kraftslag", "Kind of power"),
        Text("Kraftslag, med utgivarens namn.", "Kind of generation, by the publisher's name."),
        key=True,
        choices=GENERATION_KINDS,
    )
    return (place, kind, year(about=_DURING), _mwh(Text("Elproduktion", "Electricity generation")), basis())


def _mwh(label: Text) -> Column:
    return Column(
        "mwh",
        pl.Float64,
        "mwh",
        label,
        Text(f"{label.sv}, MWh. {_ONLY.sv}", f"{label.en}, MWh. {_ONLY.en}"),
        least=0.0,
    )


ELECTRICITY_USE = Schema(
    "electricity_use",
    Text("Elanvändning per kommun", "Electricity use by municipality"),
    Text(f"Slutlig elanvändning efter sektor. {_ONLY.sv}", f"Final electricity use by sector. {_ONLY.en}"),
    _use(municipality(key=True)),
)
ElectricityUse = Annotated[pl.DataFrame, ELECTRICITY_USE]

COUNTY_ELECTRICITY_USE = Schema(
    "county_electricity_use",
    Text("Elanvändning per län", "Electricity use by county"),
    Text(f"Slutlig elanvändning efter sektor. {_ONLY.sv}", f"Final electricity use by sector. {_ONLY.en}"),
    _use(county(key=True, country=True)),
)
CountyElectricityUse = Annotated[pl.DataFrame, COUNTY_ELECTRICITY_USE]

ELECTRICITY_GENERATION = Schema(
    "electricity_generation",
    Text("Elproduktion per kommun", "Electricity generation by municipality"),
    Text(f"Elproduktion efter kraftslag. {_ONLY.sv}", f"Electricity generation by kind. {_ONLY.en}"),
    _generation(municipality(key=True)),
)
ElectricityGeneration = Annotated[pl.DataFrame, ELECTRICITY_GENERATION]

COUNTY_ELECTRICITY_GENERATION = Schema(
    "county_electricity_generation",
    Text("Elproduktion per län", "Electricity generation by county"),
    Text(f"Elproduktion efter kraftslag. {_ONLY.sv}", f"Electricity generation by kind. {_ONLY.en}"),
    _generation(county(key=True, country=True)),
)
CountyElectricityGeneration = Annotated[pl.DataFrame, COUNTY_ELECTRICITY_GENERATION]


def _words(name: str, label: Text, about: Text, *, key: bool = False, optional: bool = False) -> Column:
    return Column(name, pl.String, "name", label, about, key=key, optional=optional)


def _year_of(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.Int64, "year", label, about, least=1850, most=2100, optional=True)


POWER_PLANTS = Schema(
    "power_plants",
    Text("Kraftverk", "Power plants"),
    Text("Större kraftverk i gruppens län.", "Larger power plants in the group's counties."),
    (
        Column(
            "unit",
            pl.Int64,
            "number",
            Text("Nummer", "Number"),
            Text(
                "Löpnummer; ett kraftverk kan ha flera enheter.",
                "Running number; a plant may have several units.",
            ),
            key=True,
            least=1,
        ),
        _words(
            "name",
            Text("Namn", "Name"),
            Text("Kraftverkets namn i registret.", "The plant's name in the register."),
        ),
        _words(
            "fuel", Text("Bränsle", "Fuel"), Text("Bränsle eller energikälla.", "Fuel or source of energy.")
        ),
        _words(
            "technology",
            Text("Teknik", "Technology"),
            Text("Teknik, om känd.", "Technology, if known."),
            optional=True,
        ),
        Column(
            "mw",
            pl.Float64,
            "mw",
            Text("Effekt", "Capacity"),
            Text("Installerad effekt, MW.", "Installed capacity, MW."),
            least=0.0,
        ),
        _year_of(
            "year_in",
            Text("I drift från", "In operation from"),
            Text("Första driftår; tomt om okänt.", "First year; empty if unknown."),
        ),
        _year_of(
            "year_out",
            Text("Stängd", "Closed"),
            Text("Stängningsår; tomt om i drift eller okänt.", "Year closed; empty if running or unknown."),
        ),
        Column(
            "latitude",
            pl.Float64,
            "degrees",
            Text("Latitud", "Latitude"),
            Text("WGS 84; somliga är fel.", "WGS 84; some are wrong."),
            least=55.0,
            most=70.0,
        ),
        Column(
            "longitude",
            pl.Float64,
            "degrees",
            Text("Longitud", "Longitude"),
            Text("WGS 84; somliga är fel.", "WGS 84; some are wrong."),
            least=10.0,
            most=25.0,
        ),
        county(),
        basis(),
    ),
)
PowerPlants = Annotated[pl.DataFrame, POWER_PLANTS]
