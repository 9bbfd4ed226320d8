"""Every check of the project.

    checks.py           all of them, as `make test` runs them
    checks.py --fast    those that take under two minutes, as `make check` does
    checks.py --types   only the types, by pyright
    checks.py --copies  the student copies of all lessons, run from top to bottom with their stubs
    checks.py --mend    mend what a program can mend: clean the notebooks, export the package, make README.md and docs
"""
import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import lessons
import pages
import students
from common import ENV, ROOT, call, notebooks

LINTED = ("coordtok", ".ci", "site", "setup.py", "nbs")
LONG = (  # these first
    "10c_loop", "14_evaluation", "16_full_scale", "06b_your_own", "07b_released", "16g_machine", "17_related_work",
    "16e_plan", "13_generation", "13a_dit_training", "09b_i3d", "10_training")
QUICK = ("01b_files", "03_layers", "98_exercises")  # notebooks that take seconds


def check_lint() -> None:
    "Stop if ruff finds fault with the package, the notebooks, or these checks."
    call("ruff", "check", "--quiet", *LINTED)
    print("lint: ruff is content")


def check_types() -> None:
    "Stop if pyright finds an error of types; where it cannot start, say so and check nothing."
    try:
        subprocess.run(["pyright", "--version"], cwd=ROOT, env=ENV, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return print("types: NOT CHECKED, since pyright does not start: without Node.js it needs a network, once")
    print("types:", call("pyright").strip().splitlines()[-1])


def check_minutes() -> None:
    "Stop if a lesson states other minutes than reading takes."
    wrong = lessons.check_minutes()
    if wrong:
        sys.exit("\n".join(wrong))
    print("minutes: what the lessons state is honest")


def check_all_copies() -> None:
    "Check the student copies, and run all of them."
    students.check_students(runs=lambda path: True)


def check_copies() -> None:
    "Check the student copies, and run those of the quick lessons."
    students.check_students(runs=lambda path: path.stem in QUICK)


def check_wheel() -> None:
    "Install the package into an empty environment and run README's lines there."
    print(call(sys.executable, ".ci/wheel.py").strip())


def check_quick_lessons() -> None:
    "Run the notebooks that take seconds."
    run_notebooks([path for path in notebooks() if path.stem in QUICK])


def check_lessons() -> None:
    "Run every notebook from top to bottom."
    run_notebooks(notebooks())


def run_notebooks(paths: list[Path]) -> None:
    "Run notebooks, one on each core, the long ones first; stop if any of them fails or never ends."
    names = [path.stem for path in sorted(paths, key=lambda path: path.stem not in LONG)]
    env = dict(ENV, OMP_NUM_THREADS="1", TQDM_DISABLE="1", MPLBACKEND="Agg")
    done = subprocess.run([sys.executable, ".ci/notebooks.py", *names], cwd=ROOT, env=env)
    if done.returncode:
        sys.exit("notebooks failed, see above")


FAST: list[Callable[[], None]] = [
    check_lint, check_types, pages.check_sync, pages.check_commands, pages.check_links, lessons.check_outputs,
    lessons.check_kernels, lessons.check_callbacks, check_minutes, check_copies, check_quick_lessons,
]
ALL = [*(check for check in FAST if check != check_quick_lessons), check_wheel, check_lessons]


def run(checks: list[Callable[[], None]]) -> int:
    "Run all checks, also past one that fails; return how many failed."
    failed = 0
    for check in checks:
        start = time.perf_counter()
        try:
            check()
        except SystemExit as stop:
            failed += 1
            print(f"FAILED {check.__name__} ({check.__doc__})\n{stop}", flush=True)
        print(f"    {time.perf_counter() - start:.0f} s", flush=True)
    return failed


def main() -> None:
    "Run the checks that are asked for."
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mend", action="store_true", help="clean, export, make the pages; check nothing")
    parser.add_argument("--copies", action="store_true", help="only the student copies, all of them run")
    parser.add_argument("--types", action="store_true", help="only the types, by pyright")
    parser.add_argument("--fast", action="store_true", help="only what takes under two minutes")
    options = parser.parse_args()
    if options.mend:
        return pages.regenerate(ROOT)
    checks = FAST if options.fast else ALL
    if options.copies:
        checks = [check_all_copies]
    if options.types:
        checks = [check_types]
    failed = run(checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
