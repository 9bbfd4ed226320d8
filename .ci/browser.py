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
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common import ROOT, cells_of, notebooks
from ipykernel.ipkernel import IPythonKernel
from lab import STARTING, chromium, jupyter_lab
from playwright.sync_api import (  # pyright: ignore[reportMissingImports]
    BrowserContext,
    ElementHandle,
    Error,
    Page,
    ViewportSize,
    sync_playwright,
)
from trial import write_trials, wrong

LIMIT = 1800  # seconds that a lesson may run
MOVING = 120  # seconds that an output may take to follow its control
QUIET = 5  # seconds: an output that has not changed while its kernel rested so long will not change
PICTURES = ROOT / "runs" / "browser"
DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
WIDGET, VIDEO = "application/vnd.jupyter.widget-view+json", "<video"  # in a stored output
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


def copy_lesson(path: Path, folder: Path) -> None:
    """Copy a lesson into a folder, with a note of the Python that runs it.

    Jupyter writes the note when a kernel starts, which marks the lesson as changed, and nbdev takes it out again."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"] = IPythonKernel.language_info
    (folder / path.name).write_text(json.dumps(notebook), encoding="utf-8")


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
    if page.evaluate("() => lesson.dirty()"):
        report.fail("opening the lesson changes it")
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
    assert output, f"cell {cell} has no output"
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
    x, y, left, end = handle.evaluate("handle => lesson.track(handle)")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(end + 20 if right else left - 20, y, steps=4)
    page.mouse.up()


def moves(page: Page, kind: str, control: ElementHandle) -> Iterator[str]:
    "Move a control in every way that a person would try first; yield what was done, after each move."
    if kind == "slider":
        now, end = (float(control.get_attribute(f"aria-value{name}") or 0) for name in ("now", "max"))
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


def check(context: BrowserContext, address: str, token: str, path: Path) -> Report:
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
        browser, folder = chromium(playwright), Path(temporary)
        shutil.copytree(ROOT / "nbs", folder / "nbs")
        for path in paths:
            copy_lesson(path, folder / "nbs")
        with jupyter_lab(folder / "nbs", folder) as (address, token):
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
