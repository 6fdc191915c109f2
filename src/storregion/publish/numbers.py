"""Numbers in each language's form. A figure prints with its unit, its basis and the address of its cell."""

import re
from functools import cache

from markupsafe import Markup, escape

from storregion.core import units
from storregion.core.comparison import NO_ROW
from storregion.core.errors import CallError
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


PEOPLE = frozenset(
    {
        *("persons", "commuters", "employed", "jobs", "households"),
        *("net_moves", "net_moves_a_year"),
    }
)
"""The units of people and of what is counted as they are, where a row may hold an estimate.

What is counted or stated whatever its row rests on has a unit of its own, such as `persons_counted`.
"""
ABOUT = Text("cirka {number}", "about {number}")
FEW = Text("färre än 10", "fewer than 10")
AT_MOST = Text("högst {number}", "at most {number}")


def is_rough(figure: Figure) -> bool:
    """Whether a figure is an estimate of people, which is rounded to what can be known."""
    return figure.unit in PEOPLE and figure.value is not None and figure.basis != "observed"


def _is_end(figure: Figure) -> bool:
    """Whether a figure is the end of an interval, which stands beside the figure it is about."""
    return figure.column in ("low", "high", "at_least", "at_most") or figure.column.endswith(
        ("_low", "_high")
    )


def rounded(value: float | int) -> int:
    """An estimate of people as far as it can be known.

    Below 100 to tens, below 1 000 to fifties, below 100 000 to two digits, and above to three: the errors of
    many places cancel in a large sum.

    Examples
    --------
    >>> rounded(44.9), rounded(774), rounded(51884), rounded(4768980), rounded(-1767.3)
    (40, 750, 52000, 4770000, -1800)
    """
    size = abs(value)
    digits = len(str(int(size)))
    step = 10 if size < 100 else 50 if size < 1000 else 10 ** (digits - (2 if digits < 6 else 3))
    found = int(size / step + 0.5) * step
    return -found if value < 0 else found


def said(figure: Figure, language: Language, *, bare: bool = False, magnitude: bool = False) -> str:
    """A figure that has a value in words: an estimate of people rounded, all else as it is.

    Parameters
    ----------
    figure : the figure.
    language : of the words.
    bare : without unit and without the words that say that it is an estimate, as in a table.
    magnitude : leave the sign out, for sentences whose verb already says it.
    """
    if figure.value is None:
        raise CallError(f"{figure.id} has no value to be said; say its reason")
    value = abs(figure.value) if magnitude else figure.value
    form = written if bare else with_unit
    if not is_rough(figure):
        return form(value, figure.unit, language)
    if _is_end(figure):
        return written(rounded(value), figure.unit, language)
    if 0 < value < 10:
        return FEW[language]
    number = form(rounded(value), figure.unit, language)
    return number if bare else ABOUT[language].format(number=number)


def known(figure: Figure) -> float | int | None:
    """The value of a figure as far as it can be known: an estimate of people rounded, all else as it is."""
    return rounded(figure.value) if is_rough(figure) and figure.value is not None else figure.value


def roughly(figure: Figure, language: Language, *, signed: bool = False, ceiling: bool = False) -> Markup:
    """A number of people without its unit as far as it can be known: an estimate rounded in words.

    Parameters
    ----------
    figure : a count of people, or a difference between two.
    language : the page's language.
    signed : whether it is a difference, which may be near nothing.
    ceiling : whether all that is known is that there are no more.
    """
    if figure.value is None:
        return _absent(figure, language)
    if not is_rough(figure):
        words = written(figure.value, figure.unit, language)
    elif 0 < figure.value < 10 and not signed:
        words = FEW[language]
    else:
        number = written(rounded(figure.value), figure.unit, language)
        words = (AT_MOST if ceiling else ABOUT)[language].format(number=number)
    return _figure(figure, words)


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
    ends = [
        _figure(end, written(rounded(end.value), end.unit, language))
        for end in (low, high)
        if end.value is not None
    ]
    return Markup("{} ({}–{})").format(roughly(figure, language), *ends)


def in_cell(figure: Figure, language: Language, *, marked: bool = True) -> Markup:
    """A figure in a table: the number alone, its cell's address beside it for machines.

    Parameters
    ----------
    figure : the figure.
    language : the page's language.
    marked : whether an estimate or assumption is marked; not where the whole table is said to be one.
    """
    if figure.value is None:
        return _absent(figure, language)
    mark = _mark(figure, language) if marked else ""
    return _figure(figure, said(figure, language, bare=True), mark)


def plain(shown: Markup) -> str:
    """A figure's words without its tags; spaces that must not break stay as they are."""
    return re.sub("<[^>]*>", "", str(shown))


def in_words(figure: Figure, language: Language) -> Markup:
    """A number with its unit, where the page has said already how all its figures are known."""
    if figure.value is None:
        return _absent(figure, language)
    return _figure(figure, said(figure, language))


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
    if figure.value is None:
        shown = _absent(figure, language)
    else:
        # The words of an estimate of people say what it is.
        mark = "" if is_rough(figure) else _mark(figure, language)
        shown = _figure(figure, said(figure, language, magnitude=magnitude), mark)
    return Markup('<a class="figure" href="{}#{}">{}</a>').format(trace, figure.column, shown)


def _absent(figure: Figure, language: Language) -> Markup:
    reason = figure.absent or "missing"
    return Markup('<span class="absent" data-figure="{}" title="{}">{}</span>').format(
        figure.id, ABSENT[reason][language], ABSENT_SIGN[reason]
    )


def _mark(figure: Figure, language: Language) -> str:
    """The sign of an estimate or assumption; a year or a count beside one bears none."""
    if figure.basis not in BASIS_SIGN or figure.unit in ("year", "persons_counted"):
        return ""
    return _sign(figure.basis, language)


@cache
def _sign(basis: str, language: Language) -> Markup:
    word = BASIS[basis][language]
    return Markup(
        '<sup class="basis" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="unseen"> {}</span></sup>'
    ).format(word, BASIS_SIGN[basis], word)


def _figure(figure: Figure, words: str, mark: str = "") -> Markup:
    """A figure in words, with the exact value and its cell's address for machines."""
    # Of the text of a page most is figures: this is five times as fast as Markup.format.
    cell, shown = escape(figure.id), escape(words) + escape(mark)
    return Markup(f'<data value="{figure.value}" data-figure="{cell}">{shown}</data>')
