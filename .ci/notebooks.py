"""Run notebooks with nbdev's tests, each in a process of its own, one on each core; fail if any fails or never ends.

    notebooks.py NAME...    such as 03_layers

The processes are copies of this one, which has imported the large libraries (where the system can copy a process):
an import takes seconds, and there are sixty notebooks."""
import atexit
import contextlib
import importlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
import warnings
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

from common import ROOT

LIMIT = 900  # seconds that a notebook may take
LIBRARIES = ("torch", "torchvision", "torchmetrics", "accelerate", "lpips", "matplotlib.pyplot", "nbdev.test")
COPIES = "fork" in multiprocessing.get_all_start_methods()
PROCESSES = multiprocessing.get_context("fork" if COPIES else "spawn")


class Job(NamedTuple):
    "A notebook that runs."
    name: str
    process: multiprocessing.process.BaseProcess
    output: Path  # what it prints; a pipe would wait for the processes that it leaves behind
    began: float  # seconds


def run_notebook(name: str, output: Path) -> None:
    "Run a notebook in this process, a new one, and write what it prints to a file."
    if hasattr(os, "setsid"):
        os.setsid()  # so that what it starts can be ended with it
    with open(output, "a", encoding="utf-8", errors="replace") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from nbdev.test import nbdev_test
    try:
        nbdev_test(path=str(ROOT / "nbs" / f"{name}.ipynb"), n_workers=0)
    finally:
        atexit._run_exitfuncs()  # a copy of a process ends without


def start(name: str, folder: Path) -> Job:
    "Start a notebook, which writes what it prints into the folder."
    output = folder / f"{name}.txt"
    process = PROCESSES.Process(target=run_notebook, args=(name, output))
    process.start()
    return Job(name, process, output, time.perf_counter())


def ended(job: Job) -> bool:
    "Return whether a notebook has ended, or has taken too long."
    return job.process.exitcode is not None or time.perf_counter() - job.began > LIMIT


def end(job: Job) -> None:
    "End a notebook, and all that it has left behind."
    if job.process.pid and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.process.pid, signal.SIGKILL)
    job.process.kill()
    job.process.join()


def report(job: Job) -> bool:
    "Say how long a notebook took, end it, and return whether it passed."
    code = job.process.exitcode
    reason = f"killed after {LIMIT} s" if code is None else str(code)
    end(job)
    text = "" if code == 0 else f"    FAILED ({reason})\n{job.output.read_text(encoding='utf-8', errors='replace')}"
    print(f"{time.perf_counter() - job.began:6.0f} s  {job.name}{text}", flush=True)
    return code == 0


def run_all(names: list[str], workers: int, folder: Path) -> list[str]:
    "Run notebooks, so many at a time; return the names of those that failed."
    waiting, running, failed = list(reversed(names)), [], []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(start(waiting.pop(), folder))
            wait([job.process.sentinel for job in running], timeout=1)
            for job in filter(ended, list(running)):
                running.remove(job)
                if not report(job):
                    failed.append(job.name)
    finally:  # where this program is stopped
        for job in running:
            end(job)
    return failed


def main() -> None:
    "Run the notebooks that are named."
    warnings.simplefilter("ignore")
    if COPIES:
        for library in LIBRARIES:
            importlib.import_module(library)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    folder = Path(tempfile.mkdtemp())  # a TemporaryDirectory would be removed by the first copy of this process
    try:
        failed = run_all(sys.argv[1:], max(1, min(4, cores)), folder)
    finally:
        shutil.rmtree(folder)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
