"""Student copies of the lessons, as `make students` writes them.

They lack the cells tagged `solution`, `wrong` (the wrong answers that prove a check) and `badge` (it opens the lesson
with its solutions), and what was printed or drawn around solutions. Work that somebody has done in a copy is never
written over: .copies.json in the folder remembers what was written, and a file that differs from it is somebody's.
"""
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from colab import LESSONS
from common import ENV, ROOT, call, cells_of, source_of, tags_of

NOTEBOOKS = ROOT / "nbs"
RECORD = ".copies.json"
HIDDEN = ("solution", "wrong", "badge")
STUB = "# your code"


def is_hidden(cell: dict) -> bool:
    "Return whether students do not get this cell."
    return any(tag in HIDDEN for tag in tags_of(cell))


def is_solution(cell: dict) -> bool:
    "Return whether the cell is the solution of an exercise."
    return "solution" in tags_of(cell)


def exercises(cells: list[dict]) -> list[list[dict]]:
    "Return the code cells of each exercise, from its text to the next one: stub, solution, check, wrong answers."
    runs = [[]]
    for cell in cells:
        if cell["cell_type"] == "code":
            runs[-1].append(cell)
        else:
            runs.append([])
    return [run for run in runs if any(map(is_solution, run))]


def student_copy(notebook: dict) -> dict:
    "Return the notebook without its solutions, and without outputs of an exercise, which would show them."
    for run in exercises(notebook["cells"]):
        for cell in run:
            cell |= dict(outputs=[], execution_count=None)
    return notebook | dict(cells=[cell for cell in notebook["cells"] if not is_hidden(cell)])


def made_files(source: Path = NOTEBOOKS) -> dict[str, bytes]:
    "Return what a folder of copies holds, by name: the lessons, and the pictures that belong to them."
    made = {}
    for path in sorted(source.glob(LESSONS)):
        copy = student_copy(json.loads(path.read_text(encoding="utf-8")))
        made[path.name] = json.dumps(copy, indent=1, ensure_ascii=False).encode() + b"\n"
    for path in sorted((source / "images").glob("*")):
        made[path.relative_to(source).as_posix()] = path.read_bytes()
    return made


def digest(data: bytes) -> str:
    "Return the SHA-256 of some bytes, in hexadecimal."
    return hashlib.sha256(data).hexdigest()


def first(names: list[str]) -> str:
    "Return three of the names, and dots for the rest."
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def write_copies(folder: Path | str, source: Path = NOTEBOOKS) -> tuple[int, int]:
    """Write the copies, or bring those up to date that nobody has changed; return how many lessons and solutions.

    Raises ValueError, before anything is written, for a folder with other files or one where somebody has worked.
    """
    folder, made = Path(folder), made_files(source)
    other = "for example STUDENTS=copies"
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder, {other}")
    record = folder / RECORD
    known = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if there and not known:
        raise ValueError(f"{folder} holds other files ({first(there)}): name an empty folder, {other}")
    worked_on = []
    for name, data in made.items():
        if (folder / name).exists() and digest((folder / name).read_bytes()) not in (known.get(name), digest(data)):
            worked_on.append(name)
    if worked_on:
        reason = f"somebody has worked in {folder} ({first(worked_on)})"
        raise ValueError(f"{reason}: nothing was written; name another folder, {other}")
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {name: digest(data) for name, data in made.items()}
    record.write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
    for name, data in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    lessons = [cells_of(path) for path in sorted(source.glob(LESSONS))]
    return len(lessons), sum(is_solution(cell) for cells in lessons for cell in cells)


def check_copy(path: Path, copies: Path) -> None:
    "Stop if the copy of a lesson shows a solution, lacks anything else, or has a link that leads nowhere."
    cells, copy = cells_of(path), cells_of(copies / path.name)
    kept = [cell for cell in cells if not is_hidden(cell)]
    if any(map(is_hidden, copy)):
        sys.exit(f"{path.name}: its copy has a solution, a wrong answer or a badge")
    if [source_of(cell) for cell in copy] != [source_of(cell) for cell in kept]:
        sys.exit(f"{path.name}: its copy lacks more than solutions, wrong answers and the badge")
    for run in exercises(cells):
        solution = next(k for k, cell in enumerate(run) if is_solution(cell))
        if not solution or len(run) < 3:
            sys.exit(f"{path.name}: not a stub, a solution and a check: {source_of(run[solution])[:60]!r}")
    inside = {id(cell) for run in exercises(cells) for cell in run}
    for cell, copied in zip(kept, copy, strict=True):
        if copied.get("outputs") != ([] if id(cell) in inside else cell.get("outputs")):
            sys.exit(f"{path.name}: the copy shows what a solution gives, or lacks an output: {source_of(cell)[:60]!r}")
    text = "".join(source_of(cell) for cell in copy if cell["cell_type"] == "markdown")
    pages = {f"{name}.ipynb" for name in ("index", "paper", "hardware", "teaching")}  # they are no lessons
    for link in re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", text):
        target = link.split("#")[0]
        if target not in pages and not (copies / target).exists():
            sys.exit(f"{path.name}: {link} does not lie beside its copy")


def check_refusals(copies: Path, lesson: Path) -> None:
    "Stop if copies are written over somebody's work."
    mine = copies / lesson.name
    mine.write_text(mine.read_text(encoding="utf-8").replace(STUB, "# my work"), encoding="utf-8")
    for busy in (copies, NOTEBOOKS):
        before = {path: path.read_bytes() for path in busy.glob("*.ipynb")}
        try:
            write_copies(busy)
        except ValueError:
            pass
        else:
            sys.exit(f"student copies were written over {busy.name}, which holds somebody's work")
        if before != {path: path.read_bytes() for path in busy.glob("*.ipynb")}:
            sys.exit(f"{busy.name} was refused as a place for student copies, and yet changed")


RUN_CELLS = """
import contextlib, io, json, sys
names, failed, said = {"__name__": "__main__"}, [], io.StringIO()
for k, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] != "code": continue
    code = "\\n".join(line for line in "".join(cell["source"]).split("\\n") if not line.startswith(("%", "!")))
    try:
        with contextlib.redirect_stdout(said): exec(compile(code, f"cell {k}", "exec"), names)
    except Exception as error: failed.append(f"cell {k}: {type(error).__name__}: {str(error)[:200]}")
print(json.dumps(dict(failed=failed, unwritten=said.getvalue().count("not written yet"))))
"""


def run_copy(path: Path) -> dict:
    "Run a copy from the top, on past errors; return the cells that `failed` and how often a stub is `unwritten`."
    env = dict(ENV, MPLBACKEND="Agg", OMP_NUM_THREADS="1", TQDM_DISABLE="1")
    return json.loads(call(sys.executable, "-c", RUN_CELLS, path, cwd=path.parent, env=env).splitlines()[-1])


def check_run(path: Path, copies: Path) -> str | None:
    "Return what is wrong when the copy of a lesson is run with its stubs: errors, or exercises that say nothing."
    wanted, found = len(exercises(cells_of(path))), run_copy(copies / path.name)
    if found["failed"]:
        return f"{path.name}: the copy stops in {'; '.join(found['failed'])}"
    if found["unwritten"] < wanted:
        return f"{path.name}: {found['unwritten']} of {wanted} exercises are reported as not written"
    return None


def check_students(runs: Callable[[Path], bool]) -> None:
    "Stop if copies show a solution, lack anything else, lead nowhere, go over work, or (where `runs`) stop half-way."
    lessons = [path for path in sorted(NOTEBOOKS.glob(LESSONS)) if any(map(is_solution, cells_of(path)))]
    with tempfile.TemporaryDirectory() as folder:
        copies = Path(folder) / "copies"
        write_copies(copies)
        write_copies(copies)  # untouched copies may be made again
        for path in lessons:
            check_copy(path, copies)
        ran = list(filter(runs, lessons))
        wrong = [reason for path in ran if (reason := check_run(path, copies))]
        if wrong:
            sys.exit("\n".join(wrong))
        check_refusals(copies, lessons[0])
    print(f"student copies: {len(lessons)} lessons without their solutions; {len(ran)} run to the end with their stubs")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: students.py FOLDER")
    try:
        lessons, solutions = write_copies(Path(sys.argv[1]).expanduser())
    except (ValueError, OSError) as error:
        sys.exit(f"make students: {error}")
    made = f"{lessons} lessons without their {solutions} solutions"
    print(f"{sys.argv[1]}: {made}; `make lab NOTEBOOKS={sys.argv[1]}` opens them")
