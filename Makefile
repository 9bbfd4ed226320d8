# make demo    train the tiny tokenizer for a few minutes and look at what it makes of unseen clips
# make demo VIDEOS=some/folder    the same on your own videos
# make check    the checks that take under two minutes: lint, types, generated files, quick lessons
# make test    every check of the project: all lessons run, the package is built and installed
# make browser    lessons with widgets or videos, used in JupyterLab in a Chromium without a window; LESSONS="04 12b" chooses
# make lab     the notebooks in JupyterLab
# make students    copies of the lessons without solutions, in students/ (or STUDENTS=folder); make lab NOTEBOOKS=students opens them
# make site    the course as a web site, in _site/
# make sync    after editing notebooks: clean them, shrink their pictures, export the package, rebuild README.md
PYTHON ?= python3
ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
BIN := $(ROOT).venv/bin
INSTALLED := $(ROOT).venv/.installed
NOTEBOOKS ?= $(ROOT)nbs
STUDENTS ?= students
# OpenMP's threads wait by spinning, which slows all kernels where other programs are busy: coordtok/__init__.py says more
ifndef OMP_WAIT_POLICY
export GOMP_SPINCOUNT ?= 1000
export KMP_BLOCKTIME ?= 1
endif

.PHONY: help install demo check test browser lab students site sync hooks
help:
	@sed -n 's/^# \(make .*\)/\1/p' "$(ROOT)Makefile"

install: $(INSTALLED)
$(INSTALLED): $(ROOT)settings.ini $(ROOT)setup.py
	@$(PYTHON) -c 'import sys; ok = (3, 10) <= sys.version_info[:2] <= (3, 13); sys.exit(0 if ok else "coordtok needs Python 3.10 to 3.13, this is " + sys.version.split()[0] + ": name another one, for example make demo PYTHON=python3.12")'
	$(PYTHON) -m venv "$(ROOT).venv"
	"$(BIN)/pip" install -q --disable-pip-version-check -e "$(ROOT)[dev]"
	@"$(BIN)/python" -m ipykernel install --sys-prefix --name python3 --display-name python3 $(if $(OMP_WAIT_POLICY),,--env GOMP_SPINCOUNT "$(GOMP_SPINCOUNT)" --env KMP_BLOCKTIME "$(KMP_BLOCKTIME)") > /dev/null
	@touch "$(INSTALLED)"

demo: $(INSTALLED)
	@"$(BIN)/coordtok" demo --out "$(ROOT)runs/demo" $(if $(VIDEOS),--videos "$(VIDEOS)")

check: $(INSTALLED)
	@cd "$(ROOT)" && "$(BIN)/python" .ci/checks.py --fast

test: $(INSTALLED)
	@cd "$(ROOT)" && "$(BIN)/python" .ci/checks.py

browser: $(INSTALLED)
	@"$(BIN)/pip" install -q --disable-pip-version-check -e "$(ROOT)[browser]"
	@cd "$(ROOT)" && "$(BIN)/python" .ci/browser.py $(LESSONS)

lab: $(INSTALLED)
	@cd "$(NOTEBOOKS)" && "$(BIN)/jupyter" lab $(if $(filter 0,$(shell id -u)),--allow-root)

students:
	@$(PYTHON) "$(ROOT).ci/students.py" "$(STUDENTS)"

site: $(INSTALLED)
	@"$(BIN)/pip" install -q --disable-pip-version-check -e "$(ROOT)[site]"
	@cd "$(ROOT)" && "$(BIN)/python" site/build.py _site

sync: $(INSTALLED)
	@cd "$(ROOT)" && "$(BIN)/python" .ci/checks.py --mend

hooks: $(INSTALLED)
	@cd "$(ROOT)" && PATH="$(BIN):$$PATH" nbdev_install_hooks
