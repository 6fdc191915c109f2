"""Decks of slides by what they are on: a place, the state, a focus area, a scenario."""

from collections.abc import Callable

from storregion.core.language import Language
from storregion.publish.reports import place_slides, scenario_slides, state_slides
from storregion.publish.reports.slides import Deck
from storregion.publish.site import Site

DECKS: dict[str, Callable[[Site, Language, str], Deck]] = {
    "place": place_slides.deck,
    "state": lambda site, language, _: state_slides.deck(site, language),
    "focus": state_slides.focus_deck,
    "scenario": scenario_slides.deck,
}
"""The decks by what they are on, as a job of a batch names it."""


def made(site: Site, language: Language, job: tuple[str, str]) -> Deck:
    """The deck of a job.

    Parameters
    ----------
    site : where everything is read.
    language : of the deck.
    job : `("place", code)`, `("state", "")`, `("focus", name)` or `("scenario", name)`.

    Raises
    ------
    CallError
        What it is on does not exist.
    """
    kind, name = job
    return DECKS[kind](site, language, name)
