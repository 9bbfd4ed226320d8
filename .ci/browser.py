"""Use lessons as a person does, in JupyterLab and a Chromium without a window, for `make browser`.

    browser.py            every lesson that shows a widget or a video
    browser.py 04 12b     these lessons
    browser.py --itself   a notebook of all controls, good and broken: does the check see what it should?

A lesson must open without a question and unchanged, *Run All* must end without an error, each control must change the
picture or text beside it, each video must play. runs/browser/ gets screenshots for people to look at.
"""
import argparse
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common import ENV, ROOT, cells_of, notebooks
from playwright.sync_api import (  # pyright: ignore[reportMissingImports]
    ElementHandle,
    Error,
    Page,
    Playwright,
    sync_playwright,
)
from trial import write_trials, wrong

LIMIT = 1800  # seconds that a lesson may run
STARTING = 120  # seconds that JupyterLab, or a kernel, may take to start
MOVING = 120  # seconds that an output may take to follow its control
QUIET = 5  # seconds: an output that has not changed while its kernel rested so long will not change
PICTURES = ROOT / "runs" / "browser"
DESKTOP, PHONE = dict(width=1280, height=800), dict(width=390, height=844)
WIDGET, VIDEO = "application/vnd.jupyter.widget-view+json", "<video"  # in a stored output
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
CONTROLS = {  # kind of control -> the element in a widget that a person moves
    "slider": ".widget-slider [role=slider]",
    "dropdown": ".widget-dropdown select, .widget-select select",
    "choice": ".widget-radio input:not(:checked)",
    "checkbox": ".widget-checkbox input",
    "toggle": ".widget-toggle-button:not(.widget-toggle-buttons .mod-active)",
    "button": ".widget-button",
    "number": ".widget-text input[type=number]",
    "text": ".widget-text input[type=text], .widget-textarea textarea",
    "play": ".widget-play button:first-of-type",
}
UNCHANGING: dict[tuple[str, str], str] = {}  # (lesson, label of a control) -> why nothing changes when it moves


@dataclass
class Report:
    "What was done in a lesson, and what failed."
    lesson: str
    seconds: float = 0
    controls: int = 0  # controls that were moved
    changes: int = 0  # moves that changed the output
    videos: int = 0  # videos that played
    failures: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        "Note a failure and say it."
        self.failures.append(reason)
        print(f"FAILED {self.lesson}: {reason}", flush=True)


def chromium(playwright: Playwright) -> str:
    "Return the path of a Chromium: the one that CHROMIUM names, else playwright's own, else one on the PATH."
    named, own = os.environ.get("CHROMIUM"), playwright.chromium.executable_path
    if named and not shutil.which(named):
        sys.exit(f"CHROMIUM={named} is no program")
    found = [named, own if Path(own).exists() else None, *map(shutil.which, PROGRAMS)]
    if not any(found):
        sys.exit("no Chromium found: install one (`apt-get install chromium`, or `.venv/bin/playwright install "
                 "chromium`), or name one (`make browser CHROMIUM=PATH`)")
    return next(filter(None, found))


def is_root() -> bool:
    "Return whether this program runs as root, where Chromium has no sandbox."
    return hasattr(os, "geteuid") and os.geteuid() == 0


def free_port() -> int:
    "Return a port that nobody listens on."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def settings_of(folder: Path, token: str) -> dict[str, str]:
    "Return the environment of a JupyterLab that knows no settings but those in `folder`, and asks nothing about news."
    own = dict(JUPYTER_CONFIG_DIR="config", JUPYTER_DATA_DIR="data", JUPYTER_RUNTIME_DIR="runtime",
               JUPYTERLAB_SETTINGS_DIR="settings", JUPYTERLAB_WORKSPACES_DIR="workspaces")
    news = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(ROOT), ENV.get("PYTHONPATH")]))
    return ENV | {name: str(folder / place) for name, place in own.items()} | dict(PYTHONPATH=path, JUPYTER_TOKEN=token)


@contextlib.contextmanager
def jupyter_lab(lessons: Path, folder: Path) -> Iterator[tuple[str, str]]:
    "Start JupyterLab in the folder `lessons`, with settings and log in `folder`; yield its address and its token."
    port, token, log = free_port(), secrets.token_hex(16), folder / "log"
    address = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser", f"--port={port}",
             "--ServerApp.port_retries=0", *(["--allow-root"] if is_root() else [])]
    with open(log, "w") as file:
        server = subprocess.Popen(words, cwd=lessons, env=settings_of(folder, token), stdout=file, stderr=file)
    try:
        end = time.monotonic() + STARTING
        while not answers(f"{address}/api?token={token}"):
            if server.poll() is not None or time.monotonic() > end:
                sys.exit(f"{log.read_text(encoding='utf-8')}\nJupyterLab does not start")
            time.sleep(.5)
        yield address, token
    finally:
        server.terminate()  # it ends its kernels
        server.wait()


def answers(url: str) -> bool:
    "Return whether something answers at this address."
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
            return True
    except OSError:
        return False


def showing(path: Path, kind: str) -> set[str]:
    "Return the ids of the cells whose stored output holds a widget or a video."
    return {cell["id"] for cell in cells_of(path) if kind in json.dumps(cell.get("outputs", []))}


def lessons_named(names: list[str]) -> list[Path]:
    "Return the lessons of these names, such as 04 or 04_triplane; without names, those that show widgets or videos."
    if not names:
        return [path for path in notebooks() if showing(path, WIDGET) | showing(path, VIDEO)]
    found = {name: [path for path in notebooks() if name in (path.stem, path.stem.split("_")[0])] for name in names}
    if unknown := [name for name in names if not found[name]]:
        sys.exit(f"no lesson is named {', '.join(unknown)}: name them as 04, 12b or 04_triplane")
    return [path for name in names for path in found[name]]


def plain(notebook: dict) -> dict:
    "Return a notebook without what Jupyter writes by itself: outputs, trust, and which Python runs it."
    def text(source: str | list[str]) -> str:
        return source if isinstance(source, str) else "".join(source)

    kept = {name: value for name, value in notebook["metadata"].items() if name != "language_info"}
    parts = {f"cell {cell['id']}": [cell["cell_type"], text(cell["source"]), cell["metadata"] | dict(trusted=None)]
             for cell in notebook["cells"]}
    return dict(metadata=kept, nbformat=[notebook["nbformat"], notebook["nbformat_minor"]]) | parts


def open_lesson(page: Page, url: str, path: Path, report: Report) -> bool:
    "Open a lesson and wait for its kernel; note what JupyterLab asks or changes; return whether the kernel is there."
    page.goto(url)
    try:
        page.wait_for_function("() => lesson.rests() || lesson.dialogs().length", timeout=1000 * STARTING)
    except Error:
        report.fail(f"no kernel after {STARTING} s")
        return False
    page.wait_for_timeout(1000)
    for words in page.evaluate("() => lesson.dialogs()"):
        report.fail(f"JupyterLab asks: {words}")
    if report.failures:
        return False
    old, new = plain(json.loads(path.read_text(encoding="utf-8"))), plain(page.evaluate("() => lesson.notebook()"))
    changed = [name for name in old | new if old.get(name) != new.get(name)]
    if changed:
        report.fail(f"opening changes the notebook: {', '.join(changed[:3])}")
    return True


def run_all(page: Page, report: Report) -> bool:
    "Choose *Run All Cells* in the menu and wait until all is run; note errors; return whether there were none."
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_timeout(1000)
    end = time.monotonic() + LIMIT
    while not page.evaluate("() => lesson.rests() && !lesson.waiting()"):
        if time.monotonic() > end:
            report.fail(f"runs for more than {LIMIT} s")
            return False
        page.wait_for_timeout(500)
    errors = page.evaluate("() => lesson.errors()")
    for words in [*errors, *page.evaluate("() => lesson.dialogs()")]:
        report.fail(words)
    return not errors


def output_of(page: Page, cell: str) -> ElementHandle:
    "Return the output of a cell, scrolled into view."
    output = page.evaluate_handle("id => lesson.show(id)", cell).as_element()
    page.wait_for_timeout(500)
    return output


def followed(page: Page, output: ElementHandle, before: int) -> int:
    "Wait until an output looks other than `before` and its kernel rests, or nothing happens; return how it looks."
    began = rested = time.monotonic()
    last = before
    while time.monotonic() - rested < QUIET and time.monotonic() - began < MOVING:
        page.wait_for_timeout(250)
        if not page.evaluate("() => lesson.rests()"):
            rested = time.monotonic()
            continue
        now = output.evaluate("output => lesson.seen(output)")
        if now == last != before:
            return now
        last = now
    return last


def drag(page: Page, handle: ElementHandle, right: bool) -> None:
    "Drag a slider's handle to an end, with the mouse."
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    track = handle.evaluate_handle("handle => handle.closest('.noUi-base')").as_element().bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] + 20 if right else track["x"] - 20, track["y"], steps=4)
    page.mouse.up()


def moves(page: Page, kind: str, control: ElementHandle) -> Iterator[str]:
    "Move a control in every way that a person would try first; yield what was done, after each move."
    if kind == "slider":
        now, end = (float(control.get_attribute(f"aria-value{name}")) for name in ("now", "max"))
        for right in (now < end, now == end):  # to both ends, the first of which is not where it stands
            drag(page, control, right)
            yield f"at {control.get_attribute('aria-valuetext')}"
    elif kind == "dropdown":
        options = control.evaluate("select => [...select.options].map(option => option.text)")
        now = control.evaluate("select => select.selectedIndex")
        for k in [*range(now + 1, len(options)), *range(now + 1)]:
            control.select_option(index=k)
            yield f"at {options[k]}"
    elif kind in ("number", "text"):
        control.press("ArrowUp" if kind == "number" else "a")
        control.press("Enter")
        yield f"at {control.input_value()}"
    else:
        control.click()
        yield "clicked"
        if kind in ("checkbox", "play"):
            control.click()
            if kind == "checkbox":
                yield "clicked again"


def move(page: Page, output: ElementHandle, kind: str, control: ElementHandle, report: Report) -> None:
    "Move a control and note whether the output beside it follows."
    label = control.evaluate("control => lesson.label(control)")
    report.controls += 1
    before = output.evaluate("output => lesson.seen(output)")
    for done in moves(page, kind, control):
        after = followed(page, output, before)
        for fault in output.evaluate("output => lesson.faults(output)"):
            report.fail(f"{kind} {label!r} {done}: {fault}")
        if after != before:
            report.changes += 1
        elif (report.lesson, label) not in UNCHANGING:
            report.fail(f"{kind} {label!r} {done}: nothing changes")
        before = after


def use(page: Page, path: Path, report: Report) -> None:
    "Move all controls and play all videos of a lesson that has been run."
    widgets, videos = (page.evaluate("what => lesson.having(what)", what) for what in (".jupyter-widgets", "video"))
    for kind, there in ((WIDGET, widgets), (VIDEO, videos)):
        if lacking := showing(path, kind) - set(there):
            report.fail(f"no {'widget' if kind == WIDGET else 'video'} in cell {', '.join(sorted(lacking))}")
    for cell in widgets:
        output = output_of(page, cell)
        for fault in output.evaluate("output => lesson.faults(output)"):
            report.fail(f"cell {cell}: {fault}")
        for kind, selector in CONTROLS.items():
            for control in output.query_selector_all(selector):
                move(page, output, kind, control, report)
    for cell in videos:
        for video in output_of(page, cell).query_selector_all("video"):
            if wrong := video.evaluate("video => lesson.play(video)"):
                report.fail(f"a video in cell {cell} {wrong}")
            else:
                report.videos += 1
    take_pictures(page, path.stem, [*widgets, *videos])


def take_pictures(page: Page, name: str, cells: list[str]) -> None:
    "Save how the first widget or video looks on a desktop, and on a phone with the list of files put away."
    PICTURES.mkdir(parents=True, exist_ok=True)
    for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        if device == "phone":
            page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
        page.wait_for_timeout(1000)
        for cell in cells[:1]:
            output_of(page, cell)
        page.screenshot(path=PICTURES / f"{name}-{device}.png")


def check(context, address: str, token: str, path: Path) -> Report:
    "Open a lesson in a page of its own, run it, use it."
    report, began = Report(path.stem), time.monotonic()
    page = context.new_page()
    try:
        url = f"{address}/lab/workspaces/{path.stem}/tree/{path.name}?token={token}"
        if open_lesson(page, url, path, report) and run_all(page, report):
            use(page, path, report)
        else:
            take_pictures(page, path.stem, [])
    except Error as error:  # of the browser
        report.fail(str(error).splitlines()[0])
    finally:
        with contextlib.suppress(Error):
            page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.close()
    report.seconds = time.monotonic() - began
    return report


def table(reports: list[Report]) -> str:
    "Return the reports as lines of a table."
    rows = [("lesson", "seconds", "controls", "changes", "videos", "failures")]
    rows += [(r.lesson, f"{r.seconds:.0f}", *map(str, (r.controls, r.changes, r.videos, len(r.failures))))
             for r in reports]
    return "\n".join(f"{row[0]:18}" + "".join(f"{part:>10}" for part in row[1:]) for row in rows)


def check_lessons(paths: list[Path]) -> list[Report]:
    "Check lessons one after the other, in a copy of their folder."
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        program, folder = chromium(playwright), Path(temporary)
        shutil.copytree(ROOT / "nbs", folder / "nbs")
        for path in paths:
            shutil.copy(path, folder / "nbs")
        flags = [*FLAGS, *(["--no-sandbox"] if is_root() else [])]
        with jupyter_lab(folder / "nbs", folder) as (address, token):
            browser = playwright.chromium.launch(executable_path=program, args=flags)
            context = browser.new_context(viewport=DESKTOP)
            context.add_init_script(path=Path(__file__).with_suffix(".js"))
            reports = []
            for path in paths:
                reports.append(check(context, address, token, path))
                print(table(reports[-1:]).splitlines()[-1], flush=True)
            browser.close()
    return reports


def check_itself() -> None:
    "Stop if a notebook that is good is found faulty, or one that is broken good."
    with tempfile.TemporaryDirectory() as folder:
        reports = check_lessons(write_trials(Path(folder)))
    print(table(reports))
    bad = [words for r in reports for words in wrong(r.lesson, (r.controls, r.videos), r.failures)]
    if bad:
        sys.exit("\n".join(["the check itself fails:", *bad]))
    print("the check sees what it should")


def main() -> None:
    "Check the lessons that are named."
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", help="such as 04 12b; without any, all that show a widget or a video")
    parser.add_argument("--itself", action="store_true", help="check this check")
    options = parser.parse_args()
    if options.itself:
        return check_itself()
    reports = check_lessons(lessons_named(options.lessons))
    print(f"\n{table(reports)}\nscreenshots: {PICTURES}")
    sys.exit(1 if any(report.failures for report in reports) else 0)


if __name__ == "__main__":
    main()
