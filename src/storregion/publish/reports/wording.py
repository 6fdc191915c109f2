"""Reports as pages of the portal, and the files to download there."""

from collections.abc import Sequence

from storregion.core.language import Language
from storregion.publish.reports.model import Part, Report, Sentence
from storregion.publish.reports.slides import Deck
from storregion.publish.words import WORDS as PORTAL
from storregion.publish.words import read


def link(language: Language, to: str = "place") -> str:
    """The words of a link to a report: on a place, or on the `state` of the group."""
    return word("state_link" if to == "state" else "link", language)


WORDS = {**PORTAL, **{f"report_{name}": text for name, text in read("reports.toml").items()}}
"""The portal's words by name, and the reports' own under `report_NAME`."""


def word(name: str, language: Language, **parts: str) -> str:
    """The words of that name, `{part}` filled with other words.

    Parameters
    ----------
    name : of the words; the reports' own are looked for first.
    language : the report's.
    parts : words by name.
    """
    own = f"report_{name}"
    template = WORDS[own if own in WORDS else name][language]
    return template.format(**parts) if parts else template


def listed(names: Sequence[str], language: Language, joint: str = "and") -> str:
    """Names in a row as a sentence has them: with commas, and a word before the last."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word(joint, language)} {names[-1]}"


def fresh(report: Report | Deck) -> str:
    """How fresh a report is: the last year of its figures, the day of its newest source, and its version."""
    parts = {"year": str(report.year), "date": report.date.isoformat(), "key": report.key}
    return word("fresh", report.language, **parts)


def said(name: str, language: Language, /, **parts: Part) -> Sentence:
    """The sentence of that name with its figures and words.

    Parameters
    ----------
    name : of the sentence; the reports' own are looked for first.
    language : the report's.
    parts : figures and words by name.
    """
    return Sentence(word(name, language), parts)


def unsigned(name: str, language: Language, /, **parts: Part) -> Sentence:
    """The sentence of that name with the signs of its figures left out, since its verb says them."""
    return Sentence(word(name, language), parts, magnitude=True)


def plain(text: str) -> Sentence:
    """Words as they are; braces in them name no part."""
    return Sentence("{words}", {"words": text})
