"""Numbers in each language's form. A figure prints with its unit, its basis and the address of its cell."""

from collections.abc import Callable

from markupsafe import Markup, escape

from storregion.core import units
from storregion.core.comparison import NO_ROW
from storregion.core.language import Language, Text
from storregion.core.lineage import Figure

NO_BREAK = "\u00a0"
MINUS = "\u2212"


ABSENT: dict[str, Text] = {
    "missing": Text("saknas", "missing"),
    "suppressed": Text("sekretess", "suppressed"),
    "not_applicable": Text("ej tillämpligt", "not applicable"),
    "not_comparable": Text("ej jämförbart", "not comparable"),
    NO_ROW: Text("finns bara i det andra scenariot", "only in the other scenario"),
}


ABSENT_SIGN: dict[str, str] = {
    "missing": "..",
    "suppressed": "x",
    "not_applicable": "–",
    "not_comparable": "|",
    NO_ROW: "∅",
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
    form = units.unit(unit)
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
    factor = units.unit(unit).factor
    return value if value is None or factor == 1 else value * factor


def with_unit(value: float | int, unit: str, language: Language) -> str:
    """A number with its unit, as in a sentence."""
    form = units.unit(unit)
    word = (form.one if written(abs(value), unit, language) == "1" else form.several)[language]
    if unit in ("percent", "percent_a_year", "share") and language == "en":
        return written(value, unit, language) + word
    return written(value, unit, language) + (NO_BREAK + word if word else "")


ABOUT = Text("cirka {number}", "about {number}")
FEW = Text("färre än 10", "fewer than 10")


def roughly(figure: Figure, language: Language, *, signed: bool = False) -> Markup:
    """A number of people as far as it can be known: an estimate rounded in words, what is observed as it is.

    Below 100 an estimate is rounded to tens, below 1 000 to fifties, above to two digits.

    Parameters
    ----------
    figure : a count of people, or a difference between two.
    language : the page's language.
    signed : whether it is a difference, which may be near nothing.
    """

    def form(value: float | int, unit: str, language: Language) -> str:
        if figure.basis == "observed":
            return written(value, unit, language)
        size = abs(value)
        if 0 < size < 10 and not signed:
            return FEW[language]
        rounded = _rounded(size)
        return ABOUT[language].format(number=written(-rounded if value < 0 else rounded, unit, language))

    return _marked(figure, language, form, marked=False)


def _rounded(size: float | int) -> int:
    step = 10 if size < 100 else 50 if size < 1000 else 10 ** (len(str(int(size))) - 2)
    return int(size / step + 0.5) * step


def within(figure: Figure, low: Figure, high: Figure, language: Language) -> Markup:
    """A number of people as far as it can be known, with its interval: about 1 100 (700–1 700).

    Parameters
    ----------
    figure : a count of people.
    low, high : the ends of its interval; without a value where the number needs none.
    language : the page's language.
    """
    if low.value is None or high.value is None:
        return roughly(figure, language)

    def form(value: float | int, unit: str, language: Language) -> str:
        return written(_rounded(value), unit, language)

    ends = [_marked(end, language, form, marked=False) for end in (low, high)]
    return Markup("{} ({}–{})").format(roughly(figure, language), *ends)


def in_cell(figure: Figure, language: Language, *, marked: bool = True) -> Markup:
    """A figure in a table: the number alone, its cell's address beside it for machines.

    Parameters
    ----------
    figure : the figure.
    language : the page's language.
    marked : whether an estimate or assumption is marked; not where the whole table is said to be one.
    """
    return _marked(figure, language, written, marked=marked)


def in_words(figure: Figure, language: Language) -> Markup:
    """A number with its unit, where the page has said already how all its figures are known."""
    return _marked(figure, language, with_unit, marked=False)


def changed(before: Figure, then: Figure, language: Language) -> Markup:
    """A figure in two scenarios, as 63 → 45 minutes; once where it is the same in both."""
    if before.value == then.value:
        return in_words(then, language)
    return Markup("{} → {}").format(in_cell(before, language, marked=False), in_words(then, language))


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


def _marked(
    figure: Figure,
    language: Language,
    form: Callable[[float | int, str, Language], str],
    *,
    marked: bool = True,
) -> Markup:
    if figure.value is None:
        reason = figure.absent or "missing"
        return Markup('<span class="absent" data-figure="{}" title="{}">{}</span>').format(
            figure.id, ABSENT[reason][language], ABSENT_SIGN[reason]
        )
    mark = Markup("")
    # A year only dates what stands beside it, which carries the mark.
    if marked and figure.basis in BASIS_SIGN and figure.unit != "year":
        word = BASIS[figure.basis][language]
        mark = Markup(
            '<sup class="basis" title="{}"><span aria-hidden="true">{}</span>'
            '<span class="unseen"> {}</span></sup>'
        ).format(word, BASIS_SIGN[figure.basis], word)
    return Markup('<data value="{}" data-figure="{}">{}{}</data>').format(
        figure.value, figure.id, escape(form(figure.value, figure.unit, language)), mark
    )
