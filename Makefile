# Traboule: `make demo` and `make test` do all their set-up themselves. Each target says what it does.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JUDGE  := .venv-judge
BIOME  := @biomejs/biome@2.6.8
export TRABOULE_MODELS__DIR ?= $(CURDIR)/.cache/models
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo serve test smoke lint types page bench bench-size judge fix sbom lock clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/' | sort

demo: $(VENV)/.ready ## Set up, pull the models, ingest the fictitious corpus, show a cited answer
	@$(BIN)/traboule --home .traboule/demo demo

serve: $(VENV)/.server ## Set up and serve the API and the chat page on the fictitious corpus, at http://127.0.0.1:8765
	@$(BIN)/traboule --home .traboule/demo serve --demo

test: $(VENV)/.dev ## Set up and run every test (the real small models are pulled on first use)
	@echo "== Tests =="
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

smoke: $(VENV)/.dev ## Measure answers, search and verifier on the bundled corpus without a language model; fails under a threshold
	@echo "== Smoke evaluation =="
	@$(BIN)/traboule --home .traboule/smoke models pull multilingual-e5-small
	@$(BIN)/traboule --home .traboule/smoke eval suite smoke

lint: $(VENV)/.dev ## Check style and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/vulture

types: $(VENV)/.dev ## Check types
	@$(BIN)/mypy

page: ## Check the scripts of the page and run their tests (Node 20; without the npm registry, the linter is passed over)
	@echo "== Page =="
	@for file in $$(find rag/server/static/js tests/page -name '*.js'); do node --input-type=module --check < $$file || exit; done
	@node --test tests/page/*.test.js
	@if npx --yes $(BIOME) --version >/dev/null 2>&1; then npx --yes $(BIOME) lint; else echo "$(BIOME) cannot be had here: not linted"; fi

fix: $(VENV)/.dev ## Mend style and format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure the bundled suite; with BEIR="DIR DIR" the search against its baselines too (docs/benchmarks.md)
	@$(BIN)/traboule --home .traboule/bench eval suite demo
	@test -z "$(BEIR)" || $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@test -z "$(BEIR)" || $(BIN)/traboule eval bench quality $(addprefix --beir ,$(BEIR)) --cache .traboule/bench-cache --output docs

bench-size: $(VENV)/.dev ## Measure the embedder and an index of 10,000 and 100,000 passages; write docs/benchmarks-size.md
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@$(BIN)/traboule --home .traboule/bench models pull multilingual-e5-small
	@$(BIN)/traboule --home .traboule/bench eval bench embedding --output docs
	@for size in 10000 100000; do $(BIN)/traboule --home .traboule/bench eval bench size --passages $$size --output docs; done

judge: $(JUDGE)/.ready ## Set up ragas in an environment of its own and have it judge REPORT="DIR" (or ARGS="--pairs FILE …"); 5 answers of the demo without either
	@test -n "$(REPORT)$(ARGS)" || ls -d .traboule/judge/reports/demo-*/report.json >/dev/null 2>&1 || { \
	  for model in multilingual-e5-small qwen2.5-coder-1.5b-instruct-q4; do $(JUDGE)/bin/traboule --home .traboule/judge models pull $$model || exit; done; \
	  $(JUDGE)/bin/traboule --home .traboule/judge eval suite demo --no-llm; }
	@if test -n "$(REPORT)$(ARGS)"; then $(JUDGE)/bin/traboule eval judge $(REPORT) $(ARGS); \
	else $(JUDGE)/bin/traboule --home .traboule/judge eval judge "$$(ls -d .traboule/judge/reports/demo-* | tail -1)" --sample 5; fi

sbom: $(VENV)/.dev ## Write what Traboule is made of, packages and models, to sbom.json (CycloneDX)
	@$(BIN)/python tools/sbom.py sbom.json && echo "sbom.json"

lock: $(VENV)/bin/python ## Write the packages with the digests of their files to constraints.lock; EXTRAS=".[server]"
	@$(BIN)/python tools/lock.py constraints.lock $(or $(EXTRAS),'.[server]') && echo "constraints.lock"

clean: ## Remove environments, caches and homes made here (not your own home folder)
	rm -rf $(VENV) $(JUDGE) .traboule .cache .mypy_cache .ruff_cache .pytest_cache build dist

$(VENV)/bin/python:
	@echo "== Python environment in $(VENV) =="
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "== Installing Traboule =="
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.server: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "== Installing Traboule with its server =="
	@if test -f constraints.lock; then $(BIN)/python -m pip install --quiet --require-hashes --requirement constraints.lock \
	  && $(BIN)/python -m pip install --quiet --no-deps --editable .; \
	else $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[server]'; fi
	@touch $@ $(VENV)/.ready

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "== Installing Traboule with its development tools =="
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.ready $(VENV)/.server

$(JUDGE)/.ready: pyproject.toml constraints-judge.txt
	@echo "== Installing ragas, with Traboule, in $(JUDGE) =="
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 2; }
	@test -x $(JUDGE)/bin/python || $(PYTHON) -m venv $(JUDGE)
	@$(JUDGE)/bin/python -m pip install --quiet --constraint constraints-judge.txt --editable '.[ragas]'
	@touch $@
