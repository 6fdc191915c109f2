"""What lies at an address of the portal, made ready to send."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from storregion.core.language import LANGUAGES
from storregion.publish.ordering import SORT
from storregion.publish.parts import Answer
from storregion.publish.rendering import version
from storregion.publish.serving.asked import Asked
from storregion.publish.serving.kept import Kept, laid, packed
from storregion.publish.serving.opening import Opened
from storregion.publish.serving.shared import Shared
from storregion.publish.site import EMBED, HTML, NoSuchPageError, Site, asset

LONGEST_PATH = 300
LONGEST_QUERY = 2000


@dataclass(frozen=True)
class Moved:
    """What was asked for lies elsewhere."""

    to: str
    status: int


@dataclass(frozen=True)
class Missing:
    """Nothing lies there: the page that says so."""

    body: str


Made = Kept | Moved | Missing


def address_of(asked: Asked, opened: Opened | None) -> str:
    """What an answer is kept under: the path, and the query where it decides what is shown.

    Parameters
    ----------
    asked : the request.
    opened : the site; None before it is open.
    """
    if asked.query and not is_asset(asked) and (opened is None or _asks_more(opened.site, asked)):
        return f"{asked.path}?{asked.query}"
    return asked.path


def asset_at(asked: Asked, folder: Path) -> Kept:
    """A file that pages use, ready to send.

    Parameters
    ----------
    asked : the request.
    folder : on the disk that holds large answers.

    Raises
    ------
    NoSuchPageError
        It does not exist.
    """
    answer = asset(asked.path.removeprefix("assets/"))
    return laid(packed(answer, version(answer.body)), folder)


def made_at(opened: Opened, asked: Asked, folder: Path, shared: Shared | None) -> Made:
    """What lies at an address of an open site, ready to send.

    Parameters
    ----------
    opened : the site.
    asked : the request.
    folder : on the disk that holds large answers.
    shared : what other processes have made and are to find; None where this process is the only one.

    Raises
    ------
    NoSuchPageError
        Nothing lies there.
    NotBuiltError
        What it rests on is not built yet.
    """
    site, path = opened.site, asked.path
    if len(path) > LONGEST_PATH:
        raise NoSuchPageError(path)
    if moved := _moved(site, path):
        return Moved(f"/{moved}", 308)
    address = address_of(asked, opened)

    def make() -> Kept:
        return packed(_answer(site, asked), opened.tag(address))

    return shared.once(f"{opened.key} {address}", make) if shared else laid(make(), folder)


def _moved(site: Site, path: str) -> str | None:
    """Where a path leads that has no last slash or is a page's second address."""
    language, _, address = path.partition("/")
    if path in LANGUAGES:
        return f"{path}/"
    if language not in LANGUAGES or address in site.makers:
        return None
    slashed = address if address.endswith("/") else f"{address}/"
    found = site.aliases.get(slashed, slashed if slashed in site.makers else None)
    return f"{language}/{found}" if found else None


def _answer(site: Site, asked: Asked) -> Answer:
    """What lies at a path; a form is filled in, and tables are sorted, by the query."""
    if not asked.query or not _asks_more(site, asked):
        return site.answer(asked.path)
    if len(asked.query) > LONGEST_QUERY:
        raise NoSuchPageError(asked.path)
    query = parse_qs(asked.query, keep_blank_values=True)
    if _embeds(asked):
        return site.embedded(asked.language, asked.folder, query)
    if asked.folder not in site.forms:
        return Answer(HTML, site.html(asked.language, asked.folder, query).encode())
    return site.filled_in(asked.language, asked.folder, query, asked.file)


def _asks_more(site: Site, asked: Asked) -> bool:
    """Whether the query decides what is shown: it fills in a form, sorts a table, or shapes a picture."""
    if asked.path.partition("/")[0] not in LANGUAGES:
        return False
    sorts = asked.folder in site.makers and not asked.file and SORT in parse_qs(asked.query)
    return sorts or asked.folder in site.forms or _embeds(asked)


def is_asset(asked: Asked) -> bool:
    """Whether it is a file that pages use."""
    return asked.path.startswith("assets/")


def _embeds(asked: Asked) -> bool:
    """Whether it is a picture alone, for a frame on another page."""
    return asked.folder.startswith(EMBED) and not asked.file
