"""Try the page of lesson 16h in a real browser, as a user would, and take its picture for the lesson.

    python .ci/page.py [--picture nbs/images/page.png]

It needs `pip install "coordtok[page,browser]"`, and Chromium, as `make browser` does. No other check calls it.
"""
import argparse
import io
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import ENV, ROOT
from lab import chromium, free_port
from PIL import Image
from playwright.sync_api import Page, sync_playwright  # pyright: ignore[reportMissingImports]

CLIP = ROOT / "data" / "synthetic" / "val-001.mp4"
PATIENCE = 120_000  # milliseconds, for a slow machine


@contextmanager
def serving() -> Iterator[str]:
    "Serve the page while the block runs; yield its address."
    port = free_port()
    command = [sys.executable, "-m", "coordtok", "page", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=ENV, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        line = server.stdout.readline()
        assert line == f"open http://localhost:{port}; Ctrl-C ends it\n", f"the page does not start: {line}"
        yield f"http://localhost:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
    assert server.returncode == 0, f"Ctrl-C does not end it well: {server.returncode}"


@contextmanager
def visiting(address: str) -> Iterator[Page]:
    "Open the page in Chromium while the block runs, and stop if it asks any other computer for anything."
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page(viewport={"width": 1100, "height": 840}, device_scale_factor=1)
        page.set_default_timeout(PATIENCE)
        asked, own = [], (address, "data:", "blob:")
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        yield page
        browser.close()
    foreign = [url for url in asked if not url.startswith(own)]
    assert len(asked) > 20 and not foreign, f"the page asks other computers: {foreign}"
    print(f"{len(asked)} requests, all of them to {address}")


def numbers(page: Page, before: str = "") -> tuple[str, float]:
    "Wait until the page says other numbers than `before`; return what it says, and the PSNR in it."
    line = page.locator("p").filter(has_text=" dB over ").filter(has_not_text=before.split("\n")[0] or "no numbers yet")
    line.wait_for()
    said = line.inner_text()
    print("   ", said.split("\n")[0])
    return said, float(said.split(" dB")[0])


def set_number(page: Page, label: str, value: int) -> None:
    "Type a number into a field, or beside a slider."
    slider, field = f"input[type=number][aria-label*='{label}']", f"label:has-text('{label}') input[type=number]"
    box = page.locator(f"{slider}, {field}").first
    box.fill(str(value))
    box.press("Enter")
    box.blur()


def upload(page: Page, path: Path) -> None:
    "Give the page a file, in the place of the one that it has."
    if page.get_by_label("Clear").count():
        page.get_by_label("Clear").first.click()
    page.locator("input[type=file]").first.set_input_files(str(path))


def encode(page: Page) -> str:
    "Encode a clip, with other planes, from another frame on; return what the page says at last."
    print("a clip is encoded, with 4 content planes; then with 2; then from frame 64 on")
    upload(page, CLIP)
    said, four = numbers(page)
    set_number(page, "content planes", 2)
    said, two = numbers(page, said)
    assert two < four - 1 and "768 tokens" in said, said
    assert page.get_by_role("radio").count() == 6, "one of: nothing, xy, xy 1, xy 2, yt, xt"
    set_number(page, "first frame", 64)
    return numbers(page, said)[0]


def erase_and_refine(page: Page, said: str) -> None:
    "Erase a content plane, put it back, and refine."
    whole = float(said.split(" dB")[0])
    print("its second content plane is erased, and comes back")
    page.get_by_role("radio", name="xy 2", exact=True).check()
    said, erased = numbers(page, said)
    page.get_by_role("radio", name="nothing", exact=True).check()
    said, again = numbers(page, said)
    assert erased < whole - 3 and again == whole, (erased, whole, again)
    print("the planes are refined")
    page.get_by_role("button", name="Refine the planes").click()
    progress = page.get_by_text("refining").first
    progress.wait_for()
    print("   ", " ".join(progress.inner_text().split()))
    assert numbers(page, said)[1] > whole + 1


def refuse(page: Page, folder: Path) -> str:
    "Give the page a file that is not a video, and a frame that is not there: it must say so, and work on."
    print("a file that is not a video, a clip again, and a frame that it does not have")
    (folder / "notes.mp4").write_text("this is not a video")
    upload(page, folder / "notes.mp4")
    said = page.locator("p").filter(has_text="is not a video")
    said.wait_for()
    print("   ", said.inner_text())
    assert said.inner_text().startswith("notes.mp4: "), "it should be called as the user calls it"
    set_number(page, "first frame", 0)
    page.locator("button.gallery-item").nth(3).click()
    numbers(page)
    set_number(page, "first frame", 999)
    page.get_by_text("has no frame 999").wait_for()
    set_number(page, "first frame", 0)
    return numbers(page)[0]


def photograph(page: Page, said: str, picture: Path) -> None:
    "Take the picture of lesson 16h: four content planes, the second of them erased."
    set_number(page, "content planes", 4)
    said, _ = numbers(page, said)
    page.get_by_role("radio", name="xy 2", exact=True).check()
    numbers(page, said)
    page.wait_for_function("[...document.querySelectorAll('video[src]')].every(film => film.readyState == 4)")
    page.evaluate("document.querySelectorAll('video').forEach(film => { film.pause(); film.currentTime = .46; })")
    page.mouse.move(1, 1)
    page.locator(".toast-body").first.wait_for(state="hidden")
    page.wait_for_timeout(2000)  # for the films to arrive there
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    shot.quantize(256).save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    "Go through the page."
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, help="where the picture goes; default: none is taken")
    options = parser.parse_args()
    with serving() as address, visiting(address) as page, tempfile.TemporaryDirectory() as folder:
        erase_and_refine(page, encode(page))
        said = refuse(page, Path(folder))
        if options.picture:
            photograph(page, said, options.picture)
    print("the page works")


if __name__ == "__main__":
    main()
