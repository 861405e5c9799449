# The targets are listed by `make help`. Python 3.11 or newer, and make, are all that it takes.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
PIP = -m pip --quiet --quiet --disable-pip-version-check --no-input
GALLERY_DL_VERSIONS = 1.30.0 1.31.10 newest
WORKERS = 2
YAUZL = 3.4.0
COMICBOX = 5.4.0
PYTEST_ARGS =
ARGS =

# Programs that tests run, each with the Debian package that has it.
DEBIAN = unzip:unzip zip:zip 7z:p7zip-full bsdtar:libarchive-tools strace:strace jpeginfo:jpeginfo javac:default-jdk-headless go:golang-go node:nodejs npm:npm promtool:prometheus jq:jq systemd-analyze:systemd zsh:zsh fish:fish man:man-db mandoc:mandoc $(BASH_COMPLETION):bash-completion $(POSTGRES):postgresql
# Debian keeps the server's programs out of PATH.
POSTGRES = $(firstword $(wildcard /usr/lib/postgresql/*/bin/postgres) postgres)
# It is a file that bash reads, no program: where it is, bash stands for it.
BASH_COMPLETION = $(if $(wildcard /usr/share/bash-completion/bash_completion),bash,bash-completion)
MISSING = $(strip $(foreach pair,$(DEBIAN),$(if $(shell command -v $(firstword $(subst :, ,$(pair))) 2>&1),,$(lastword $(subst :, ,$(pair))))))
APT = apt-get --quiet=2 --option=Dpkg::Use-Pty=0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets.
	@echo "make TARGET [PYTHON=python3.12] [PYTEST_ARGS='-k lock'] [ARGS='--only check']"
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

.PHONY: venv
venv: $(VENV)/installed ## Make the virtual environment .venv with the package and its tools.

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is Python %d.%d: name a newer one, as in make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python $(PIP) install --upgrade 'pip>=23.1'
	@$(BIN)/python $(PIP) install --config-settings editable_mode=compat --editable '.[dev]'
	@touch $@

.PHONY: demo
demo: venv ## Download a small gallery, be killed half-way, go on, and show the books.
	@$(BIN)/python tests/demo.py

.PHONY: test
test: venv apt-if-allowed $(VENV)/yauzl-$(YAUZL) $(VENV)/schemas-$(COMICBOX) ## Run the tests, but for the long ones.
	@$(BIN)/python -m compileall -q cbzsafe
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) -m "not long" $(PYTEST_ARGS)

.PHONY: test-long
test-long: venv apt-if-allowed readers ## Run the tests that take minutes.
	$(BIN)/python -m pytest -n $(WORKERS) -m long $(PYTEST_ARGS)

.PHONY: test-versions
test-versions: $(addprefix test-gallery-dl-,$(GALLERY_DL_VERSIONS)) ## Run the tests on the lowest, a middle and the newest gallery-dl.

.PHONY: $(addprefix test-gallery-dl-,$(GALLERY_DL_VERSIONS))
$(addprefix test-gallery-dl-,$(GALLERY_DL_VERSIONS)): test-gallery-dl-%: .venv-gdl-%/installed apt-if-allowed .venv-gdl-%/yauzl-$(YAUZL) .venv-gdl-%/schemas-$(COMICBOX)
	$(<D)/bin/gallery-dl --version
	$(<D)/bin/python -m pytest -n $(WORKERS) -m "not long" $(PYTEST_ARGS)

.venv-gdl-%/installed: pyproject.toml
	@echo "Making $(@D) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python $(PIP) install --upgrade 'pip>=23.1'
	@$(@D)/bin/python $(PIP) install --config-settings editable_mode=compat --editable '.[dev]' gallery-dl$(if $(filter newest,$*),,==$*)
	@touch $@

.PHONY: readers
readers: $(VENV)/yauzl-$(YAUZL) $(VENV)/schemas-$(COMICBOX) $(VENV)/comicbox/installed ## Install the readers that Debian lacks.

# The tests look for it in the environment that they run in.
%/yauzl-$(YAUZL): %/installed | apt-if-allowed
	@if command -v npm >/dev/null; then \
		npm install --silent --no-audit --no-fund --prefix $* yauzl@$(YAUZL) >/dev/null && touch $@; \
	else \
		echo "Missing for some tests: yauzl. 'make apt' installs npm, which brings it."; \
	fi

# The schema of ComicInfo 2.1 is in comicbox's wheel; for that alone nothing else of it is needed.
%/schemas-$(COMICBOX): %/installed
	@$*/bin/python $(PIP) install --no-deps --upgrade --target $*/schemas comicbox==$(COMICBOX)
	@touch $@

# It binds packages that we use to versions, so that it has an environment of its own.
$(VENV)/comicbox/installed: $(VENV)/installed
	@echo "Making $(@D) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python $(PIP) install comicbox==$(COMICBOX)
	@touch $@

.PHONY: crash
crash: venv apt-if-allowed ## Kill, fail and cut off every system call that changes files.
	@$(BIN)/python -m compileall -q cbzsafe
	$(BIN)/python tests/crash --jobs $(WORKERS) $(ARGS)

.PHONY: soak
soak: venv ## Kill runs over thousands of chapters of a site that fails, for ten minutes.
	@$(BIN)/python -m compileall -q cbzsafe
	$(BIN)/python tests/soak $(ARGS)

.PHONY: fuzz
fuzz: venv ## Feed the archive engine what a fuzzer makes up, for two minutes.
	$(BIN)/python tests/fuzz/fuzz.py records -max_total_time=30 $(ARGS)
	$(BIN)/python tests/fuzz/fuzz.py scan -max_total_time=90 $(ARGS)

.PHONY: mutants
mutants: venv apt-if-allowed ## Break the code one line at a time, and see what no test notices.
	$(BIN)/python tests/mutation --jobs $(WORKERS) $(ARGS)

# What is measured with other arguments is not written down.
.PHONY: bench
bench: venv apt-if-allowed ## Measure against other programs, and write docs/benchmarks.md.
	$(BIN)/python tests/bench $(or $(ARGS),--write docs/benchmarks.md)

.PHONY: pictures
pictures: venv ## Draw the pictures of docs/images anew.
	$(BIN)/python tests/screenshots.py

.PHONY: docs
docs: venv ## Build the site of the documents into build/site.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

.PHONY: reference
reference: venv ## Write the generated parts of the pages and the JSON Schemas anew.
	$(BIN)/python tests/pages

.PHONY: man
man: venv ## Write the manual page cbzsafe(1) anew.
	@$(BIN)/python tests/shell

.PHONY: lint
lint: venv ## Check the style and the types.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: format
format: venv ## Bring the code into shape.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: apt
apt: ## Install the Debian packages that tests use and that are missing.
	@$(if $(MISSING),$(MAKE) --no-print-directory install-debian,:)

# Root in a container or in CI gets what is missing; nobody else's system is changed unasked.
.PHONY: apt-if-allowed
apt-if-allowed:
	@$(if $(MISSING),if command -v apt-get >/dev/null && { [ "$$(id -u)" = 0 ] || { [ -n "$$CI" ] && sudo -n true 2>/dev/null; }; }; then \
		$(MAKE) --no-print-directory install-debian; \
	else \
		echo "Missing for some tests: $(MISSING). 'make apt' installs them."; \
	fi,:)

.PHONY: install-debian
install-debian: sudo = $(if $(filter-out 0,$(shell id -u)),sudo)
install-debian:
	@echo "Installing $(MISSING) ..."
	@$(sudo) $(APT) update
	@$(sudo) env DEBIAN_FRONTEND=noninteractive $(APT) install --no-install-recommends --yes $(MISSING) >/dev/null

.PHONY: clean
clean: ## Remove what the other targets make.
	rm -rf .venv .venv-gdl-* .demo build dist *.egg-info .*_cache .hypothesis
	find cbzsafe tests -name __pycache__ -prune -exec rm -rf {} +
