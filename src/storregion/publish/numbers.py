"""Numbers in each language's form. A figure prints with its unit, its basis and the address of its cell."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup, escape

from storregion.core.language import Language, Text
from storregion.core.lineage import Figure

NO_BREAK = "\u00a0"
MINUS = "\u2212"


@dataclass(frozen=True)
class Form:
    """How numbers of one unit are written: factor, decimals, and the words after them."""

    factor: float
    decimals: int
    one: Text
    many: Text
    grouped: bool = True


def _same(sv: str, en: str | None = None) -> tuple[Text, Text]:
    text = Text(sv, en if en is not None else sv)
    return text, text


FORMS: dict[str, Form] = {
    "persons": Form(1, 0, Text("invånare", "resident"), Text("invånare", "residents")),
    "person_years": Form(1, 0, Text("personår", "person-year"), Text("personår", "person-years")),
    "percent": Form(1, 1, *_same("%")),
    "percent_a_year": Form(1, 2, *_same("% per år", "% a year")),
    "share": Form(100, 1, *_same("%")),
    "points": Form(1, 2, *_same("procentenheter", "percentage points")),
    "ratio": Form(1, 2, *_same("")),
    "year": Form(1, 0, *_same(""), grouped=False),
    "years": Form(1, 0, Text("år", "year"), Text("år", "years")),
    "km2": Form(1, 1, *_same("km²")),
    "hectares": Form(1, 0, Text("hektar", "hectare"), Text("hektar", "hectares")),
    "degrees": Form(1, 5, *_same("°")),
    "mwh": Form(1, 0, *_same("MWh")),
    "mw": Form(1, 1, *_same("MW")),
    "minutes": Form(1, 0, Text("minut", "minute"), Text("minuter", "minutes")),
    "trains": Form(1, 0, Text("tåg", "train"), Text("tåg", "trains")),
    "municipalities": Form(1, 0, Text("kommun", "municipality"), Text("kommuner", "municipalities")),
    "employed": Form(1, 0, Text("sysselsatt", "employed person"), Text("sysselsatta", "employed people")),
    "jobs": Form(1, 0, Text("arbetstillfälle", "job"), Text("arbetstillfällen", "jobs")),
    "commuters": Form(1, 0, Text("pendlare", "commuter"), Text("pendlare", "commuters")),
    "seconds": Form(1, 0, Text("sekund", "second"), Text("sekunder", "seconds")),
    "kmh": Form(1, 0, *_same("km/h")),
    "journeys": Form(1, 0, Text("resa", "journey"), Text("resor", "journeys")),
    "changes": Form(1, 0, Text("byte", "change"), Text("byten", "changes")),
    "trips": Form(1, 0, Text("tur", "trip"), Text("turer", "trips")),
    "departures": Form(1, 0, Text("avgång", "departure"), Text("avgångar", "departures")),
    "nodes": Form(1, 0, Text("nod", "node"), Text("noder", "nodes")),
    "person_minutes": Form(
        1, 0, Text("personminut", "person-minute"), Text("personminuter", "person-minutes")
    ),
    "metres": Form(1, 0, *_same("m")),
    "km": Form(1, 0, *_same("km")),
    "per_km": Form(1, 4, *_same("per km")),
    "areas": Form(1, 0, Text("område", "area"), Text("områden", "areas")),
    "tie": Form(1e6, 2, *_same("miljondelar", "millionths")),
    "per_thousand": Form(1, 1, *_same("per 1\u00a0000", "per 1,000")),
    "coefficient": Form(1, 4, *_same("")),
    "percent_class": Form(1, 0, *_same("%")),
    "number": Form(1, 0, *_same("")),
    "rows": Form(1, 0, Text("rad", "row"), Text("rader", "rows")),
}


ABSENT: dict[str, Text] = {
    "missing": Text("saknas", "missing"),
    "suppressed": Text("sekretess", "suppressed"),
    "not_applicable": Text("ej tillämpligt", "not applicable"),
    "not_comparable": Text("ej jämförbart", "not comparable"),
}


ABSENT_SIGN: dict[str, str] = {
    "missing": "..",
    "suppressed": "x",
    "not_applicable": "–",
    "not_comparable": "|",
}


BASIS_SIGN: dict[str, str] = {"estimated": "u", "assumed": "a"}
BASIS: dict[str, Text] = {
    "observed": Text("observerad", "observed"),
    "estimated": Text("uppskattad", "estimated"),
    "assumed": Text("antagen", "assumed"),
}


def written(value: float | int, unit: str, language: Language) -> str:
    """A number without its unit, in the language's form.

    Parameters
    ----------
    value : the number, in the unit of its column.
    unit : the column's unit; it decides decimals and grouping.
    language : decides the decimal sign and what stands between thousands.

    Examples
    --------
    >>> written(4529298, "persons", "en"), written(-0.0123, "share", "sv")
    ('4,529,298', '−1,2')
    """
    form = FORMS[unit]
    text = f"{abs(value) * form.factor:{',' if form.grouped else ''}.{form.decimals}f}"
    # A number that rounds to nothing has no sign.
    sign = MINUS if value < 0 and any(digit in "123456789" for digit in text) else ""
    if language == "sv":
        text = text.replace(",", NO_BREAK).replace(".", ",")
    return sign + text


def scaled(value: float | int | None, unit: str) -> float | int | None:
    """A number as it is written, so shares in percent: what a chart's axis shows.

    Parameters
    ----------
    value : the number, in the unit of its column; None stays None.
    unit : the column's unit.

    Examples
    --------
    >>> scaled(0.25, "share"), scaled(7, "persons"), scaled(None, "share")
    (25.0, 7, None)
    """
    factor = FORMS[unit].factor
    return value if value is None or factor == 1 else value * factor


def with_unit(value: float | int, unit: str, language: Language) -> str:
    """A number with its unit, as in a sentence."""
    form = FORMS[unit]
    word = (form.one if written(abs(value), unit, language) == "1" else form.many)[language]
    if unit in ("percent", "percent_a_year", "share") and language == "en":
        return written(value, unit, language) + word
    return written(value, unit, language) + (NO_BREAK + word if word else "")


def in_cell(figure: Figure, language: Language) -> Markup:
    """A figure in a table: the number alone, its cell's address beside it for machines."""
    return _marked(figure, language, written)


def in_text(figure: Figure, language: Language, trace: str, *, magnitude: bool = False) -> Markup:
    """A figure in running text: number and unit, linked to where it comes from.

    Parameters
    ----------
    figure : the figure.
    language : the page's language.
    trace : the address of the page that traces the figure's table.
    magnitude : leave the sign out, for sentences whose verb already says it.
    """

    def form(value: float | int, unit: str, language: Language) -> str:
        return with_unit(abs(value) if magnitude else value, unit, language)

    marked = _marked(figure, language, form)
    return Markup('<a class="figure" href="{}#{}">{}</a>').format(trace, figure.column, marked)


def _marked(figure: Figure, language: Language, form: Callable[[float | int, str, Language], str]) -> Markup:
    if figure.value is None:
        reason = figure.absent or "missing"
        return Markup('<span class="absent" data-figure="{}" title="{}">{}</span>').format(
            figure.id, ABSENT[reason][language], ABSENT_SIGN[reason]
        )
    mark = Markup("")
    # A year only dates what stands beside it, which carries the mark.
    if figure.basis in BASIS_SIGN and figure.unit != "year":
        word = BASIS[figure.basis][language]
        mark = Markup('<sup class="basis" title="{}">{}</sup>').format(word, BASIS_SIGN[figure.basis])
    return Markup('<data value="{}" data-figure="{}">{}{}</data>').format(
        figure.value, figure.id, escape(form(figure.value, figure.unit, language)), mark
    )
