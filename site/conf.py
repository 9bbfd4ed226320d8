"How Sphinx makes the course site; site/build.py prepares the notebooks and calls it."
import configparser
from pathlib import Path

root = Path(__file__).resolve().parent.parent
parser = configparser.ConfigParser(delimiters=["="])
parser.read(root / "settings.ini", encoding="utf-8")
settings = parser["DEFAULT"]

project, author = settings["title"], settings["author"]
project_copyright = settings["copyright"]
version = release = settings["version"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode"]
nb_execution_mode = "off"  # outputs are committed
nb_remove_code_outputs = False
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 3
suppress_warnings = [
    "mystnb.unknown_mime_type",  # widgets: each has a picture beside it
    "myst.header",  # exercises are third-level headings
    "misc.highlighting_failure",  # lines that IPython alone understands
    "docutils",  # docstrings are plain sentences, in which | and * are themselves
]
autosummary_generate = True
autodoc_default_options = {"members": True, "undoc-members": False, "show-inheritance": True}
autodoc_typehints = "signature"

html_theme = "sphinx_book_theme"
html_title = f"{settings['title']} {version}"
html_show_sourcelink = False
html_copy_source = False  # the repository has them
html_theme_options = {
    "repository_url": settings["git_url"],
    "repository_branch": settings["branch"],
    "path_to_docs": "nbs",
    "use_repository_button": True,
    "use_issues_button": True,
    "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    "home_page_in_toc": True,
    "show_toc_level": 2,
}
