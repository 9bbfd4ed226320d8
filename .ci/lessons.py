"Checks of the notebooks as they lie there, without running them: outputs, kernel, reading time, names of callbacks."
import ast
import json
import re
import symtable
import sys
from collections.abc import Iterator
from pathlib import Path

from common import ROOT, cells_of, notebooks, source_of

MEGABYTES = 3
WIDGETS = {"interact", "interactive", "interactive_output", "observe", "on_click"}
PLACES = ("/tmp", "/work", "/home", "/root", "/Users", "/usr", "/opt", "/var/folders", str(ROOT))  # of a machine
MACHINE = re.compile(rf"((?<![\w.])({'|'.join(map(re.escape, PLACES))})|site-packages)/[^\s\"'<>]*")


def texts_in(output: object) -> Iterator[str]:
    "Yield the texts of an output, or of a list of outputs, but no pictures."
    if isinstance(output, str):
        yield output
    parts = output if isinstance(output, list) else []
    if isinstance(output, dict):
        parts = [part for kind, part in output.items() if kind not in ("image/png", "image/jpeg")]
    for part in parts:
        yield from texts_in(part)


def machine_path(text: str) -> str | None:
    "Return the first path of a machine in a text; films within a page are no text."
    found = MACHINE.search(re.sub(r"base64,[\w+/=]+", "base64", text))
    return found[0] if found else None


def machine_paths(path: Path) -> list[str]:
    "Return the paths of a machine that the outputs of a notebook hold, each with its line in the file."
    lines = path.read_text(encoding="utf-8").split("\n")
    found = []
    for text in texts_in([cell.get("outputs", []) for cell in cells_of(path)]):
        if place := machine_path(text):
            written = json.dumps(text, ensure_ascii=False)
            number = next((number for number, line in enumerate(lines, 1) if written in line), 0)
            found.append(f"{path.name}, line {number}: {place}")
    return found


def check_outputs() -> None:
    """Stop if a committed output is not fit to be seen, or a lesson was never run, or a notebook is too large.

    Not fit are errors and paths of the machine that the notebook ran on: no reader has them."""
    bad = ["see /tmp/a/run.py --help", f"{ROOT}/coordtok/video.py:3: Warning", "/opt/site-packages/torch/nn.py"]
    good = ["work/clips", "https://pytorch.org/work/x", "src='data:video/mp4;base64,AA/tmp/AA='"]
    assert all(map(machine_path, bad)) and not any(map(machine_path, good)), "the check itself fails"
    for path in notebooks():
        code = [cell for cell in cells_of(path) if cell["cell_type"] == "code"]
        outputs = [output for cell in code for output in cell["outputs"]]
        if any(output["output_type"] == "error" for output in outputs):
            sys.exit(f"{path.name}: an output is an error; run the notebook again")
        if paths := machine_paths(path):
            sys.exit("\n".join(["outputs hold paths of a machine; print what a reader needs, and run again:", *paths]))
        if code and not outputs:
            sys.exit(f"{path.name}: no outputs; run the notebook and save it")
        if path.stat().st_size > MEGABYTES * 1e6:
            sys.exit(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, more than {MEGABYTES}")
    print(f"outputs: {len(notebooks())} notebooks, none with an error or a machine's path, none over {MEGABYTES} MB")


def check_kernels() -> None:
    "Stop if a notebook names no kernel: JupyterLab would ask for one."
    for path in notebooks():
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        if metadata.get("kernelspec", {}).get("name") != "python3":
            sys.exit(f"{path.name}: no kernel is named; `make sync` mends it")
    print("kernels: every notebook names its own")


def honest_minutes(cells: list[dict]) -> float:
    "Return how long reading takes: 200 words of prose or 150 words of code a minute."
    words = {"markdown": 0, "code": 0}
    for cell in cells:
        text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>", "", source_of(cell))
        words[cell["cell_type"]] += len(text.split())
    return words["markdown"] / 200 + words["code"] / 150


def stated_minutes(cells: list[dict]) -> int | None:
    "Return how many minutes a lesson says at its head that reading takes."
    prose = [source_of(cell) for cell in cells if cell["cell_type"] == "markdown"]
    head = re.sub(r"[*_:]", "", " ".join(prose[:6]))
    found = re.search(r"(\d+) minutes to read|[Rr]eading (?:takes )?(?:about )?(\d+) minutes", head)
    return int(found.expand(r"\1\2")) if found else None


def check_minutes(tolerance: float = .25, longest: int = 90) -> list[str]:
    "Return what is wrong with the minutes that the lessons state."
    wrong = []
    for path in notebooks():
        if not path.name[:2].isdigit():
            continue
        cells = cells_of(path)
        honest, stated = honest_minutes(cells), stated_minutes(cells)
        if stated is None:
            wrong.append(f"{path.name} says nothing of reading, {honest:.0f} minutes")
        elif abs(stated - honest) > max(5, tolerance * honest):
            wrong.append(f"{path.name} says {stated} minutes, reading takes {honest:.0f}")
        if honest > longest:
            wrong.append(f"{path.name} takes {honest:.0f} minutes, more than {longest}")
    return wrong


def python_of(cell: dict) -> str:
    "Return the code of a cell without the lines that IPython alone understands."
    return "\n".join("" if line.startswith(("%", "!")) else line for line in source_of(cell).splitlines())


def function_tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    "Yield the tables of all functions and lambdas in a cell, the nested ones too."
    for child in table.get_children():
        if child.get_type() == "function":
            yield child
        yield from function_tables(child)


def globals_read(table: symtable.SymbolTable) -> set[str]:
    "Return the global names that a function reads, or a function within it."
    names = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names.union(*(globals_read(child) for child in table.get_children()))


def names_bound(code: str) -> set[str]:
    "Return the names that a cell binds at its top level."
    table = symtable.symtable(code, "cell", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def callbacks(code: str) -> Iterator[tuple[str, int]]:
    "Yield the functions that a cell hands to a widget: their name and line (of a lambda: 'lambda')."
    for node in ast.walk(ast.parse(code)):
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        if any("interact" in ast.unparse(decorator) for decorator in decorators):
            yield node.name, node.lineno
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in WIDGETS and isinstance(node.args[0], ast.Name):
            yield node.args[0].id, 0
        elif called in WIDGETS and isinstance(node.args[0], ast.Lambda):
            yield "lambda", node.args[0].lineno


def rebound_names(cells: list[dict]) -> list[str]:
    "Return what breaks widgets after *Run All*: names that a callback reads and that a later cell binds anew."
    code = [python_of(cell) for cell in cells if cell["cell_type"] == "code"]
    bound = [names_bound(text) for text in code]
    functions: dict[str, set[str]] = {}  # name -> the globals that it reads, as it is defined so far
    wrong = []
    for k, text in enumerate(code):
        tables = list(function_tables(symtable.symtable(text, "cell", "exec")))
        functions |= {table.get_name(): globals_read(table) for table in tables if table.get_name() != "lambda"}
        later = set().union(*bound[k + 1:])
        for name, line in callbacks(text):
            reads = set(functions.get(name, set()))
            if name == "lambda":
                here = [table for table in tables if table.get_name() == name and table.get_lineno() == line]
                reads = set().union(*map(globals_read, here))
            for _ in range(4):  # functions of the notebook that the callback calls read names, too
                reads |= set().union(*(functions.get(read, set()) for read in reads))
            for read in sorted(reads & later):
                wrong.append(f"the callback {name} of code cell {k} reads {read}, which a later cell binds anew")
    return wrong


def check_callbacks() -> None:
    "Stop if a widget reads a name that a later cell rebinds: it breaks after *Run All*."
    good = [dict(cell_type="code", source="a = 1\ndef f(x): return a + x\ninteract(f, x=3)")]
    bad = [*good, dict(cell_type="code", source="for a in range(3): pass")]
    assert not rebound_names(good) and len(rebound_names(bad)) == 1, "the check itself fails"
    wrong = [f"{path.name}: {reason}" for path in notebooks() for reason in rebound_names(cells_of(path))]
    if wrong:
        sys.exit("Widgets that break after Run All; hand the value to the callback:\n  " + "\n  ".join(wrong))
    print("callbacks: no widget reads a name that a later cell rebinds")
