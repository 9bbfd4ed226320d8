"""Small notebooks that try what browser.py sees: every kind of control, and everything that can be broken."""
import json
from pathlib import Path

from pages import KERNEL

BEGIN = """import ipywidgets as w
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from coordtok.video import show_video"""
GOOD = [
    BEGIN, """def draw(slope, colour):
    plt.figure(figsize=(2, 1)); plt.plot([0, slope], color=colour); plt.ylim(-3, 3); plt.show()
w.interact(draw, slope=(-2, 2), colour=["red", "blue"]);""",
    """def tell(**values): print(values)
w.interact(tell, check=True, fraction=.5, word="a", number=w.IntText(3), late=w.IntSlider(continuous_update=False),
           toggle=w.ToggleButton(description="toggle"), choice=w.RadioButtons(options="ab"),
           one_of=w.ToggleButtons(options="abc"), list_of=w.Select(options="abc"));""",
    """out, button, counts = w.Output(), w.Button(description="count"), []
@button.on_click
def count(_):
    counts.append(1)
    with out: print(len(counts), end=" ")
display(w.VBox([button, out]))""",
    "w.interact(lambda k: print(k), k=w.Play(interval=200, max=20));",
    """clip = (np.random.rand(8, 48, 64, 3) * 255).astype("uint8")
show_video([clip, clip[::-1].copy()], ["forward", "backward"])""",
]
BROKEN = [BEGIN, """w.interact(lambda still: print("the same"), still=(0, 5));""",
          "w.interact(lambda zero: print(1 // (5 - zero)), zero=(0, 5));",
          """HTML('<video src="data:video/mp4;base64,AAAA" controls></video>')""",
          """w.interact(lambda k: display(HTML(f'<img src="data:image/png;base64,AA{k}A">')), k=(0, 5));"""]
STOPS = [BEGIN, "def stop():\n    raise ValueError('on purpose')", "stop()  # the line", "print('never')"]
KERNELS = {"elsewhere": dict(KERNEL, name="none"), "changes": dict(KERNEL, display_name="another")}
TRIALS = {  # notebook -> its cells, how many controls and videos it has that work, words of each failure
    "good": (GOOD, (14, 2), []),
    "broken": (BROKEN, (3, 0), [
        "'still' at 5: nothing", "'still' at 0: nothing", "'zero' at 5: ZeroDivisionError", "a video in", "a picture",
        "a picture", "a picture"]),
    "elsewhere": ([BEGIN], (0, 0), ["opening the lesson changes"]),  # its kernel is not there, another takes its place
    "changes": ([BEGIN], (0, 0), ["opening the lesson changes"]),  # its kernel has another name for people
    "stops": (STOPS, (0, 0), ["stop()  # the line ... ValueError: on purpose"]),
}


def write_trial(path: Path, cells: list[str]) -> None:
    "Write a notebook of code cells."
    parts = [dict(cell_type="code", id=f"cell{k}", metadata={}, outputs=[], execution_count=None, source=source)
             for k, source in enumerate(cells)]
    kernel = KERNELS.get(path.stem, KERNEL)
    notebook = dict(cells=parts, metadata=dict(kernelspec=kernel), nbformat=4, nbformat_minor=5)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def write_trials(folder: Path) -> list[Path]:
    "Write all trials into a folder; return their paths."
    for name, (cells, _, _) in TRIALS.items():
        write_trial(folder / f"{name}.ipynb", cells)
    return [folder / f"{name}.ipynb" for name in TRIALS]


def wrong(name: str, used: tuple[int, int], failures: list[str]) -> list[str]:
    "Return what was seen in a trial and should not have been, and what was not seen."
    _, wanted, reasons = TRIALS[name]
    bad, left = [], list(failures)
    if used != wanted:
        bad.append(f"{name}: not {wanted} controls and videos, but {used}")
    for words in reasons:
        found = next((failure for failure in left if words in failure), None)
        if found:
            left.remove(found)
        else:
            bad.append(f"{name}: not seen: {words}")
    return bad + [f"{name}: not expected: {failure}" for failure in left]
