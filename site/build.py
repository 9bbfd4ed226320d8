"""Make the course site from the notebooks in nbs/, as they are committed: nothing is run.

    site/build.py [FOLDER]    FOLDER: where the site goes, _site by default

The notebooks are copied and made ready for Sphinx: nbdev's directives go, cells tagged `hide_input` show their output
only, solutions and recorded wrong answers are folded, widgets give way to the picture beside them, titles get numbers.
The badge and the cell that installs, at the head of lessons, go: each page has a button that opens it in Colab.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
from colab import LESSONS, is_opening  # noqa: E402
from pages import KERNEL, PAGES  # noqa: E402
from pictures import check_words, label_videos, words_for  # noqa: E402

FOLDED = {"solution": "hide-cell", "wrong": "hide-cell", "hide_input": "remove-input"}
WIDGET = "application/vnd.jupyter.widget-view+json"
URL = "https://github.com/coordtok/coordtok/blob/main/"


def describe_pictures(cell: dict, words: str) -> None:
    "Drop widgets that have a picture beside them, and give pictures and videos words for those who do not see them."
    pictures = []
    for output in cell["outputs"]:
        for kind in {"image/png", "image/jpeg"} & set(output.get("data", {})):
            data = "".join(output["data"][kind]).strip().rstrip("=")
            output["data"][kind] = data + "=" * (-len(data) % 4)  # some hosts of notebooks leave the padding out
            pictures.append(output)
        if "text/html" in output.get("data", {}):
            output["data"]["text/html"] = label_videos("".join(output["data"]["text/html"]), words)
    if pictures:
        cell["metadata"]["mystnb"] = {"image": {"alt": words}}
        cell["outputs"] = [output for output in cell["outputs"] if WIDGET not in output.get("data", {})]


def ready(notebook: dict, name: str) -> dict:
    "Return a notebook as Sphinx should see it."
    number = name.split("_")[0]
    heading, prose = number, ""
    notebook["cells"] = [cell for cell in notebook["cells"] if not is_opening(cell)]
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = re.sub(r"\]\(\.\./([^)]+)\)", rf"]({URL}\1)", text)
            if text.startswith("# ") and number[:2].isdigit():
                text = f"# {number} {text[2:]}"
            found = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
            heading, prose = found[-1] if found else heading, text
        else:
            if re.search(r"^#\| *(hide|default_exp)\b", text):
                cell["metadata"]["tags"] = ["remove-cell"]
            tags = [FOLDED.get(tag, tag) for tag in cell["metadata"].get("tags", [])]
            cell["metadata"] = {"tags": tags} if tags else {}
            describe_pictures(cell, words_for(cell, prose, heading))
            text = re.sub(r"^#\|.*\n?", "", text, flags=re.MULTILINE)
        cell["source"] = text
    notebook["metadata"] = dict(kernelspec=KERNEL, language_info=dict(name="python"))
    return notebook


def write_index(folder: Path, lessons: list[str], modules: list[str]) -> None:
    "Write the table of contents below the front page, and the page of the reference."
    index = json.loads((folder / "index.ipynb").read_text(encoding="utf-8"))
    pages = [name for name in PAGES if name != "index"]
    parts = [("Course", lessons), ("Pages", pages), ("Reference", ["reference"])]
    trees = []
    for caption, names in parts:
        listed = "\n".join(names)
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```")
    index["cells"].append(dict(cell_type="markdown", id="contents", metadata={}, source="\n\n".join(trees)))
    (folder / "index.ipynb").write_text(json.dumps(index), encoding="utf-8")
    listed = "\n".join(f"   coordtok.{name}" for name in modules)
    text = f"Reference\n=========\n\nMade from the docstrings.\n\n.. autosummary::\n   :toctree: api\n\n{listed}\n"
    (folder / "reference.rst").write_text(text, encoding="utf-8")


def main() -> int:
    "Make the site and check its pictures; return Sphinx's exit status. Warnings are errors."
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "_site").resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for path in sorted((ROOT / "nbs").glob("*.ipynb")):
            notebook = ready(json.loads(path.read_text(encoding="utf-8")), path.stem)
            (folder / path.name).write_text(json.dumps(notebook), encoding="utf-8")
        shutil.copytree(ROOT / "nbs" / "images", folder / "images")
        lessons = [path.stem for path in sorted(folder.glob(LESSONS))]
        modules = [path.stem for path in sorted((ROOT / "coordtok").glob("[!_]*.py"))]
        write_index(folder, lessons, modules)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "auto", "-c", str(ROOT / "site")]
        failed = subprocess.run([*command, str(folder), str(out)], cwd=ROOT).returncode
    shutil.rmtree(out.parent / "jupyter_execute", ignore_errors=True)  # copies of the notebooks, made by myst-nb
    if not failed:
        check_words(out)
    return failed


if __name__ == "__main__":
    sys.exit(main())
