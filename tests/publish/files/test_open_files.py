"""The open files of the whole portal: do catalogue and data package hold to what their formats ask for?"""

import csv
import gzip
import hashlib
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from urllib import robotparser

import polars as pl
import pytest

from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.publish.files.dcat import RDF, SPACES
from storregion.publish.files.downloads import MANY
from storregion.publish.files.licences import CC0, CC_BY, licence
from storregion.publish.files.whole_tables import MANY_CELLS
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.strategy import freeze, whole

ADDRESS = "https://example.org/portal/"
PORTAL = (
    f'[portal]\naddress = "{ADDRESS}"\npublisher = "Regionen & Co"\nemail = "data@example.org"\n'
    'publisher_id = "http://dataportal.se/organisation/SE2321000000"\n'
)
# DCAT-AP-SE 3.0.1: what each class must have, and of what it may have one only.
MANDATORY = {
    "dcat:Catalog": {
        "dcterms:title",
        "dcterms:description",
        "dcterms:publisher",
        "dcterms:license",
        "dcat:dataset",
    },
    # A contact point is recommended; one that there is must have name and address.
    "dcat:Dataset": {"dcterms:title", "dcterms:description", "dcterms:publisher"},
    "dcat:Distribution": {"dcat:accessURL"},
    "foaf:Agent": {"foaf:name"},
    "vcard:Organization": {"vcard:fn", "vcard:hasEmail"},
}
ONCE = {"dcterms:publisher", "dcterms:license", "foaf:homepage", "dcterms:accessRights", "dcterms:format"}
POINTS_TO = {
    "dcterms:publisher": "foaf:Agent",
    "dcat:dataset": "dcat:Dataset",
    "dcat:distribution": "dcat:Distribution",
    "dcat:contactPoint": "vcard:Organization",
}


def short(name: str) -> str:
    """A name of ElementTree with the prefix of its name space."""
    space, _, rest = name.lstrip("{").partition("}")
    return f"{next(prefix for prefix, known in SPACES.items() if known == space)}:{rest}"


def faults(content: bytes, *, absolute: bool) -> list[str]:
    """What is missing in a catalogue by DCAT-AP-SE 3.0.1, and what a harvester refuses."""
    root = ET.fromstring(content)  # noqa: S314 - our own
    found: list[str] = []
    nodes: dict[str, str] = {}
    for node in root:
        about, kind = node.get(f"{{{RDF}}}about"), short(node.tag)
        if about is None:
            found.append(f"{kind} is a blank node")
            continue
        if about in nodes:
            found.append(f"{about} stands twice")
        nodes[about] = kind
        names = [short(child.tag) for child in node]
        found += [f"{about} has no {name}" for name in sorted(MANDATORY[kind] - set(names))]
        found += [f"{about} has several {name}" for name in ONCE if names.count(name) > 1]
        for child in node:
            target = child.get(f"{{{RDF}}}resource")
            if target is None and not (child.text or "").strip():
                found.append(f"{about} has an empty {short(child.tag)}")
            for address in (about, target):
                if absolute and address and not re.match(r"(https?://|mailto:)[^\s<>\"]+$", address):
                    found.append(f"{address} is not absolute")
    for node in root:
        for child in node:
            wanted, target = POINTS_TO.get(short(child.tag)), child.get(f"{{{RDF}}}resource") or ""
            if wanted and nodes.get(target) != wanted:
                found.append(f"{target} is not a {wanted}")
    if list(nodes.values()).count("dcat:Catalog") != 1:
        found.append("not one catalogue")
    return found


FREE_TEXT = ("dcterms:title", "dcterms:description")


@pytest.fixture
def harvested(small: Path, store: Path) -> Site:
    """The small group with all that a harvester asks for."""
    path = small / "group.toml"
    path.write_text(path.read_text("utf-8") + "\n" + PORTAL, "utf-8")
    return open_site(Workspace(small, store))


def test_the_catalogue_has_what_the_profile_asks_for(site: Site) -> None:
    content = site.answer("catalogue.rdf").body
    assert faults(content, absolute=False) == []
    # The public address is not set, so a harvester would refuse it, and the file says why.
    assert faults(content, absolute=True) != []
    assert b"portal.address is not set" in content
    assert b"portal.email is not set: there is no contact point, which the profile recommends" in content
    assert b"dcat:contactPoint" not in content
    assert content == site.answer("catalogue.rdf").body


SECURITY = 'security = "mailto:brist@example.org"\nsecurity_until = 2027-06-30\n'


def test_who_finds_a_weakness_finds_whom_to_tell(small: Path, store: Path) -> None:
    path = small / "group.toml"
    path.write_text(path.read_text("utf-8") + "\n" + PORTAL + SECURITY, "utf-8")
    answer = open_site(Workspace(small, store)).answer(".well-known/security.txt")
    assert answer.media_type == "text/plain; charset=utf-8"
    # RFC 9116: contact and end are mandatory, and the end is a moment.
    assert answer.body.decode().splitlines() == [
        "Contact: mailto:brist@example.org",
        "Expires: 2027-06-30T23:59:59Z",
        f"Canonical: {ADDRESS}.well-known/security.txt",
        "Preferred-Languages: sv, en",
    ]


def test_without_a_contact_there_is_no_such_file(small_site: Site) -> None:
    assert ".well-known/security.txt" not in small_site.addresses()
    rules = robotparser.RobotFileParser()
    rules.parse(small_site.answer("robots.txt").body.decode().splitlines())
    assert rules.can_fetch("any", "/sv/")
    assert rules.can_fetch("any", "/sv/study/growth/")


def test_every_free_text_of_the_catalogue_says_its_language(small_site: Site) -> None:
    root = ET.fromstring(small_site.answer("catalogue.rdf").body)  # noqa: S314 - our own
    texts = [child for node in root for child in node if short(child.tag) in FREE_TEXT]
    assert len(texts) > 4 * len(small_site.workspace.schemas)
    assert {text.get("{http://www.w3.org/XML/1998/namespace}lang") for text in texts} == {"sv", "en"}


def test_a_catalogue_with_an_address_can_be_harvested(harvested: Site) -> None:
    content = harvested.answer("catalogue.rdf").body
    assert faults(content, absolute=True) == []
    assert b"<foaf:name>Regionen &amp; Co</foaf:name>" in content
    assert b'rdf:resource="mailto:data@example.org"' in content
    assert b'<foaf:Agent rdf:about="http://dataportal.se/organisation/SE2321000000">' in content


def test_where_the_portal_lies_changes_no_table(small_site: Site, harvested: Site) -> None:
    for table in small_site.workspace.steps:
        assert harvested.workspace.key(table) == small_site.workspace.key(table)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("<dcterms:license rdf", "<dcterms:x rdf", "has no dcterms:license"),
        ("<foaf:name>", "<dcterms:x>", "has no foaf:name"),
        ("<vcard:hasEmail", "<dcterms:x", "has no vcard:hasEmail"),
        ("<dcat:accessURL", "<dcterms:x", "has no dcat:accessURL"),
        (f'rdf:resource="{ADDRESS}catalogue.rdf#growth"', 'rdf:resource="growth"', "growth is not absolute"),
        ('rdf:about="http://dataportal.se', 'rdf:nodeID="http://dataportal.se', "blank node"),
    ],
)
def test_the_checker_finds_what_is_missing(harvested: Site, right: str, wrong: str, fault: str) -> None:
    text = harvested.answer("catalogue.rdf").body.decode()
    assert right in text
    name = re.match(r"<([\w:]+)", right)
    spoilt = text.replace(right, wrong)
    if name and wrong.startswith("<dcterms:x"):
        spoilt = spoilt.replace(f"</{name[1]}>", "</dcterms:x>") if "/>" not in wrong else spoilt
    assert any(fault in found for found in faults(spoilt.encode(), absolute=True))


def listed(site: Site, name: str) -> ET.Element:
    """A dataset of the catalogue by its identifier."""
    root = ET.fromstring(site.answer("catalogue.rdf").body)  # noqa: S314 - our own
    identifier = f"{{{SPACES['dcterms']}}}identifier"
    return next(node for node in root if node.findtext(identifier) == name)


def test_the_version_of_the_strategy_changes_with_whatever_it_holds(
    bundled: Workspace, tmp_path: Path, site: Site
) -> None:
    version = f"{{{SPACES['dcat']}}}version"
    before = {name: listed(site, name).findtext(version) for name in ("strategy", "underlag", "growth")}
    folder = Path(shutil.copytree(bundled.folder, tmp_path / "group"))
    links = folder / "strategy" / "links" / "regions-2025.toml"
    links.write_text(links.read_text("utf-8").replace("Första läsning av utdrag", "Ny läsning", 1), "utf-8")
    changed = open_site(Workspace(folder, bundled.store.folder))
    after = {name: listed(changed, name).findtext(version) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"strategy", "underlag"}


def test_a_frozen_follow_up_is_a_dataset_of_its_own(bundled: Workspace, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled.folder, tmp_path / "group"))
    work = Workspace(folder, bundled.store.folder)
    package = freeze.package(work, whole.read(work), date(2026, 11, 27))
    freeze.write(package, folder / "followups" / "2026")
    frozen = open_site(Workspace(folder, bundled.store.folder))
    content = frozen.answer("catalogue.rdf").body
    assert faults(content, absolute=False) == []
    files = {child.get(f"{{{RDF}}}resource") for child in listed(frozen, "followup-2026")}
    assert {f"catalogue.rdf#followups/2026/{name}" for name in package} <= files


def test_every_table_is_in_the_catalogue(site: Site) -> None:
    root = ET.fromstring(site.answer("catalogue.rdf").body)  # noqa: S314 - our own
    names = {node.findtext(f"{{{SPACES['dcterms']}}}identifier") for node in root} - {None}
    assert names == {*site.workspace.schemas, "strategy", "underlag"}


@pytest.mark.parametrize(
    ("names", "right"),
    [
        (["CC0 1.0"], CC0),
        # Further terms make it another licence.
        (["CC0 1.0", "CC0 1.0 (paketet MIT)"], None),
        (["CC0 1.0; Trafikverkets punkter efter villkoren för dess öppna API"], None),
        (["CC BY 4.0 med undantag"], None),
        ([], None),
        (["CC0 1.0", "CC BY 4.0"], CC_BY),
        (["CC0 1.0", "Citat, källan på varje rad"], None),
        (["CC BY 4.0", "X"], None),
    ],
)
def test_files_together_have_the_strictest_licence(names: list[str], right: str | None) -> None:
    assert licence(names) == right


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('address = "example.org"', r"`\$.portal.address`"),
        ('address = "https://example.org"', r"`\$.portal.address`"),
        ('address = "javascript:alert(1)/"', r"`\$.portal.address`"),
        ('email = "no address"', r"`\$.portal.email`"),
        ('publisher_id = "<x>"', r"`\$.portal.publisher_id`"),
        ('adress = "https://example.org/"', "unknown key 'portal.adress'; did you mean 'address'"),
    ],
)
def test_settings_that_would_spoil_the_catalogue_are_refused(
    small: Path, store: Path, wrong: str, said: str
) -> None:
    path = small / "group.toml"
    path.write_text(path.read_text("utf-8") + f"\n[portal]\n{wrong}\n", "utf-8")
    with pytest.raises(SettingError, match=said):
        Workspace(small, store)


def test_the_data_package_describes_every_file_as_it_is(small_site: Site) -> None:
    package = json.loads(small_site.answer("datapackage.json").body)
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])
    tables = [found["name"] for found in package["resources"] if found["format"] == "csv"]
    assert tables == list(small_site.workspace.schemas)
    types = {"string", "integer", "number", "boolean"}
    for found in package["resources"]:
        content = small_site.answer(found["path"]).body
        assert ".." not in found["path"]
        assert found["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert found["bytes"] == len(content)
        assert all(set(terms) >= {"name", "path"} for terms in found.get("licenses", []))
        assert all(terms["title"] for terms in found["sources"])
        if found["format"] == "parquet":
            continue
        assert {field["type"] for field in found["schema"]["fields"]} <= types
        names = [field["name"] for field in found["schema"]["fields"]]
        assert len(names) == len(set(names))
        assert set(found["schema"]["primaryKey"]) <= set(names)
        packed = found.get("compression") == "gz"
        assert packed == found["path"].endswith(".csv.gz")
        assert_csv(gzip.decompress(content) if packed else content, found["schema"])


def assert_csv(content: bytes, schema: dict[str, object]) -> None:
    """Hold a CSV file to its schema, cell by cell."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    fields = schema["fields"]
    assert isinstance(fields, list)
    assert rows[0] == [field["name"] for field in fields]
    read = {"integer": int, "number": float, "string": str}
    for row in rows[1:]:
        for field, cell in zip(fields, row, strict=True):
            limits = field.get("constraints", {})
            if cell == "":
                assert not limits.get("required"), field["name"]
                continue
            value = read[field["type"]](cell)
            assert "minimum" not in limits or value >= limits["minimum"]
            assert "maximum" not in limits or value <= limits["maximum"]


@pytest.mark.long
def test_large_tables_are_packed_and_none_is_left_out(site: Site) -> None:
    package = json.loads(site.answer("datapackage.json").body)
    resources = {found["path"]: found for found in package["resources"]}
    frames = {table: site.workspace.table(table) for table in site.workspace.schemas}
    large = {table for table, frame in frames.items() if frame.height > MANY}
    assert {"commuting", "nearness", "population_age_sex"} <= large
    packed = {table for table, frame in frames.items() if frame.height * frame.width > MANY_CELLS}
    assert {"growth", "population"} <= packed - large
    assert {path for path, found in resources.items() if found.get("compression")} == {
        f"data/{table}/{table}.csv.gz" for table in large | packed
    }
    shapes = {"boundaries", "small_areas"} & set(site.workspace.schemas)
    assert {path for path, found in resources.items() if found["format"] == "parquet"} == {
        f"data/{table}/{table}.parquet" for table in large | packed | shapes
    }
    assert {path.split("/")[1] for path in resources} == set(site.workspace.schemas)
    schemas = [found["schema"] for found in resources.values() if found["format"] == "csv"]
    assert all(field["unit"] for schema in schemas for field in schema["fields"])
    found = resources["data/nearness/nearness.csv.gz"]
    rows = pl.read_csv(gzip.decompress(site.answer(found["path"]).body), infer_schema=False)
    assert rows.columns == [field["name"] for field in found["schema"]["fields"]]
    assert rows.height == site.workspace.table("nearness").height


def test_a_portal_without_reports_offers_none_and_says_where_they_come_from(small_site: Site) -> None:
    without = open_site(small_site.workspace, reports=False)
    address = "place/1080/underlag/"
    left_out = set(small_site.files("sv", address)) - set(without.files("sv", address))
    assert {path.rpartition(".")[2] for path in left_out} == {"pdf", "docx", "pptx", "gpkg"}
    assert "storregion report" in without.html("sv", address)
    assert "storregion report" not in small_site.html("sv", address)
    assert "underlag-1080-sv.pptx" not in without.html("sv", "place/1080/")
    assert b'#underlag"' in small_site.answer("catalogue.rdf").body
    assert b'#underlag"' not in without.answer("catalogue.rdf").body


def test_open_files_are_served_with_their_types(site: Site) -> None:
    tables = [path for path in site.exports if path.startswith("data/")]
    kinds = {path: site.answer(path).media_type for path in site.exports if path not in tables}
    assert kinds["strategy.json"] == kinds["datapackage.json"] == "application/json"
    assert kinds["strategy-2025.xml"] == "application/xml"
    assert kinds["catalogue.rdf"] == "application/rdf+xml"
    assert {*kinds, *tables} <= set(site.addresses_outside_pages())
    assert len({path.split("/")[1] for path in tables}) == len(site.workspace.schemas)
    ET.fromstring(site.answer("strategy-2025.xml").body)  # noqa: S314 - our own
