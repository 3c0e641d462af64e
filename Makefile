# Everything that CI runs, and what people run by hand. `make test` needs Rust and Python >= 3.10;
# `make demo` needs only Rust. Each target installs what it needs below `.venv` and `target`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROFILE ?= release
WHEELS = target/wheels/$(PROFILE)
# A Dagster that is a year older than the newest.
OLD := .venv-dagster-1.12
CASES ?= 10000
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := snapshot key manifest repository pair diff columnar files parquet
# Python >= 3.11; of its own, because dbt and Dagster ask for different versions of the same packages.
BENCH := .venv-bench
BENCH_ARGS ?=
# Of the crate of the same version in Cargo.lock.
GUNGRAUN := 0.20.0

.PHONY: help memcheck demo demo-ci demo-dagster report-page report-test store-s3 store-azure store-long test rust python wheel properties partitions-oracle selection-oracle differ-upstream fuzz fuzz-smoke bench bench-long bench-native bench-check bench-baseline bench-peers schemas dbt-fixtures dbt-plan deny

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

DEMO := examples/dbt/base.manifest.json examples/dbt/head.manifest.json

demo: ## Compare two versions of a real dbt project (examples/dbt), and what follows from it
	cargo build --quiet --release --locked -p assetdiff-cli
	target/release/assetdiff diff $(DEMO) --preset dbt
	@echo; echo '--- what it reaches'; echo
	target/release/assetdiff impact $(DEMO) --preset dbt
	@echo; echo '--- why orders is affected'; echo
	target/release/assetdiff explain $(DEMO) model/jaffle/orders --preset dbt
	@echo; echo '--- what has to be made again'; echo
	target/release/assetdiff plan $(DEMO) --preset dbt
	@mkdir -p target/demo
	@target/release/assetdiff report $(DEMO) --preset dbt --title 'Jaffle shop' -o target/demo/report.html
	@echo; echo '--- the report to look at'; echo
	@echo 'file://$(CURDIR)/target/demo/report.html'

demo-dagster: $(VENV)/installed ## Compare two versions of a Dagster project (examples/dagster; uses pip)
	mkdir -p target/demo
	for side in base branch; do \
	  $(BIN)/assetdiff snapshot dagster -m shop.definitions -d examples/dagster/$$side --code-versions both -o target/demo/$$side.json || exit; \
	done
	$(BIN)/assetdiff diff target/demo/base.json target/demo/branch.json
	$(BIN)/assetdiff plan target/demo/base.json target/demo/branch.json --now 2025-03-15T12:00:00Z
	$(BIN)/assetdiff report target/demo/base.json target/demo/branch.json --now 2025-03-15T12:00:00Z --title Shop -o target/demo/dagster.html
	@echo 'file://$(CURDIR)/target/demo/dagster.html'

demo-ci: ## A pull request with its comments, in a scratch repository with a local server
	cargo test --quiet --locked -p assetdiff-cli --test ci -- --nocapture a_pull_request_from_its_first_commit_to_its_end

test: ## Everything that CI checks, Rust and Python side by side
	$(MAKE) -j2 rust python

rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	cargo test --workspace --exclude assetdiff-python --exclude assetdiff-benches --all-features --locked

python: $(VENV)/ready $(OLD)/ready
	$(MAKE) wheel PROFILE=dev
	$(BIN)/python -m pytest -q tests/python
	$(OLD)/bin/pip install --quiet --force-reinstall --no-deps target/wheels/dev/*.whl
	$(OLD)/bin/python -m pytest -q tests/python/dagster

# Of the profile dev it is slow, but quick to build: it shares what the Rust tests compile.
wheel: $(VENV)/ready
	rm -rf $(WHEELS) $(VENV)/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip wheel --quiet --no-build-isolation --no-deps --config-settings=build-args="--profile $(PROFILE)" --wheel-dir $(WHEELS) ./python
	$(BIN)/pip install --quiet --force-reinstall --no-deps $(WHEELS)/*.whl
	test $(PROFILE) != release || touch $(VENV)/installed

# What the wheel is made of.
SOURCES := $(shell git ls-files Cargo.toml Cargo.lock bindings crates python 2>/dev/null)

$(VENV)/installed: $(VENV)/ready $(SOURCES)
	$(MAKE) wheel

$(VENV)/ready: tests/python/requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "expected Python >= 3.10, found " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -r tests/python/requirements.txt
	touch $@

$(OLD)/ready: tests/python/requirements-dagster-1.12.txt
	$(PYTHON) -m venv $(OLD)
	$(OLD)/bin/pip install --quiet -r tests/python/requirements-dagster-1.12.txt
	touch $@

WEB := crates/assetdiff-report/web

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && npm ci --silent

report-page: $(WEB)/node_modules/.package-lock.json ## Build the script and style of the HTML report (Node)
	cd $(WEB) && npx tsc && node build.mjs

report-test: $(WEB)/node_modules/.package-lock.json ## The HTML report in a real browser (Node; installs Chromium where apt has it)
	command -v chromium || command -v google-chrome || test -n "$$CHROMIUM" || apt-get install -y chromium || sudo apt-get install -y chromium
	cd $(WEB) && npm run --silent check
	cargo run --quiet --locked -p assetdiff-report --example samples -- target/report-test
	cargo run --quiet --locked -p assetdiff-cli -- report $(DEMO) --preset dbt -o target/report-test/example.html
	cd $(WEB) && node --test --test-concurrency=1 test/browser.mjs
	@echo 'pictures: target/report-test/screenshots'

properties: ## The property tests with CASES cases each (10,000)
	ASSETDIFF_CASES=$(CASES) cargo test --release --locked -p assetdiff-tests --all-features --test it -- properties impact plan partitions selection attributes

partitions-oracle: $(VENV)/installed ## Partition keys and mappings against Dagster's, CASES of each (10,000)
	ASSETDIFF_CASES=$(CASES) $(BIN)/python -m pytest -q -s tests/python/dagster/test_partitions.py

selection-oracle: $(VENV)/installed ## CASES random selections, against Dagster (10,000)
	ASSETDIFF_SELECTION_CASES=$(CASES) $(BIN)/python -m pytest -q tests/python/dagster/test_selection.py

differ-upstream: $(VENV)/installed ## Dagster's own tests of its differ, with only the import changed (PyPI; two minutes)
	$(BIN)/python tests/python/dagster/upstream.py

fuzz-smoke: ## Every fuzz target for FUZZ_SECONDS (60)
	command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --version 0.13.2 --locked
	set -e; for target in $(FUZZ_TARGETS); do \
	  mkdir -p tests/fuzz/corpus/$$target; \
	  cargo fuzz run --fuzz-dir tests/fuzz -s none $$target tests/fuzz/corpus/$$target tests/fuzz/seeds/$$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 -timeout=10; \
	done

fuzz: ## Every fuzz target for half an hour
	$(MAKE) fuzz-smoke FUZZ_SECONDS=1800

RUN_BENCHES = $(BENCH)/bin/python benches/run.py --dagster $(BIN)/python $(BENCH_ARGS)

bench: $(BENCH)/installed ## Everything with its peers: a table, target/bench/report.json, plots (BENCH_ARGS="--sizes 10000,100000" for less)
	$(RUN_BENCHES) --plots docs/images

bench-long: $(BENCH)/installed ## What takes long: ten million assets in mapped files, JSON files of a million, larger peers
	$(RUN_BENCHES) --long --plots docs/images

bench-native: $(BENCH)/installed ## The Rust part of `make bench`, compiled for this processor
	$(RUN_BENCHES) --native

bench-check: target/gungraun-runner/$(GUNGRAUN) ## Instructions of the hot paths against a baseline; fails on 5 % more
	PATH="$(CURDIR)/target/gungraun-runner/bin:$$PATH" $(PYTHON) benches/check.py --json target/bench/instructions.json

bench-baseline: target/gungraun-runner/$(GUNGRAUN) ## Writes that baseline anew
	PATH="$(CURDIR)/target/gungraun-runner/bin:$$PATH" $(PYTHON) benches/check.py --write

target/gungraun-runner/$(GUNGRAUN):
	command -v valgrind >/dev/null || { sudo apt-get update && sudo apt-get install --yes valgrind; }
	cargo install --quiet gungraun-runner --version $(GUNGRAUN) --locked --root target/gungraun-runner
	touch $@

$(BENCH)/ready: benches/peers/requirements.txt tests/dbt/requirements-1.12.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --no-deps -r tests/dbt/requirements-1.12.txt -r benches/peers/requirements.txt
	touch $@

$(BENCH)/installed: $(BENCH)/ready $(VENV)/installed
	$(BENCH)/bin/pip install --quiet --force-reinstall --no-deps target/wheels/release/*.whl
	touch $@

bench-peers: $(BENCH)/installed ## More of the peers: Dagster at all sizes, its partitions and selections; code versions
	$(BIN)/python benches/peers/dagster_differ.py
	$(BIN)/python benches/peers/dagster_differ.py --assets 1000 --made-of assets
	$(BIN)/python benches/peers/snapshot_cost.py
	$(BIN)/python benches/peers/code_versions.py
	$(BIN)/python benches/peers/partition_keys.py
	$(BIN)/python benches/peers/selection.py
	$(BIN)/pip install --quiet --no-deps $$(grep rustworkx== benches/peers/requirements.txt)
	$(BIN)/python benches/peers/impact.py

schemas: ## Write schemas/ anew from the types
	ASSETDIFF_BLESS=1 cargo test --locked -p assetdiff-tests --all-features schema -- --test-threads=1
	ASSETDIFF_BLESS=1 cargo test --locked -p assetdiff-project --all-features --test schema

store-s3: ## The store in S3: a server on loopback (moto, from PyPI)
	test -d .venv-s3 || $(PYTHON) -m venv .venv-s3
	.venv-s3/bin/pip install --quiet -r tests/s3/requirements.txt
	cargo test --locked -p assetdiff-store --features cloud --test cloud --no-run
	.venv-s3/bin/python tests/s3/serve.py cargo test --locked -p assetdiff-store --features cloud --test cloud -- --ignored

store-azure: ## The store in Azure: a server on loopback (azurite, from npm)
	cd tests/azure && npm ci --silent --no-audit --no-fund
	cargo test --locked -p assetdiff-store --features cloud --test cloud --no-run
	node tests/azure/serve.mjs cargo test --locked -p assetdiff-store --features cloud --test cloud -- --ignored

store-long: ## 500 pushers that are killed, and 1,000 branches of 10,000 assets (an hour)
	cargo test --release --locked -p assetdiff-store --test it -- --ignored --nocapture five_hundred a_thousand

dbt-fixtures: ## Record anew what real dbt says (PyPI; half an hour or more)
	$(PYTHON) tests/dbt/record.py
	$(PYTHON) tests/dbt/record_selections.py

dbt-plan: ## Carry out the plan of examples/dbt with real dbt (PyPI; minutes)
	cargo build --quiet --release --locked -p assetdiff-cli
	$(PYTHON) tests/dbt/plan.py target/release/assetdiff

# The tests of one case each: under valgrind all takes fifty times as long.
memcheck: ## Mapped files under valgrind (Linux)
	command -v valgrind >/dev/null || { sudo apt-get update && sudo apt-get install --yes valgrind; }
	cargo test --locked -p assetdiff-adapters --test changes --no-run
	env "CARGO_TARGET_$$(rustc -vV | sed -n 's/host: //p' | tr a-z- A-Z_)_RUNNER=valgrind --quiet --error-exitcode=9 --leak-check=no" \
	  cargo test --locked -p assetdiff-adapters --test changes -- --test-threads=1 --skip files_in_every_form

deny: ## Licences and advisories of what is used
	command -v cargo-deny >/dev/null || cargo install cargo-deny --locked
	cargo deny check
