// What browser.py asks of a page of JupyterLab, which must be started with --expose-app-in-browser.
const panel = () => window.jupyterapp?.shell.currentWidget;
const cells = () => panel().content.widgets;
const code = () => cells().filter(cell => cell.model.type === "code");
const INPUTS = [".widget-slider", ".widget-dropdown", ".widget-select", ".widget-radio", ".widget-checkbox",
    ".widget-toggle-button", ".widget-button", ".widget-text", ".widget-textarea", ".widget-play"].join(", ");
const SEEN = "img, video, source, pre, svg, .jp-RenderedHTMLCommon, .widget-label, .widget-html, .widget-html-content";
const FAULTS = '[data-mime-type="application/vnd.jupyter.error"], .jupyter-widgets-error';
const STDERR = '[data-mime-type="application/vnd.jupyter.stderr"]'; // where an Output widget shows its errors, too

window.lesson = {
    // Whether the lesson is open and its kernel waits for work.
    rests: () => panel()?.context?.isReady && panel().sessionContext?.session?.kernel?.status === "idle",
    // Whether the lesson differs from its file.
    dirty: () => panel().context.model.dirty,
    // How many cells wait or run.
    waiting: () => code().filter(cell => cell.model.executionState !== "idle").length,
    // The text of each dialog that is open.
    dialogs: () => [...document.querySelectorAll(".jp-Dialog")].map(dialog => dialog.innerText.replace(/\s+/g, " ")),
    // The error of each cell that has one, after the first line of the cell.
    errors: () => code().flatMap(cell => cell.model.outputs.toJSON()
        .filter(output => output.output_type === "error")
        .map(output => `${cell.model.sharedModel.source.split("\n")[0]} ... ${output.ename}: ${output.evalue}`)),
    // The output of a cell, given the cell's id, scrolled into view.
    show: async id => {
        const index = cells().findIndex(cell => cell.model.id === id);
        await panel().content.scrollToItem(index, "center");
        cells()[index].outputArea.node.scrollIntoView({block: "center"});
        return cells()[index].outputArea.node;
    },
    // The ids of the cells whose output has an element like this.
    having: selector => code().filter(cell => cell.outputArea.node.querySelector(selector)).map(cell => cell.model.id),
    // A number that differs when the pictures, videos or texts of an output do; the controls do not count.
    seen: output => {
        const parts = [...output.querySelectorAll(SEEN)].filter(part => !part.closest(INPUTS));
        const text = parts.map(part => part.src || part.textContent + part.getAttribute("d")).join("\n");
        let sum = 0;
        for (let k = 0; k < text.length; k++) sum = Math.imul(sum, 31) + text.charCodeAt(k) | 0;
        return sum;
    },
    // What is wrong in an output: errors, pictures that are none.
    faults: output => {
        const said = [...output.querySelectorAll(STDERR)].filter(part => part.innerText.includes("Traceback (most"));
        const parts = [...output.querySelectorAll(FAULTS), ...said];
        const texts = parts.map(part => part.innerText.trim().split("\n").pop());
        const empty = [...output.querySelectorAll("img")].filter(image => image.complete && !image.naturalWidth);
        return [...texts, ...empty.map(image => `a picture that is none: ${image.src.slice(0, 40)}`)];
    },
    // Where a slider's handle lies (x, y), and from where to where it goes (x, x).
    track: handle => {
        const [own, all] = [handle, handle.closest(".noUi-base")].map(part => part.getBoundingClientRect());
        return [own.x + own.width / 2, own.y + own.height / 2, all.left, all.right];
    },
    // The words beside a control.
    label: control => control.closest(INPUTS).querySelector(".widget-label")?.textContent || control.textContent.trim(),
    // Play a video for a moment; what is wrong with it, or nothing.
    play: async video => {
        const until = async (holds, seconds) => {
            for (let k = 0; k < 10 * seconds && !holds(); k++) await new Promise(done => setTimeout(done, 100));
            return holds();
        };
        if (!await until(() => video.readyState >= 1 || video.error, 20) || video.error)
            return `does not load: ${video.error?.message || "no metadata"}`;
        if (!(video.duration > 0 && video.videoWidth > 0 && video.videoHeight > 0)) return "has no duration or no size";
        const begin = video.currentTime;
        video.muted = true;
        video.play().catch(() => {});
        const plays = await until(() => video.currentTime !== begin, 20);
        video.pause();
        return plays ? "" : "stands still";
    },
};
