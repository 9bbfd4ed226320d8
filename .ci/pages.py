"""What is made from the notebooks: the package, README.md and docs/*.md.

index.ipynb becomes README.md, each notebook of PAGES becomes docs/NAME.md; inputs tagged `hide_input` are left out.
"""
import base64
import filecmp
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from colab import add_openings
from common import ROOT, call, cells_of, notebooks, source_of, tags_of
from PIL import Image

PAGES = {"index": "README.md", "paper": "docs/paper.md", "hardware": "docs/hardware.md", "teaching": "docs/teaching.md"}
SOURCES = ("nbs", "coordtok", "docs", "settings.ini", "setup.py", "README.md")
KERNEL = dict(display_name="python3", language="python", name="python3")
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
UNTRACKED = {"__pycache__", ".ipynb_checkpoints", ".last_checked"}


def rewrite_links(text: str, page: str) -> str:
    "Return the text with links between notebooks as they are seen from `page`, a path below the root."
    up = "../" * page.count("/")

    def seen_from_page(match: re.Match) -> str:
        target, _, anchor = match[1].partition("#")
        stem = Path(target).stem
        if target.endswith(".ipynb") and stem in PAGES:
            path = PAGES[stem]
        else:
            path = str(Path("nbs") / target) if not target.startswith("../") else target.removeprefix("../")
        return f"]({up}{path}{'#' + anchor if anchor else ''})"

    return re.sub(r"\]\((?!https?:|#)([^)\s]+)\)", seen_from_page, text)


def make_page(root: Path, name: str) -> None:
    "Write the Markdown page of nbs/NAME.ipynb."
    notebook = json.loads((root / "nbs" / f"{name}.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"] = dict(name="python")  # nbdev_clean drops it; code is coloured by it
    text = call("jupyter", "nbconvert", "--to", "markdown", "--stdin", "--stdout", "--log-level", "ERROR",
                "--TagRemovePreprocessor.remove_input_tags", "hide_input", cwd=root, text=json.dumps(notebook))
    text = re.sub(r"\n{3,}", "\n\n", rewrite_links(text, PAGES[name]))  # empty lines are left by hidden inputs
    (root / PAGES[name]).parent.mkdir(exist_ok=True)
    (root / PAGES[name]).write_text(text.strip() + "\n", encoding="utf-8")


def make_picture(root: Path) -> None:
    "Write images/overview.png, README's picture: the output of the tour's cell tagged `overview`."
    for cell in cells_of(root / "nbs" / "00_tour.ipynb"):
        if "overview" in tags_of(cell):
            (png,) = (out["data"]["image/png"] for out in cell["outputs"] if "image/png" in out.get("data", {}))
            (root / "nbs" / "images" / "overview.png").write_bytes(base64.b64decode("".join(png)))


def rewrite(root: Path, mend: Callable[[dict], None]) -> None:
    "Apply a function that mends a notebook to all of them, and write those that it changed."
    for path in sorted((root / "nbs").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        mend(notebook := json.loads(text))
        mended = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if mended != text:
            path.write_text(mended, encoding="utf-8")


def name_kernel(notebook: dict) -> None:
    "Name the kernel of a notebook: JupyterLab would ask for it."
    notebook["metadata"]["kernelspec"] = KERNEL


def is_progress(output: dict) -> bool:
    "Return whether an output is a progress bar, which on a page looks stuck."
    text = "".join(output.get("data", {}).get("text/plain", output.get("text", "")))
    return bool(re.search(r"(^|[\r\n]) *([^\n|]*: +)?\d+ ?%[^\n|]*\|", text))


def drop_progress(notebook: dict) -> None:
    "Remove stored progress bars, and the states of widgets that no output shows."
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        cell["outputs"] = [output for output in cell["outputs"] if not is_progress(output)]
    states = notebook["metadata"].get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    waiting = re.findall(r'"model_id": "(\w+)"', json.dumps([cell["outputs"] for cell in code]))
    needed: set[str] = set()
    while waiting:
        needed.add(name := waiting.pop())
        waiting += set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(states.get(name)))) - needed
    for name in states.keys() - needed:
        del states[name]
    if not states:
        notebook["metadata"].pop("widgets", None)


def with_palette(png: bytes) -> bytes:
    "Return an opaque picture with 256 colours of its own, where that makes it clearly smaller."
    picture = Image.open(io.BytesIO(png))
    if picture.mode == "P" or picture.convert("RGBA").getextrema()[3][0] < 255:
        return png
    small = io.BytesIO()
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue() if len(small.getvalue()) < .7 * len(png) else png


def shrink_pictures(notebook: dict) -> None:
    "Store the pictures of outputs with palettes: a third of the bytes, and no difference that a reader sees."
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    for data in (output["data"] for output in outputs if "image/png" in output.get("data", {})):
        png = base64.b64decode("".join(data["image/png"]))
        small = with_palette(png)
        if small != png:
            data["image/png"] = base64.b64encode(small).decode()


def regenerate(root: Path) -> None:
    "Clean the notebooks below `root`, write how lessons open, export the package, and make the pages."
    for mend in (name_kernel, drop_progress, shrink_pictures):
        rewrite(root, mend)
    add_openings(root)
    call("nbdev_clean", cwd=root)
    call("nbdev_export", cwd=root)
    make_picture(root)
    for name in PAGES:
        make_page(root, name)


def files_below(path: Path) -> dict[Path, Path]:
    "Return the files below a folder (or the file itself) that matter, by their relative path."
    if path.is_file():
        return {Path("."): path}
    found = {file.relative_to(path): file for file in sorted(path.rglob("*")) if file.is_file()}
    return {relative: file for relative, file in found.items() if not UNTRACKED & set(relative.parts)}


def check_sync() -> None:
    "Stop with the list of files that differ from what the notebooks generate."
    bars = [{"text": "  5%|#  | 1/20"}, {"data": {"text/plain": ["training: 0 % of the time |   | "]}}]
    assert all(map(is_progress, bars)) and not is_progress({"text": "| speed | 50 % |\nhalf: 50 %"}), "the check fails"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "coordtok"
        copy.mkdir()
        for name in SOURCES:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(*UNTRACKED))
            else:
                shutil.copy(ROOT / name, copy / name)
        regenerate(copy)
        differing = []
        for name in SOURCES:
            old, new = files_below(ROOT / name), files_below(copy / name)
            for relative in sorted(set(old) | set(new)):
                both = relative in old and relative in new
                if not both or not filecmp.cmp(old[relative], new[relative], shallow=False):
                    differing.append(str(Path(name) / relative))
    if differing:
        listed = "\n  ".join(differing)
        sys.exit(f"These files are not what the notebooks generate; `make sync` mends them:\n  {listed}")
    print("in sync: the package, README.md and docs are what the notebooks export, the notebooks are clean")


def check_links() -> None:
    "Stop if a link in a notebook or a page leads to a file that is not there."
    texts = {ROOT / page: (ROOT / page).read_text(encoding="utf-8") for page in (*PAGES.values(), "CONTRIBUTING.md")}
    for path in notebooks():
        prose = [cell for cell in cells_of(path) if cell["cell_type"] == "markdown"]
        texts[path] = "\n".join(source_of(cell) for cell in prose if "attachments" not in cell)
    links = [(path, link) for path, text in texts.items() for link in re.findall(r"\]\((?![a-z]+:|#)([^)\s]+)\)", text)]
    dead = [f"{path.name}: {link}" for path, link in links if not (path.parent / link.partition("#")[0]).exists()]
    if dead or len(links) < 100:
        sys.exit(f"links to files that are not there ({len(links)} links in all):\n  " + "\n  ".join(dead))
    print(f"links: all {len(links)} between pages, notebooks and files lead somewhere")


RUN_HELP = """
import contextlib, io, json, sys
from coordtok.cli import main
unknown = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["coordtok", *words, "--help"]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()): main()
    except SystemExit as stop:
        if stop.code not in (None, 0): unknown.append(" ".join(words))
print(json.dumps(unknown))
"""


def check_commands() -> None:
    "Stop if a page names a verb that the command line does not know."
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES.values())
    named = set(re.findall(r"(?:^|`)coordtok ((?:prepare|evaluate|bench) [a-z0-9]+|[a-z][a-z-]+)", text, re.MULTILINE))
    words = json.dumps(sorted(name.split() for name in named))
    unknown = json.loads(call(sys.executable, "-c", RUN_HELP, words).splitlines()[-1])
    if unknown or len(named) < 12:
        sys.exit(f"README.md or docs name commands that there are not: {', '.join(unknown)} ({len(named)} found)")
    print(f"commands: the {len(named)} that README.md and docs name exist")
