"""The repository's other pages beside those of `docs/`, and links among them that hold on the site.

A hook of MkDocs. In the repository a page links to files where they lie; on the site, only pages are there,
so that a link to any other file becomes its name.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]

PAGES = {
    "search_spaces/README.md": "more/search_spaces.md",
    "results/search/README.md": "more/what-the-search-saves.md",
    "results/cifar10/README.md": "more/cifar10.md",
    "results/cifar10-subset/README.md": "more/cifar10-subset.md",
    "results/gain/README.md": "more/gain.md",
    "results/spaces/README.md": "more/spaces.md",
    "results/methods/README.md": "more/methods.md",
    "results/methods/prior-work.md": "more/prior-work.md",
    "results/reliability/README.md": "more/reliability.md",
    "results/README.md": "more/results.md",
    "benchmarks/README.md": "more/benchmarks.md",
    "benchmarks/gpu/README.md": "more/benchmarks-gpu.md",
    "ARCHITECTURE.md": "more/architecture.md",
    "SECURITY.md": "more/security.md",
    "CONTRIBUTING.md": "more/contributing.md",
    "CHANGELOG.md": "more/changelog.md",
}
"""Where pages of the repository stand on the site."""

LINK = re.compile(r"(?P<text>!?\[[^\]]*\])\((?P<target>[^)\s#]+)(?P<anchor>#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the other pages, and the pictures beside them."""
    for source, place in PAGES.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
        for picture in (ROOT / source).parent.glob("*.png"):
            files.append(File.generated(config, f"more/{picture.name}", abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Any, **others: Any) -> str:
    """Point links at where their targets stand on the site."""
    place = page.file.src_uri
    homes = {there: here for here, there in PAGES.items()}
    here = PurePosixPath(homes.get(place, f"docs/{place}")).parent

    def moved(link: re.Match[str]) -> str:
        target, anchor = link["target"], link["anchor"] or ""
        if "://" in target or target.startswith("mailto:"):
            return link[0]
        there = place_on_site(normpath(str(here / target)))
        if there is None:
            return f"`{link['text'].strip('![]')}`"
        return f"{link['text']}({relpath(there, str(PurePosixPath(place).parent))}{anchor})"

    return LINK.sub(moved, markdown)


def place_on_site(path: str) -> str | None:
    """Where a file of the repository stands on the site; None if it does not."""
    if path in PAGES:
        return PAGES[path]
    if path == "README.md":
        return "index.md"
    if path.startswith("docs/") and (ROOT / path).is_file():
        return path.removeprefix("docs/")
    if path.endswith(".png"):
        return f"more/{PurePosixPath(path).name}"
    return None
