"Words for the pictures of the course site, for those who do not see them; and the check that each picture has some."
import ast
import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from lessons import python_of

TITLES = {"title", "titles", "set_title", "suptitle"}  # functions and arguments whose texts stand in the picture
LABELS = {"xlabel", "ylabel", "label", "labels", "names", "legend", "xticks", "yticks", "show_row", "show_rows"}
LABELS |= {f"set_{name}" for name in LABELS}
SHOWN = re.compile(r"\b(look|pictures?|drawn|draws|shows|strip|left|right|rows|columns|bars|dots)\b", re.IGNORECASE)


def texts_in(node: ast.AST) -> list[str]:
    "Return the texts that an expression holds; for what an f-string fills in stand three dots."
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "..." for part in node.values)]
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [text for child in ast.iter_child_nodes(node) for text in texts_in(child)]


def texts_given(tree: ast.AST, names: set[str]) -> list[str]:
    "Return the texts that code gives to functions, arguments or variables of these names."
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names:
            found += [text for argument in node.args for text in texts_in(argument)]
        elif isinstance(node, ast.keyword) and node.arg in names:
            found += texts_in(node.value)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in names:
            found += texts_in(node.value)
    return [text for text in found if re.search(r"\w.*\w", text)]


def without_markup(text: str) -> str:
    "Return Markdown as one line without links and emphasis."
    return " ".join(re.sub(r"\*\*|[*`$\\]", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]+>", r"\1", text)).split())


def sentence_on_picture(prose: str) -> str:
    "Return the sentence above a picture that leads to it with a colon, or else tells what is seen, or the first."
    prose = re.sub(r"<details>.*?</details>|```.*?```", "", prose, flags=re.DOTALL)
    prose = re.sub(r"^([|#>-]|\d+\.).*$", "", prose, flags=re.MULTILINE)  # no headings, lists and tables
    split = re.split(r"(?<=[.!?])\)? ", without_markup(prose))
    sentences = [text for text in split if " " in text] or [""]
    if sentences[-1].endswith(":"):
        return sentences[-1].rstrip(":")
    return next(filter(SHOWN.search, sentences), sentences[0])


def words_for(cell: dict, prose: str, heading: str) -> str:
    "Return what stands for the pictures of a cell: the heading, with the texts in them or what the prose says of them."
    tree = ast.parse(python_of(cell))
    texts = list(dict.fromkeys(texts_given(tree, TITLES) + texts_given(tree, LABELS)))[:8]
    said = ", ".join(texts) or sentence_on_picture(prose)
    return without_markup(re.sub(r"^\d+\. ", "", heading) + (f": {said}" if said else ""))


def label_videos(page: str, words: str) -> str:
    "Return HTML in which each video has a label."
    return re.sub(r"<video(?![^>]*aria-label)", f'<video aria-label="{html.escape(words)}"', page)


class Unlabelled(HTMLParser):
    "Collect the pictures and videos of a page that have no words; a file's name is none."

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        words = given.get({"img": "alt", "video": "aria-label"}.get(tag, ""))
        if tag in ("img", "video") and (not (words or "").strip() or words == given.get("src")):
            self.found.append(f"<{tag} src={(given.get('src') or '')[:80]}>")


def check_words(site: Path) -> None:
    "Stop if a page of the site has a picture or a video without words."
    pages = sorted(site.rglob("*.html"))
    wrong = [f"{page.relative_to(site)}: {what}" for page in pages for what in Unlabelled(page).found]
    if wrong or not pages:
        sys.exit("\n".join([f"{len(wrong)} pictures or videos without words, on {len(pages)} pages:", *wrong]))
