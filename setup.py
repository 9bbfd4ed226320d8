"""Hand the package's metadata, which nbdev keeps in settings.ini, to setuptools.

The folder `data/` (sample clips, weights, records) travels as the data of a package of its own, `coordtok.assets`.
"""
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
parser = ConfigParser(delimiters=["="])
parser.read(ROOT / "settings.ini", encoding="utf-8")
settings = parser["DEFAULT"]
url = settings["git_url"]


def long_description():
    "Return README.md with absolute links, since a package index knows no folders beside it."
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    raw = url.replace("github.com", "raw.githubusercontent.com") + f"/{settings['branch']}/"
    text = re.sub(r"(!\[[^\]]*\]\()(?!https?:|#)", rf"\1{raw}", text)
    return re.sub(r"((?<!!)\[[^\]]*\]\()(?!https?:|#)", rf"\1{url}/blob/{settings['branch']}/", text)


setup(
    name=settings["lib_name"],
    version=settings["version"],
    description=settings["description"],
    long_description=long_description(),
    long_description_content_type="text/markdown",
    author=settings["author"],
    author_email=settings["author_email"],
    url=url,
    project_urls={
        "Source": url,
        "Lessons": f"{url}/tree/{settings['branch']}/nbs",
        "Changes": f"{url}/blob/{settings['branch']}/CHANGELOG.md",
        "Issues": f"{url}/issues",
        "Paper": "https://arxiv.org/abs/2411.14762",
    },
    keywords=settings["keywords"],
    license="Apache-2.0",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Education",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 14)),
        "Topic :: Multimedia :: Video",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    packages=[*find_packages(include=["coordtok", "coordtok.*"]), "coordtok.assets"],
    package_dir={"coordtok.assets": "data"},
    package_data={"coordtok": ["py.typed"], "coordtok.assets": ["**/*"]},
    include_package_data=False,
    python_requires=f">={settings['min_python']}",
    install_requires=settings["requirements"].split(),
    extras_require={
        "lessons": settings["lesson_requirements"].split(),
        "page": settings["page_requirements"].split(),
        "browser": settings["browser_requirements"].split(),
        "site": settings["site_requirements"].split(),
        "dev": settings["lesson_requirements"].split() + settings["dev_requirements"].split(),
    },
    entry_points={
        "console_scripts": settings["console_scripts"].split(),
        "nbdev": [f"{settings['lib_name']}={settings['lib_name']}._modidx:d"],
    },
)
