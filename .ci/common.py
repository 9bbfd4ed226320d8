"What all checks share: where the project lies, the environment of what they run, and running it."
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
ENV = dict(os.environ, PATH=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", PYTHONWARNINGS="ignore", PYTHONUTF8="1")
if "OMP_WAIT_POLICY" not in ENV:  # coordtok/__init__.py says why; kernels load torch before they load coordtok
    ENV.setdefault("GOMP_SPINCOUNT", "1000")
    ENV.setdefault("KMP_BLOCKTIME", "1")


def call(*command: object, cwd: Path = ROOT, text: str | None = None, env: dict[str, str] = ENV) -> str:
    "Run a command, with `text` on its standard input, and return what it prints; stop with its output if it fails."
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=env, input=text, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\n{' '.join(words)} failed")
    return done.stdout


def notebooks() -> list[Path]:
    "Return the project's notebooks."
    return sorted((ROOT / "nbs").glob("*.ipynb"))


def cells_of(path: Path) -> list[dict]:
    "Return the cells of a notebook."
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source_of(cell: dict) -> str:
    "Return the text of a cell."
    return "".join(cell["source"])


def tags_of(cell: dict) -> list[str]:
    "Return the tags of a cell."
    return cell["metadata"].get("tags", [])
