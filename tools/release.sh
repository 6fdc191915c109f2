#!/bin/sh
# Fills dist with what a release holds: wheel and source, the parts that serve with their licences (SBOM), and a list of them.
set -eu
python=${1:-python3}
rm -rf dist build/release
mkdir -p dist
.venv/bin/python -m hatchling build -d dist
# An environment of its own: what serves, and nothing of what tests.
"$python" -m venv build/release
build/release/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
build/release/bin/pip install --quiet --disable-pip-version-check --no-deps dist/*.whl
build/release/bin/pip uninstall --quiet --disable-pip-version-check --yes setuptools
.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
  --output-file dist/sbom.cdx.json build/release/bin/python
.venv/bin/pip-licenses --python build/release/bin/python --format csv --with-urls --order license \
  --output-file dist/licences.csv
# Files of other projects that are carried, not installed.
.venv/bin/python tools/bill.py dist/sbom.cdx.json dist/licences.csv
ls -l dist
