"""A frozen follow-up: its files at addresses that never change, with their checksums."""

from functools import partial
from pathlib import Path

from storregion.core.language import Language
from storregion.publish.followups import manifest, packages
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """A page for each frozen follow-up."""
    return {f"strategy/followup/{folder.name}/": partial(frozen, folder=folder) for folder in packages(site)}


def frozen(site: Site, language: Language, folder: Path) -> Page:
    """A frozen follow-up: its files at addresses that never change, with their checksums."""
    about = manifest(folder)
    page = Page("frozen.html", f"{WORDS['hub_followup'][language]} {folder.name}")
    page.context = {
        "name": folder.name,
        "created": about.created.isoformat(),
        "version": about.version,
        "files": sorted(about.files.items()),
    }
    return page
