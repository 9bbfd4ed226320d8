"""Build sdist and wheel, install the wheel into an empty environment, and run there what README.md shows.

The environment is made in a temporary folder, away from the checkout. Its dependencies are those of the Python that
runs this file (a .pth names their folder), so that nothing is downloaded; the package itself comes from the wheel.
`--full` adds a demo of ten seconds.
"""
import argparse
import email
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

from common import ROOT

ENV = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
ENV |= dict(TQDM_DISABLE="1", MPLBACKEND="Agg", HF_HUB_OFFLINE="1")
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "nbs", "runs", "build", "dist", "*.egg-info", "__pycache__")
NEEDED = [
    "coordtok/py.typed",
    "coordtok/assets/tiny/model.safetensors",
    "coordtok/assets/tiny-dit/model.safetensors",
    "coordtok/assets/synthetic/val-006.mp4",
    "coordtok/assets/results/evaluation.json",
]


def call(*command: object, cwd: Path) -> str:
    "Run a command in `cwd` and return what it prints; stop with its output if it fails."
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=ENV, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\n{' '.join(map(str, command))} failed")
    return done.stdout


def build(folder: Path) -> Path:
    "Build sdist and, from it, the wheel, in a copy without leftovers of earlier builds; return the wheel."
    shutil.copytree(ROOT, folder / "checkout", ignore=LEFT_OUT)
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, folder / "checkout", cwd=folder)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    print(f"built: {sdist.name} {sdist.stat().st_size / 1e6:.1f} MB, {wheel.name} {wheel.stat().st_size / 1e6:.1f} MB")
    return wheel


def check_contents(wheel: Path) -> None:
    "Stop if the wheel lacks data, or if its description has a link that a package index could not follow."
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        description = email.message_from_string(archive.read(metadata).decode("utf-8")).get_payload()
    missing = sorted(set(NEEDED) - set(names))
    if missing:
        sys.exit(f"the wheel lacks {', '.join(missing)}")
    relative = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", description)
    if relative:
        sys.exit(f"the description in the wheel has relative links: {', '.join(relative)}")


def install(wheel: Path, folder: Path) -> Path:
    "Install the wheel into a new environment below `folder`; return the folder of its programs."
    venv.EnvBuilder(with_pip=True).create(folder / "venv")
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    call(python, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", wheel, cwd=folder)
    packages = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # a plain path, so that the other environment's own .pth files, an editable coordtok among them, are not read
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def ten_lines() -> str:
    "Return the Python code that README.md shows."
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return "".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL))


def main() -> None:
    "Run the whole check."
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="also run a demo of ten seconds")
    full = parser.parse_args().full
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wheel = build(folder)
        check_contents(wheel)
        programs = install(wheel, folder)
        where = call(programs / "python", "-c", "import coordtok.data as d; print(d.__file__, d.ASSETS)", cwd=folder)
        if str(ROOT) in where or not all(part.startswith(str(folder)) for part in where.split()):
            sys.exit(f"the installed package is not the one that is used: {where}")
        (folder / "ten_lines.py").write_text(ten_lines(), encoding="utf-8")
        call(programs / "python", "ten_lines.py", cwd=folder)
        shutil.copy(Path(where.split()[1]) / "synthetic" / "val-006.mp4", folder / "clip.mp4")
        call(programs / "coordtok", "encode", "clip.mp4", cwd=folder)
        call(programs / "coordtok", "decode", "clip.tokens", "--out", "again.mp4", cwd=folder)
        if not (folder / "again.mp4").stat().st_size:
            sys.exit("`coordtok decode` wrote an empty file")
        if full:
            call(programs / "coordtok", "demo", "--minutes", str(1 / 6), "--out", "demo", cwd=folder)
            json.loads((folder / "demo" / "summary.json").read_text(encoding="utf-8"))
    print(f"wheel: README's lines, encode, decode{', a demo' if full else ''} run in an environment of their own")


if __name__ == "__main__":
    main()
