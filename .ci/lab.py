"What browser.py needs to run: a JupyterLab without anybody's settings, and a Chromium without a window."
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from common import ENV, ROOT
from playwright.sync_api import Browser, Playwright  # pyright: ignore[reportMissingImports]

STARTING = 120  # seconds that JupyterLab, or a kernel, may take to start
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


def program(playwright: Playwright) -> str:
    "Return the path of a Chromium: the one that CHROMIUM names, else playwright's own, else one on the PATH."
    named, own = os.environ.get("CHROMIUM"), playwright.chromium.executable_path
    if named and not shutil.which(named):
        sys.exit(f"CHROMIUM={named} is not a program")
    found = [shutil.which(named) if named else None, own if Path(own).exists() else None, *map(shutil.which, NAMES)]
    if not any(found):
        sys.exit("no Chromium found: install one (`apt-get install chromium`, or `.venv/bin/playwright install "
                 "chromium`), or name one (`make browser CHROMIUM=PATH`)")
    return next(filter(None, found))


def is_root() -> bool:
    "Return whether this program runs as root, where Chromium has no sandbox."
    return hasattr(os, "geteuid") and os.geteuid() == 0


def chromium(playwright: Playwright) -> Browser:
    "Start a Chromium that shows no window."
    flags = [*FLAGS, *(["--no-sandbox"] if is_root() else [])]
    return playwright.chromium.launch(executable_path=program(playwright), args=flags)


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
