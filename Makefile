# cofund: `make demo` and `make test` do all set-up themselves, in .venv
PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt
SOURCES := pyproject.toml constraints.txt hatch_build.py $(wildcard contracts/*.vy contracts/*/*.vyi)
# mamushi writes compositions over several lines that it cannot read again
LAID_OUT := $(filter-out contracts/Campaign.vy,$(wildcard contracts/*.vy))
PROFILE := $(if $(CI),ci,dev)

.PHONY: help demo test check format deep deviations mutants coverage forge halmos study bench-mechanism bench-gas bench-scale bench-engines bench-training bench-numpy bench-web web-bundle reference node browser clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

demo: .venv/installed ## run a whole campaign and write cofund-demo/report.html
	@$(BIN)/cofund demo

test: .venv/developed node browser ## all tests; two processes a core, since half of a test is waiting
	HYPOTHESIS_PROFILE=$(PROFILE) $(BIN)/pytest -q -n 4 --dist loadfile --no-loadscope-reorder

check: .venv/developed ## format, lint, types, layers, contract layout
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo > .venv/layers.txt || (cat .venv/layers.txt && false)
	@for file in $(LAID_OUT); do $(BIN)/mamushi -q --check -l 120 $$file || exit 1; done

format: .venv/developed ## format and mend what can be mended
	$(BIN)/ruff check -q --fix .
	$(BIN)/ruff format -q .
	@for file in $(LAID_OUT); do $(BIN)/mamushi -q -l 120 $$file; done

deep: .venv/developed forge halmos ## every property with twenty times the examples, and proofs
	HYPOTHESIS_PROFILE=deep $(BIN)/pytest -q -n 2 tests/stateful tests/property tests/differential tests/docs/test_tutorial.py \
	tests/node/test_faulty_nodes.py tests/node/test_watchers_on_faulty_nodes.py tests/regression/test_fuzzed_calldata.py
	HYPOTHESIS_PROFILE=deep $(BIN)/pytest -q -n 2 -m hypothesis tests/unit tests/web
	@$(MAKE) --no-print-directory bench-numpy

deviations: .venv/developed ## what groups gain at most by playing otherwise, in 500 random campaigns (about ten minutes)
	@PYTHONPATH=tests/support $(BIN)/python tests/support/deviations.py

mutants: .venv/developed ## 200 of the faults that the contracts' syntax trees give: does any check notice? (about ten minutes)
	@PYTHONPATH=.:tests/support:tests/stateful $(BIN)/python tests/mutants/generated.py

coverage: .venv/developed ## lines and branches of contracts and ledger that some check depends on (over half an hour)
	@PYTHONPATH=.:tests/support:tests/stateful $(BIN)/python tests/mutants/contract_coverage.py
	@$(BIN)/coverage run --branch --source=src/cofund/settlement --data-file=.venv/coverage -m pytest -q tests/stateful
	@$(BIN)/coverage report -m --data-file=.venv/coverage

forge: .venv/developed ## random campaigns of all roles on the bytecode, by foundry's forge (minutes; needs npm)
	@cd tests/formal && npm install --silent --no-package-lock --no-audit --no-fund
	@PYTHONPATH=. $(BIN)/python tests/formal/bytecode.py $(CONTRACTS)
	@cd tests/formal && rm -f build/runs.csv && node_modules/.bin/forge test
	@$(BIN)/python tests/formal/reach.py

halmos: .venv/developed ## proofs on the bytecode for all inputs, by halmos (minutes; needs npm)
	@cd tests/formal && npm install --silent --no-package-lock --no-audit --no-fund
	@test -x tests/formal/.venv/bin/halmos || $(PYTHON) -m venv tests/formal/.venv
	@tests/formal/.venv/bin/python -m pip --disable-pip-version-check -qq install -r tests/formal/requirements.txt
	@PYTHONPATH=. $(BIN)/python tests/formal/bytecode.py $(CONTRACTS)
	@cd tests/formal && PATH="$$PWD/node_modules/.bin:$$PWD/.venv/bin:$$PATH" FOUNDRY_PROFILE=proofs \
	halmos > build/halmos.txt 2>&1; proved=$$?; \
	grep -E 'PASS|FAIL|TIMEOUT|explored|result' build/halmos.txt; \
	test $$proved = 0 && ! grep -q 'fully explored' build/halmos.txt

study: .venv/installed ## what federation gains on the packaged data, over ten seeds (five minutes)
	$(BIN)/cofund study federation-gain --full --no-figure

bench-mechanism: .venv/installed ## how fast markets clear, against a sort and against solvers (about a minute)
	@$(PIP) --editable '.[bench]' || echo "without the solvers of the extra bench"
	@$(BIN)/python benchmarks/mechanism.py

bench-gas: .venv/installed node ## what a campaign costs in gas on anvil, with open and sealed books (about a minute)
	@$(BIN)/python -m benchmarks.gas

bench-scale: .venv/installed node ## 100,000 clients in one campaign on anvil, to the last payment (about a minute)
	@$(BIN)/python -m benchmarks.gas_scale

bench-engines: .venv/developed ## a training across processes: seconds a round, memory, bytes on each link (a minute)
	@$(BIN)/python benchmarks/nvflare_rounds.py

bench-training: .venv/developed ## how fast the engine trains, against PyTorch, pfl, Flower and NVFlare
	@$(BIN)/python benchmarks/training.py --frameworks

bench-numpy: .venv/developed ## that aggregates have the same digests under several versions of NumPy and numbers of threads
	@PYTHONPATH=src $(BIN)/python benchmarks/numpy_versions.py

reference: .venv/developed ## write the pages of docs/reference again, from the program
	@$(BIN)/python docs/reference/generate.py

node: ## anvil, the node of the tests over JSON-RPC, and axe-core, if there is npm
	@if [ ! -x node_modules/.bin/anvil -o ! -f node_modules/axe-core/axe.min.js ] && command -v npm > /dev/null; \
	then npm install --silent --no-package-lock --no-audit --no-fund; fi

web-bundle: ## make the bundled scripts of cofund web again (maintainers; needs npm)
	@cd web-bundle && npm install --silent --no-package-lock --no-audit --no-fund && npm run --silent build

bench-web: .venv/developed browser ## how heavy cofund web is: bytes, first paint, memory (two minutes)
	@$(BIN)/python benchmarks/web.py

browser: ## Chromium, the browser of the tests, if this is Debian and you are root
	@if ! command -v chromium > /dev/null && command -v apt-get > /dev/null && [ "$$(id -u)" = 0 ]; \
	then apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium > /dev/null; fi

clean: ## remove what make made
	rm -rf .venv node_modules cofund-demo build

.venv/installed: $(SOURCES)
	@test -n "$(PYTHON)" || (echo "cofund needs Python 3.11 or newer" && false)
	@echo "installing cofund in .venv (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --editable .
	@touch $@

.venv/developed: $(SOURCES)
	@test -n "$(PYTHON)" || (echo "cofund needs Python 3.11 or newer" && false)
	@echo "installing cofund and its development tools in .venv (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --editable '.[dev]'
	@touch .venv/installed $@
