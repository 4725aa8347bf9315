# make site   the example site, built and ready to open
# make test   everything that CI checks
# make bench  how fast, beside Hugo
# make soak   the longer tests
# make fuzz   texts that nobody would write: COUNT=1000000, or SECONDS=600
# make mutate small changes to the code, of which the tests are to notice nine in ten: COUNT=120 SEED=8
# make cover  which lines and branches the tests reach
# make audit  known faults of what the tests install; it asks the registry
# make lock   pins anew what the tests install (tests/requirements.txt)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: site test lint check bench soak fuzz mutate cover audit lock clean

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
	DOZABAN_SOAK=1 DOZABAN_TALLY=$(CURDIR)/$(VENV)/tally $(BIN)/python -m pytest -n 2 --dist worksteal --durations 20
	$(BIN)/python tests/tabulate.py $(VENV)/tally

fuzz: $(VENV)/.tested
	$(BIN)/python tests/fuzz.py $(if $(COUNT),--count $(COUNT)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

mutate: $(VENV)/.tested
	$(BIN)/python tests/mutate.py $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

cover: $(VENV)/.tested
	@tests/prepare.sh
	@rm -f $(VENV)/coverage*
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal -m "not soak"
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

audit: $(VENV)/tools/.made
	@$(VENV)/tools/bin/pip-audit --strict --disable-pip --no-deps --progress-spinner off -r tests/requirements.txt \
	  || { echo "Either a fault is named above, or the registry does not say (\"could not be audited\"):" \
	       "then this is no audit."; exit 1; }

lock: $(VENV)/tools/.made
	CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/tools/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras \
	  --no-annotate --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --extra dask --extra pdf --extra search --extra test --build-deps-for editable -o tests/requirements.txt pyproject.toml

$(VENV)/tools/.made: $(VENV)/.made
	@$(PYTHON) -m venv $(VENV)/tools
	@$(VENV)/tools/bin/pip --disable-pip-version-check --quiet install 'pip-audit>=2.7' 'pip-tools>=7.4'
	@touch $@

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

# What is installed for the tests is pinned, each file by its digest, for one Python on Linux.
HERE = with Python $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

$(VENV)/.tested: $(VENV)/.made pyproject.toml pipeline/fonts.py pipeline/sbom.py $(FONTS) \
    tests/requirements.txt tests/corpus-requirements.txt tests/vectors-requirements.txt
	@echo "installing what the tests need into $(VENV) …"
	@if [ "$$(uname -s)" = Linux ] && grep -q "$(HERE)$$" tests/requirements.txt; then \
	  $(PIP) install --require-hashes -r tests/requirements.txt \
	    && $(PIP) install --no-deps --no-build-isolation -e .; \
	else \
	  echo "tests/requirements.txt is not for this Python or system: the newest releases allowed are taken, unpinned."; \
	  $(PIP) install -e '.[dask,pdf,search,test]'; \
	fi
	@touch $(VENV)/.installed
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
