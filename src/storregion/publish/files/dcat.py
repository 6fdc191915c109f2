"""The portal's data as a catalogue in DCAT-AP-SE 3, one RDF/XML file.

Nothing here comes from a clock: what changes with the data is each dataset's `dcat:version`, its content key.
The profile asks for absolute addresses; they begin with the setting `portal.address`. Where that is not set
they are relative, which RDF/XML counts from where the file was fetched; a harvester wants them absolute.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from storregion.core.group import Portal
from storregion.core.language import LANGUAGES, Language, Text
from storregion.publish.files import whole_tables
from storregion.publish.files.downloads import WRITERS
from storregion.publish.files.licences import CC0, licence
from storregion.publish.files.whole_tables import Whole
from storregion.publish.followups import packages
from storregion.publish.reports.files import FILES, beside_page
from storregion.publish.site import Site
from storregion.publish.view import View

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SPACES = {
    "rdf": RDF,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}


AUTHORITY = "http://publications.europa.eu/resource/authority"
LANGUAGE_CODES = {"sv": "SWE", "en": "ENG"}
LOCAL = "catalogue.rdf"
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class File:
    """One file of a dataset: its address, media type, and the languages of its words."""

    path: str
    media_type: str
    languages: Sequence[Language]


@dataclass(frozen=True)
class Dataset:
    """One dataset: its name, what it is, version, page, themes, the licence it may be used by, and files."""

    name: str
    title: Text
    about: Text
    version: str
    page: str
    themes: Sequence[str]
    licence: str | None
    files: Sequence[File]


def datasets(site: Site) -> list[Dataset]:
    """Every table of the portal, the strategy, frozen follow-ups and the reports, where there are such."""
    tables = [_table(site, table) for table in site.workspace.schemas]
    return [*tables, *_strategy(site), *_frozen(site), *_reports(site)]


def _table(site: Site, table: str) -> Dataset:
    """A table: its files carry the words of both languages."""
    whole = Whole(site, table)
    about = Text(*(f"{view.schema.about[view.language]} {_sources(view)}" for view in whole.views))
    view = whole.views[0]
    files = [
        File(whole_tables.address(table, ending), WRITERS[ending][0], LANGUAGES) for ending in whole.endings
    ]
    terms, page = licence(view.licences), f"sv/data/{table}/"
    return Dataset(table, view.schema.title, about, view.record.key, page, ("REGI",), terms, files)


def _sources(view: View) -> str:
    """Source and licence in words: what a licence's address cannot say."""
    source, terms = {"sv": ("Källa", "Licens"), "en": ("Source", "Licence")}[view.language]
    return f"{source}: {', '.join(view.producers)}. {terms}: {', '.join(view.licences)}."


def _strategy(site: Site) -> list[Dataset]:
    """The strategy's own files; the version is of their content, figures in StratML included."""
    if not site.strategy.editions:
        return []
    name = site.workspace.group.name
    paths = ["strategy.json", *(f"strategy-{year}.xml" for year in sorted(site.strategy.editions))]
    about = Text(
        "Utgåvor, antaganden, länkar, projekt och indikatorer som JSON och StratML.",
        "Editions, adoptions, links, projects and indicators as JSON and StratML.",
    )
    title = Text(f"Gemensam strategi, {name.sv}", f"Shared strategy, {name.en}")
    return [_of_exports(site, "strategy", title, about, "sv/strategy/", paths)]


def _frozen(site: Site) -> list[Dataset]:
    """Every frozen follow-up, whose files never change."""
    name, found = site.workspace.group.name, []
    for folder in packages(site):
        title = Text(
            f"Uppföljning {folder.name}, {name.sv}, fryst", f"Follow-up {folder.name}, {name.en}, frozen"
        )
        about = Text(
            "Strategi, indikatorer och status som de var; manifest.json har kontrollsummorna.",
            "Strategy, indicators and statuses as they were; manifest.json holds the checksums.",
        )
        paths = [path for path in site.exports if path.startswith(f"followups/{folder.name}/")]
        page = f"sv/strategy/followup/{folder.name}/"
        found.append(_of_exports(site, f"followup-{folder.name}", title, about, page, paths))
    return found


def _of_exports(site: Site, name: str, title: Text, about: Text, page: str, paths: Sequence[str]) -> Dataset:
    """Open files as a dataset: its version is the SHA-256 of all their bytes."""
    digest, files = hashlib.sha256(), []
    for path in paths:
        media_type, make = site.exports[path]
        digest.update(make())
        files.append(File(path, media_type, LANGUAGES if media_type == "application/json" else ("sv",)))
    # Our own words are CC0; figures have the terms of the tables they are of.
    tables = {indicator.table for indicator in site.followup.indicators.values()}
    terms = {name for table in tables for name in Whole(site, table).views[0].licences}
    version = digest.hexdigest()[:20]
    return Dataset(name, title, about, version, page, ("GOVE", "REGI"), licence({"CC0 1.0", *terms}), files)


def _reports(site: Site) -> list[Dataset]:
    """The underlag of every place and the state of the group, in every format and language.

    They rest on all tables and the strategy, so their version is made of the versions of those; each names
    its own sources and licences.
    """
    stems: dict[str, tuple[str, str | None]] = {
        f"place/{code}/underlag/": (f"underlag-{code}", code) for code in _places(site)
    }
    stems |= {"state/": ("state", None)} if site.has("state/") else {}
    files = [
        File(f"{language}/{address}{stem}-{language}.{form}", FILES[form], (language,))
        for address, (stem, code) in stems.items()
        for language in LANGUAGES
        for form in beside_page(site, code)
    ]
    if not files:
        return []
    versions = [site.workspace.key(table) for table in site.workspace.schemas]
    versions += [dataset.version for dataset in _strategy(site)]
    name = site.workspace.group.name
    return [
        Dataset(
            "underlag",
            Text(f"Underlag för kommuner och län, {name.sv}", f"Underlag for each place, {name.en}"),
            Text(
                "Storregionalt perspektiv på varje kommun och län, och läget i helheten: PDF, DOCX och "
                "GeoPackage. Källor och licenser står i varje fil.",
                "Each municipality and county in the perspective of all regions together, and the state of "
                "the whole: PDF, DOCX and GeoPackage. Sources and licences stand in each file.",
            ),
            hashlib.sha256("".join(versions).encode()).hexdigest()[:20],
            "sv/place/",
            ("REGI",),
            None,
            files,
        )
    ]


def _places(site: Site) -> list[str]:
    """The codes of the places that have an underlag."""
    found = (re.fullmatch(r"place/(\w+)/underlag/", address) for address in site.makers)
    return [match[1] for match in found if match]


def unset(portal: Portal) -> list[str]:
    """What the group has not stated that a catalogue should have, and what follows.

    The profile makes absolute addresses and a publisher mandatory; a contact point it only recommends, but
    one must have an e-mail address.

    Parameters
    ----------
    portal : what the group says of its portal.
    """
    notes = {
        "address": "portal.address is not set: addresses are relative, and no portal harvests the catalogue",
        "publisher": "portal.publisher is not set: the group's own name stands for the publisher",
        "email": "portal.email is not set: there is no contact point, which the profile recommends",
    }
    return [said for key, said in notes.items() if getattr(portal, key) is None]


def catalogue(site: Site) -> bytes:
    """The catalogue as RDF/XML, the same bytes for the same data."""
    for prefix, space in SPACES.items():
        ElementTree.register_namespace(prefix, space)
    group, portal = site.workspace.group, site.workspace.group.portal
    base = portal.address or ""
    found = datasets(site)
    root = ElementTree.Element(f"{{{RDF}}}RDF")
    for said in unset(portal):
        root.append(ElementTree.Comment(f" In group.toml, {said}. "))
    publisher = portal.publisher_id or f"{base}{LOCAL}#publisher"
    node = _node(root, "dcat:Catalog", f"{base}{LOCAL}#catalogue")
    _texts(node, "dcterms:title", Text(f"Öppna data, {group.name.sv}", f"Open data, {group.name.en}"))
    _texts(node, "dcterms:description", group.about)
    _points(node, "dcterms:publisher", publisher)
    # The profile asks for this licence of every catalogue: it is the description's, not the data's.
    _points(node, "dcterms:license", CC0)
    _points(node, "foaf:homepage", f"{base}sv/")
    _points(node, "dcat:themeTaxonomy", f"{AUTHORITY}/data-theme")
    for code in LANGUAGES:
        _points(node, "dcterms:language", f"{AUTHORITY}/language/{LANGUAGE_CODES[code]}")
    for dataset in found:
        _points(node, "dcat:dataset", f"{base}{LOCAL}#{dataset.name}")
    agent = _node(root, "foaf:Agent", publisher)
    _text(agent, "foaf:name", portal.publisher or group.name.sv)
    _points(agent, "dcterms:type", "http://purl.org/adms/publishertype/RegionalAuthority")
    if portal.email:
        contact = _node(root, "vcard:Organization", f"{base}{LOCAL}#contact")
        _text(contact, "vcard:fn", portal.publisher or group.name.sv)
        _points(contact, "vcard:hasEmail", f"mailto:{portal.email}")
    for dataset in found:
        _dataset(root, base, dataset, publisher, contact=portal.email is not None)
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _dataset(
    root: ElementTree.Element, base: str, dataset: Dataset, publisher: str, *, contact: bool
) -> None:
    node = _node(root, "dcat:Dataset", f"{base}{LOCAL}#{dataset.name}")
    _texts(node, "dcterms:title", dataset.title)
    _texts(node, "dcterms:description", dataset.about)
    _text(node, "dcterms:identifier", dataset.name)
    _text(node, "dcat:version", dataset.version)
    _points(node, "dcterms:publisher", publisher)
    if contact:
        _points(node, "dcat:contactPoint", f"{base}{LOCAL}#contact")
    _points(node, "dcat:landingPage", f"{base}{dataset.page}")
    _points(node, "dcterms:accessRights", f"{AUTHORITY}/access-right/PUBLIC")
    for theme in dataset.themes:
        _points(node, "dcat:theme", f"{AUTHORITY}/data-theme/{theme}")
    for code in dict.fromkeys(code for file in dataset.files for code in file.languages):
        _points(node, "dcterms:language", f"{AUTHORITY}/language/{LANGUAGE_CODES[code]}")
    for file in dataset.files:
        _points(node, "dcat:distribution", f"{base}{LOCAL}#{file.path}")
    for file in dataset.files:
        _distribution(root, base, dataset, file)


def _distribution(root: ElementTree.Element, base: str, dataset: Dataset, file: File) -> None:
    node = _node(root, "dcat:Distribution", f"{base}{LOCAL}#{file.path}")
    for code in file.languages:
        title = f"{dataset.title[code]} ({file.path.rpartition('/')[2]})"
        _text(node, "dcterms:title", title, code)
    _points(node, "dcat:accessURL", f"{base}{file.path}")
    _points(node, "dcat:downloadURL", f"{base}{file.path}")
    _text(node, "dcterms:format", file.media_type.partition(";")[0])
    for code in file.languages:
        _points(node, "dcterms:language", f"{AUTHORITY}/language/{LANGUAGE_CODES[code]}")
    if dataset.licence is not None:
        _points(node, "dcterms:license", dataset.licence)


def _name(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return f"{{{SPACES[prefix]}}}{rest}"


def _node(root: ElementTree.Element, kind: str, about: str) -> ElementTree.Element:
    return ElementTree.SubElement(root, _name(kind), {_name("rdf:about"): about})


def _points(parent: ElementTree.Element, name: str, target: str) -> None:
    ElementTree.SubElement(parent, _name(name), {_name("rdf:resource"): target})


def _text(parent: ElementTree.Element, name: str, text: str, language: str = "") -> None:
    attributes = {"{http://www.w3.org/XML/1998/namespace}lang": language} if language else {}
    # Titles come from files of others; what XML cannot hold is shown as such.
    ElementTree.SubElement(parent, _name(name), attributes).text = _NO_XML.sub("\ufffd", text)


def _texts(parent: ElementTree.Element, name: str, text: Text) -> None:
    for language in LANGUAGES:
        _text(parent, name, text[language], language)
