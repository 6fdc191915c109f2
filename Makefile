# Two commands do everything: `make portal` and `make test`. Each sets up what it needs.

PYTHON ?= python3
SERVE ?= 1
PORT ?= 8000
WORKERS ?= 2
BIN := .venv/bin
STORE := build/store
TABLES := build/test-store
LINT = $(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && \
  { $(BIN)/reuse lint --quiet || $(BIN)/reuse lint; }
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist worksteal -q --durations=20

.PHONY: portal test bench pictures lint lock clean

portal: .venv/ready  ## build the bundled group and serve its portal
	$(BIN)/storregion --store $(STORE) build
ifneq ($(SERVE),0)
	$(BIN)/storregion --store $(STORE) serve --port $(PORT)
endif

test: .venv/tests  ## lint, types, all tests, and the browser tests: all of them, whatever fails
	@rm -rf $(TABLES); export STORREGION_TEST_STORE="$(CURDIR)/$(TABLES)"; wrong=; \
	{ $(LINT); } || wrong="$$wrong lint"; \
	$(PYTEST) -m "not browser" || wrong="$$wrong tests"; \
	BROWSER="$$(sh tools/browser.sh)" $(PYTEST) -m browser tests/browser || wrong="$$wrong browser-tests"; \
	if [ -n "$$wrong" ]; then echo "FAILED:$$wrong"; exit 1; fi; echo "passed: lint, tests, browser tests"

lint: .venv/tests
	$(LINT)

bench: .venv/tests  ## measure against limits and peers
	$(BIN)/python benchmarks/portal.py
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.growth --timings
	$(BIN)/python benchmarks/markets.py
	$(BIN)/python benchmarks/bounds.py
	$(BIN)/python benchmarks/dispatch.py
	$(BIN)/python benchmarks/projection.py
	$(BIN)/python benchmarks/access.py
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python benchmarks/plans.py
	$(BIN)/python benchmarks/reports.py
	$(BIN)/python -m benchmarks.fetch

.PHONY: mutants
mutants: .venv/tests  ## put small faults into what makes figures, one at a time, and see what the tests catch
	$(BIN)/python -m tools.mutants $(MUTANTS)

pictures: .venv/tests  ## take the README's pictures anew
	BROWSER="$$(sh tools/browser.sh)" $(BIN)/python tools/pictures.py

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-header --no-emit-index-url pyproject.toml
PORTAL = $(addprefix --extra ,portal plans reports tables fetch clone)

lock: .venv/tests  ## resolve the dependencies anew: all of them, and of these what the portal needs
	$(BIN)/pip install --quiet uv
	$(LOCK) --all-extras --upgrade --output-file requirements-test.lock
	$(LOCK) $(PORTAL) --constraint requirements-test.lock --upgrade --output-file requirements.lock

.PHONY: release
release: .venv/tests  ## fill dist: wheel, source, software bill of materials (CycloneDX) and licences
	sh tools/release.sh $(PYTHON)

.PHONY: vendor
vendor: .venv/tests  ## take the files of other projects that the portal carries, of tools/vendored.toml
	$(BIN)/python tools/vendor.py $(if $(UPDATE),--update)

.PHONY: reference
reference: .venv/tests  ## write docs/reference from the program
	$(BIN)/python tools/reference.py

.venv/ready: requirements.lock pyproject.toml
	sh tools/environment.sh $(PYTHON)
	touch $@

.venv/tests: .venv/ready requirements-test.lock
	sh tools/environment.sh $(PYTHON) tests
	touch $@

clean:
	rm -rf .venv build dist
