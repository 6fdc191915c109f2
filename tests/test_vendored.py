"""What is carried of other projects is what the list says, and what a release lists."""

import csv
import hashlib
import json
import tomllib
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tests.test_reuse import ROOT, said
from tools import bill

LISTED = tomllib.loads(bill.LIST.read_text("utf-8"))
PLACE = "src/storregion/publish"
FILES = {file: package | it for package in LISTED.values() for file, it in package["files"].items()}


def test_every_file_of_another_project_is_listed_by_its_hash() -> None:
    folder = ROOT / PLACE
    carried = [it for kind in ("vendor/*", "*.woff2") for it in (folder / "assets").glob(kind)]
    carried += (folder / "reports" / "fonts").iterdir()
    assert {path.relative_to(folder).as_posix() for path in carried} == set(FILES)
    for file, of in FILES.items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == of["sha256"], file


def test_licences_are_those_of_reuse_and_purls_name_the_versions() -> None:
    annotations = tomllib.loads((ROOT / "REUSE.toml").read_text("utf-8"))["annotations"]
    for file, of in FILES.items():
        assert said(f"{PLACE}/{file}", annotations)["SPDX-License-Identifier"] == of["licence"], file
        assert of["purl"].rpartition("@")[2].removesuffix("R") == of["version"], file


# What stands in a bill of an environment with one package.
BILL = {
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": {"bom-ref": "root-component", "name": "storregion", "type": "application"}},
    "components": [{"bom-ref": "numpy==2.4.0", "name": "numpy", "type": "library", "version": "2.4.0"}],
    "dependencies": [{"ref": "numpy==2.4.0"}, {"ref": "root-component", "dependsOn": ["numpy==2.4.0"]}],
}


def test_a_release_lists_what_is_carried_beside_what_is_installed(tmp_path: Path) -> None:
    listed, licences = tmp_path / "sbom.cdx.json", tmp_path / "licences.csv"
    listed.write_text(json.dumps(BILL))
    licences.write_text(
        '"Name","Version","License","URL"\n"numpy","2.4.0","BSD-3-Clause","https://numpy.org"\n'
    )
    bill.main(listed, licences)
    text = listed.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found = json.loads(text)
    purls = {package["purl"] for package in LISTED.values()}
    assert {one.get("purl") for one in found["components"]} == {None, *purls}
    hashes = {
        file["name"]: file["hashes"][0]["content"]
        for one in found["components"]
        for file in one.get("components", ())
    }
    assert hashes == {file: of["sha256"] for file, of in FILES.items()}
    depends = {one["ref"]: set(one.get("dependsOn", ())) for one in found["dependencies"]}
    wanted = {"numpy==2.4.0": set(), "root-component": {"numpy==2.4.0", *purls}}
    assert depends == wanted | {purl: set() for purl in purls}
    with licences.open(newline="") as file:
        rows = {row["Name"]: (row["Version"], row["License"]) for row in csv.DictReader(file)}
    assert rows == {"numpy": ("2.4.0", "BSD-3-Clause")} | {
        name: (package["version"], package["licence"]) for name, package in LISTED.items()
    }
