"""Student copies of the lessons, as `make students` writes them: without the cells tagged `solution`, and without what was printed or drawn around them.

Work that somebody has done in a copy is never written over: .copies.json in the folder remembers what was written, and a file that differs from it is somebody's.
"""
import hashlib
import json
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "nbs"
LESSONS = "[0-9][0-9]*_*.ipynb"
RECORD = ".copies.json"


def is_solution(cell): return "solution" in cell["metadata"].get("tags", [])


def exercises(cells):
    "The code cells of each exercise, from its text to the next one: stub, solution, check."
    runs = [[]]
    for cell in cells:
        if cell["cell_type"] == "code": runs[-1].append(cell)
        else: runs.append([])
    return [run for run in runs if any(map(is_solution, run))]


def student_copy(notebook):
    "The notebook without its solutions, and without the outputs of the other cells of an exercise, which would show them."
    for run in exercises(notebook["cells"]):
        for cell in run: cell |= dict(outputs=[], execution_count=None)
    return notebook | dict(cells=[cell for cell in notebook["cells"] if not is_solution(cell)])


def made_files(source=NOTEBOOKS):
    "What a folder of copies holds: name -> bytes. The lessons, and the pictures that belong to them."
    made = {path.name: json.dumps(student_copy(json.loads(path.read_text(encoding="utf-8"))), indent=1, ensure_ascii=False).encode() + b"\n" for path in sorted(source.glob(LESSONS))}
    return made | {path.relative_to(source).as_posix(): path.read_bytes() for path in sorted((source / "images").glob("*"))}


def write_copies(folder, source=NOTEBOOKS):
    """Writes the copies, or brings those up to date that nobody has changed: how many lessons, how many solutions left out.
    Raises ValueError, before anything is written, for a folder with other files and for one where somebody has worked."""
    folder, made = Path(folder), made_files(source)
    if folder.exists() and not folder.is_dir(): raise ValueError(f"{folder} is a file: name a folder, for example STUDENTS=copies")
    record = folder / RECORD
    known = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    if not known and folder.exists() and (others := sorted(path.name for path in folder.iterdir())):
        raise ValueError(f"{folder} holds other files ({', '.join(others[:3])}{', ...' if len(others) > 3 else ''}): name an empty folder, for example STUDENTS=copies")
    worked_on = [name for name in made if (folder / name).exists() and digest((folder / name).read_bytes()) not in (known.get(name), digest(made[name]))]
    if worked_on: raise ValueError(f"somebody has worked in {folder} ({', '.join(worked_on[:3])}{', ...' if len(worked_on) > 3 else ''}): nothing was written; name another folder, for example STUDENTS=copies")
    folder.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({name: digest(data) for name, data in made.items()}, indent=1) + "\n", encoding="utf-8")
    for name, data in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    lessons = [json.loads(path.read_text(encoding="utf-8"))["cells"] for path in sorted(source.glob(LESSONS))]
    return len(lessons), sum(is_solution(cell) for cells in lessons for cell in cells)


def digest(data): return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    if len(sys.argv) != 2: sys.exit("usage: students.py FOLDER")
    try: lessons, solutions = write_copies(Path(sys.argv[1]).expanduser())
    except (ValueError, OSError) as error: sys.exit(f"make students: {error}")
    print(f"{sys.argv[1]}: {lessons} lessons without their {solutions} solutions; `make lab NOTEBOOKS={sys.argv[1]}` opens them")
