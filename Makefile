# make site   the example site, built and ready to open
# make test   everything that CI checks
# make bench  how fast, beside Hugo
# make soak   the longer tests
# make fuzz   texts that nobody would write: COUNT=1000000, or SECONDS=600

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: site test lint check bench soak fuzz clean

site: $(VENV)/.installed
	@$(BIN)/dozaban build --portable
	@$(BIN)/dozaban newsletter build
	@echo
	@echo "The example site is ready. Open this file in a browser:"
	@echo "  $(CURDIR)/public/index.html"

test: $(VENV)/.tested
	@tests/prepare.sh
	$(BIN)/ruff check pipeline tests
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not soak"

soak: $(VENV)/.tested
	@tests/prepare.sh
	@tests/fetch_gettext.sh $(VENV)/corpus/gettext
	@tests/fetch_checker.sh $(VENV)/checker
	@rm -rf $(VENV)/tally
	DOZABAN_SOAK=1 DOZABAN_TALLY=$(CURDIR)/$(VENV)/tally $(BIN)/python -m pytest -n 2 --dist worksteal
	$(BIN)/python tests/tabulate.py $(VENV)/tally

fuzz: $(VENV)/.tested
	$(BIN)/python tests/fuzz.py $(if $(COUNT),--count $(COUNT)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/.tested
	$(PIP) install -e '.[bench]'
	$(BIN)/python tests/bench.py --table README.md

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "dozaban needs Python 3.11 or newer; this is $$($(PYTHON) --version)." \
	       "Name another: make site PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing: apt install python3-venv"; rm -rf $(VENV); exit 1; }
	@touch $@

# Installing makes the fonts too: again where they are missing.
FONTS := $(if $(wildcard pipeline/_data/fonts/*.woff2),,missing)
.PHONY: missing

$(VENV)/.installed: $(VENV)/.made pyproject.toml pipeline/fonts.py $(FONTS)
	@echo "installing what dozaban needs into $(VENV) …"
	@$(PIP) install -e '.[pdf,search]'
	@touch $@

$(VENV)/.tested: $(VENV)/.installed tests/corpus-requirements.txt tests/vectors-requirements.txt
	@echo "installing what the tests need into $(VENV) …"
	@$(PIP) install -e '.[test]'
	@rm -rf $(VENV)/corpus && mkdir -p $(VENV)/corpus
	@$(PIP) download --no-deps --no-binary :all: --require-hashes \
	  -r tests/corpus-requirements.txt -d $(VENV)/corpus
	@$(PIP) download --no-deps --only-binary :all: --require-hashes \
	  -r tests/vectors-requirements.txt -d $(VENV)/corpus
	@tar -xzf $(VENV)/corpus/mistune-*.tar.gz -C $(VENV)/corpus --strip-components=3 \
	  --wildcards '*/tests/fixtures/commonmark.json'
	@touch $@

clean:
	rm -rf public .dozaban pipeline/_data $(VENV)
