"""Add the files of other projects that the portal carries to what a release lists.

`python tools/bill.py SBOM LICENCES` adds what `vendored.toml` holds to a bill of materials (CycloneDX, JSON)
and to a list of licences (CSV), both of what is installed.
"""

import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

LIST = Path(__file__).parent / "vendored.toml"


def component(name: str, package: dict[str, Any]) -> dict[str, Any]:
    """A package as CycloneDX has it, with the files that are carried and their hashes."""
    return {
        "bom-ref": package["purl"],
        "components": [
            {
                "bom-ref": f"{package['purl']}#{file}",
                "hashes": [{"alg": "SHA-256", "content": found["sha256"]}],
                "name": file,
                "type": "file",
            }
            for file, found in package["files"].items()
        ],
        "licenses": [{"license": {"acknowledgement": "declared", "id": package["licence"]}}],
        "name": name,
        "purl": package["purl"],
        "type": "library",
        "version": package["version"],
    }


def completed(bill: dict[str, Any], packages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A bill of materials with packages added, on which the program depends."""
    program = bill["metadata"]["component"]["bom-ref"]
    carried = [component(name, package) for name, package in packages.items()]
    refs = [one["bom-ref"] for one in carried]
    others = [one for one in bill["dependencies"] if one["ref"] != program]
    own = {it for one in bill["dependencies"] if one["ref"] == program for it in one.get("dependsOn", ())}
    depends = [*others, *({"ref": ref} for ref in refs), {"ref": program, "dependsOn": sorted({*own, *refs})}]
    return bill | {
        "components": [*bill["components"], *carried],
        "dependencies": sorted(depends, key=lambda one: str(one["ref"])),
    }


def main(bill: Path, licences: Path) -> None:
    """Add the list to both files."""
    packages = tomllib.loads(LIST.read_text("utf-8"))
    found = completed(json.loads(bill.read_text("utf-8")), packages)
    bill.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    with licences.open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows.writerows((name, it["version"], it["licence"], it["purl"]) for name, it in packages.items())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
