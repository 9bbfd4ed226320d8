"""Every check of the project, as `make test` runs them; with --mend, what can be mended by a program is mended.

1. The package and README.md are what the notebooks export, and the notebooks are clean.
2. No committed output is an error, and no notebook is over 3 MB.
3. Every notebook runs from top to bottom (nbdev_test).
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

ROOT = Path(__file__).resolve().parent.parent
ENV = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", PYTHONWARNINGS="ignore")
SOURCES = ("nbs", "coordtok", "settings.ini", "setup.py", "README.md")


def call(*command, cwd=ROOT, text=None):
    "Runs a command, with `text` on its standard input; its output is shown only if it fails."
    done = subprocess.run(command, cwd=cwd, env=ENV, input=text, capture_output=True, text=True)
    if done.returncode: sys.exit(f"{done.stdout}{done.stderr}\n{' '.join(command)} failed")
    return done.stdout


def regenerate(root):
    "Cleans the notebooks below `root`, exports the package from them, and makes README.md from nbs/index.ipynb."
    call("nbdev_clean", cwd=root)
    call("nbdev_export", cwd=root)
    index = json.loads((root / "nbs/index.ipynb").read_text(encoding="utf-8"))
    index["metadata"]["language_info"] = dict(name="python")       # nbdev_clean drops it; the code of README.md is coloured by it
    text = call("jupyter", "nbconvert", "--to", "markdown", "--stdin", "--stdout", "--log-level", "ERROR",
                "--TagRemovePreprocessor.remove_input_tags", "hide_input", cwd=root, text=json.dumps(index))
    text = re.sub(r"\]\((?!https?:|#)", "](nbs/", text).replace("](nbs/../", "](") # links of the notebook, as seen from README.md
    (root / "README.md").write_text(text.strip() + "\n", encoding="utf-8")


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mend", action="store_true", help="clean the notebooks, export the package and rebuild README.md; check nothing")
    if parser.parse_args().mend: return regenerate(ROOT)
    check_sync()
    check_outputs()
    print("running the notebooks ...", flush=True)
    workers = max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))
    code = subprocess.run(["nbdev_test", "--n_workers", str(workers), "--timing"], cwd=ROOT,
                          env=dict(ENV, OMP_NUM_THREADS="1", TQDM_DISABLE="1")).returncode
    notebooks = len(list((ROOT / "nbs").glob("*.ipynb")))
    if code: sys.exit("at least one notebook failed")
    print(f"{notebooks} passed, 0 failed")


if __name__ == "__main__": main()
