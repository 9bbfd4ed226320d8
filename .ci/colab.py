"""The badge that opens a lesson in Colab, and the cell that installs the package where it is missing.

`make sync` writes both before the first code cell of each lesson; this is their only source. The site leaves them out
(its pages have a button), student copies only the badge (it leads to the lesson with its solutions).
"""
import json
from pathlib import Path

from common import cells_of, tags_of

LESSONS = "[0-9][0-9]*_*.ipynb"
OPENING = ("badge", "install")  # the tags of the two cells
COLAB = "https://colab.research.google.com"
BADGE = f"""[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({COLAB}/github/coordtok/coordtok/blob/main/nbs/LESSON)
On Colab or Kaggle the next cell installs the project, in a few minutes. On a phone, read: all pictures are there."""
INSTALL = """#| eval: false
# Colab, Kaggle: install the project, in a few minutes. Where it is installed, this cell does nothing.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("coordtok") is None:
    source = "coordtok[lessons] @ git+https://github.com/coordtok/coordtok"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)"""


def opening(lesson: str) -> list[dict]:
    "Return the two cells for a lesson, given the name of its file."
    badge = BADGE.replace("LESSON", lesson).splitlines(keepends=True)
    cells = [dict(cell_type="markdown", id="c0108ab1", metadata=dict(tags=["badge"]), source=badge)]
    code = dict(metadata=dict(tags=["install"]), outputs=[], source=INSTALL.splitlines(keepends=True))
    return [*cells, dict(cell_type="code", execution_count=None, id="dbc58eb5", **code)]


def is_opening(cell: dict) -> bool:
    "Return whether a cell is one of the two."
    return any(tag in OPENING for tag in tags_of(cell))


def add_openings(root: Path) -> None:
    "Write the two cells before the first code cell of each lesson."
    for path in sorted((root / "nbs").glob(LESSONS)):
        cells = [cell for cell in cells_of(path) if not is_opening(cell)]
        kinds = [cell["cell_type"] for cell in cells]
        first = kinds.index("code") if "code" in kinds else len(cells)
        text = path.read_text(encoding="utf-8")
        notebook = json.loads(text) | dict(cells=[*cells[:first], *opening(path.name), *cells[first:]])
        mended = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if mended != text:
            path.write_text(mended, encoding="utf-8")
