# One environment, made from pinned files: .venv (with a Node of its own) and node_modules.
PYTHON ?= python3
BIN := .venv/bin
# Core's own template validation costs seconds a process; the job that checks it turns it on.
export CDK_VALIDATION ?= false

.PHONY: setup demo test check format lock generate drift bench mutants clean

setup:
	@$(PYTHON) scripts/set_up.py

demo: setup
	@$(BIN)/python scripts/demo.py

# In their order: the end-to-end tests are few and long, and would come last.
test: setup
	@$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q . || (echo "run make format" && exit 1)
	@$(BIN)/mypy
	@$(BIN)/python scripts/generate_service_model.py --check
	@$(BIN)/python scripts/generate_rules_page.py --check
	@$(BIN)/python scripts/check_docs.py

format: setup
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

generate: setup
	@$(BIN)/python scripts/generate_service_model.py
	@$(BIN)/python scripts/generate_rules_page.py

# What the newest botocore says otherwise; never fails, and changes nothing.
drift: setup
	@$(BIN)/python scripts/generate_service_model.py --drift

# Needs uv on PATH; writes no registry address.
lock:
	uv pip compile --universal --python-version 3.10 --upgrade --no-emit-index-url --no-header --no-annotate \
	  --extra local --extra testing --group dev --group mutation pyproject.toml -o constraints.txt

bench: setup
	@$(BIN)/python -m benchmarks

# Changes the runtime in every way that its tests should notice; what they did not is listed. Takes an hour.
mutants: setup
	@$(BIN)/python -m pip install -q -c constraints.txt --group mutation
	@$(BIN)/python -m mutmut run --max-children 2
	@$(BIN)/python -m mutmut results

clean:
	rm -rf .venv node_modules cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist mutants
