"""Every check of the project, as `make test` runs them; with --mend, what can be mended by a program is mended.

1. The package and README.md are what the notebooks export, and the notebooks are clean.
2. No committed output is an error, and no notebook is over 3 MB.
3. Student copies lack the solutions and nothing else, and their exercises wait to be solved.
4. Every notebook runs from top to bottom (nbdev_test).
"""
import argparse
import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import students

ROOT = Path(__file__).resolve().parent.parent
ENV = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", PYTHONWARNINGS="ignore")
SOURCES = ("nbs", "coordtok", "settings.ini", "setup.py", "README.md")


def call(*command, cwd=ROOT, text=None, env=ENV):
    "Runs a command, with `text` on its standard input; its output is shown only if it fails."
    done = subprocess.run(command, cwd=cwd, env=env, input=text, capture_output=True, text=True)
    if done.returncode: sys.exit(f"{done.stdout}{done.stderr}\n{' '.join(command)} failed")
    return done.stdout


def readme(root):
    "Makes README.md from nbs/index.ipynb."
    index = json.loads((root / "nbs/index.ipynb").read_text(encoding="utf-8"))
    index["metadata"]["language_info"] = dict(name="python")       # nbdev_clean drops it; the code of README.md is coloured by it
    text = call("jupyter", "nbconvert", "--to", "markdown", "--stdin", "--stdout", "--log-level", "ERROR",
                "--TagRemovePreprocessor.remove_input_tags", "hide_input", cwd=root, text=json.dumps(index))
    text = re.sub(r"\]\((?!https?:|#)", "](nbs/", text).replace("](nbs/../", "](") # links of the notebook, as seen from README.md
    text = re.sub(r"\n{3,}", "\n\n", text)                          # left by inputs that are hidden
    (root / "README.md").write_text(text.strip() + "\n", encoding="utf-8")


def regenerate(root):
    "Cleans the notebooks below `root`, exports the package from them, and makes README.md."
    call("nbdev_clean", cwd=root)
    call("nbdev_export", cwd=root)
    readme(root)


def tracked(folder):
    "The files below `folder` that matter, by their relative path."
    skip = {"__pycache__", ".ipynb_checkpoints", ".last_checked"}
    return {p.relative_to(folder): p for p in sorted(folder.rglob("*")) if p.is_file() and not skip & set(p.relative_to(folder).parts)}


def check_sync():
    "Stops with the list of files that differ from what the notebooks generate."
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "coordtok"
        copy.mkdir()
        for name in SOURCES:
            source = ROOT / name
            if source.is_dir(): shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
            elif source.exists(): shutil.copy(source, copy / name)
        regenerate(copy)
        differing = []
        for name in SOURCES:
            old, new = ((tracked(r / name) if (r / name).is_dir() else {Path("."): r / name}) for r in (ROOT, copy))
            differing += [str(Path(name) / p) for p in sorted(set(old) | set(new))
                          if p not in old or p not in new or not old[p].exists() or not filecmp.cmp(old[p], new[p], shallow=False)]
    if differing: sys.exit("These files are not what the notebooks generate; `make sync` mends them:\n  " + "\n  ".join(differing))
    print("in sync: the package and README.md are what the notebooks export, the notebooks are clean")


def check_outputs():
    "Stops if a committed output is an error, if a code cell of a lesson was never run, or a notebook is too large."
    notebooks = sorted((ROOT / "nbs").glob("*.ipynb"))
    for path in notebooks:
        cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
        outputs = [o for c in cells for o in c["outputs"]]
        if any(o["output_type"] == "error" for o in outputs): sys.exit(f"{path.name}: an output is an error; run the notebook again")
        if cells and not outputs: sys.exit(f"{path.name}: no outputs; run the notebook and save it")
        if path.stat().st_size > 3e6: sys.exit(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, more than 3")
    print(f"outputs: {len(notebooks)} notebooks, all with outputs, none with an error, none over 3 MB")


RUN_CELLS = """
import json, sys
names, failed = {"__name__": "__main__"}, []
for k, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] != "code": continue
    try: exec(compile("".join(cell["source"]), f"cell {k}", "exec"), names)
    except Exception: failed.append(k)
print(json.dumps(failed))
"""


def check_students(stubs_of="03_layers.ipynb"):
    "Stops if copies for students show a solution, lack anything else, lead nowhere, go over somebody's work, or if the checks of the lesson `stubs_of` are content with its stubs."
    def cells_of(path): return json.loads(path.read_text(encoding="utf-8"))["cells"]
    with tempfile.TemporaryDirectory() as folder:
        copies, lessons = Path(folder) / "copies", sorted((ROOT / "nbs").glob(students.LESSONS))
        students.write_copies(copies)
        students.write_copies(copies)                                     # untouched copies may be made again
        for path in lessons:
            cells, copy = cells_of(path), cells_of(copies / path.name)
            solutions = sum(map(students.is_solution, cells))
            if not solutions: sys.exit(f"{path.name}: no cell is tagged `solution`")
            if any(map(students.is_solution, copy)): sys.exit(f"{path.name}: its copy has a solution")
            if [c["source"] for c in copy] != [c["source"] for c in cells if not students.is_solution(c)]: sys.exit(f"{path.name}: its copy lacks more than {solutions} solutions")
            for run in students.exercises(cells):
                first = next(k for k, cell in enumerate(run) if students.is_solution(cell))
                if not first or len(run) < 3: sys.exit(f"{path.name}: an exercise is not a stub, a solution and a check: {''.join(run[first]['source'])[:60]!r}")
            inside = {id(cell) for run in students.exercises(cells) for cell in run}
            for cell, copied in zip((c for c in cells if not students.is_solution(c)), copy):
                if copied.get("outputs") != ([] if id(cell) in inside else cell.get("outputs")): sys.exit(f"{path.name}: the copy shows what a solution gives, or lacks another output: {''.join(cell['source'])[:60]!r}")
            text = "".join("".join(c["source"]) for c in copy if c["cell_type"] == "markdown")
            for link in re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", text):
                if not (copies / link.split("#")[0]).exists(): sys.exit(f"{path.name}: {link} does not lie beside its copy")
        mine = copies / lessons[0].name
        mine.write_text(mine.read_text(encoding="utf-8").replace("# your code", "# my work"), encoding="utf-8")
        for busy in (copies, ROOT / "nbs"):
            before = {path: path.read_bytes() for path in busy.glob("*.ipynb")}
            try: students.write_copies(busy)
            except ValueError: pass
            else: sys.exit(f"student copies were written over {busy.name}, which holds somebody's work")
            if before != {path: path.read_bytes() for path in busy.glob("*.ipynb")}: sys.exit(f"{busy.name} was refused as a place for student copies, and yet changed")
        cells, copy = cells_of(ROOT / "nbs" / stubs_of), cells_of(copies / stubs_of)
        checks = [copy.index(cells[k + 1] | dict(outputs=[], execution_count=None)) for k, cell in enumerate(cells) if students.is_solution(cell)]
        failed = json.loads(call(sys.executable, "-c", RUN_CELLS, str(copies / stubs_of), cwd=copies, env=dict(ENV, MPLBACKEND="Agg", OMP_NUM_THREADS="1")).splitlines()[-1])
        if failed != checks: sys.exit(f"{stubs_of}: the copy fails in cells {failed}, not in the checks of its exercises, {checks}")
    print(f"student copies: {len(lessons)} lessons without their solutions; with stubs, the {len(checks)} checks of {stubs_of} fail as they should")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mend", action="store_true", help="clean the notebooks, export the package and rebuild README.md; check nothing")
    if parser.parse_args().mend: return regenerate(ROOT)
    check_sync()
    check_outputs()
    check_students()
    print("running the notebooks ...", flush=True)
    workers = max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))
    code = subprocess.run(["nbdev_test", "--n_workers", str(workers), "--timing"], cwd=ROOT,
                          env=dict(ENV, OMP_NUM_THREADS="1", TQDM_DISABLE="1")).returncode
    notebooks = len(list((ROOT / "nbs").glob("*.ipynb")))
    if code: sys.exit("at least one notebook failed")
    print(f"{notebooks} passed, 0 failed")


if __name__ == "__main__": main()
