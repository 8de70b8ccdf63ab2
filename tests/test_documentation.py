"""The pages keep their word: commands exist, those said to be run are run, every link has a target."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from encodenet_core.io.determinism import VARIABLE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")})
READMES = [*ROOT.glob("*.md"), *ROOT.glob("benchmarks/**/*.md"), *ROOT.glob("results/**/README.md")]

FENCED = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (?P<line>\S.*)$", re.MULTILINE)
TITLE = re.compile(r'title="([^"]+)"')
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")

FILE = re.compile(r"\b(?:benchmarks|decoder_search|docs|encodenet_core|tests)/[\w/.-]+\.py\b")

COMMANDS = ("decoder-search", "encodenet")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and what else stands beside it, and its text."""

    info: str
    text: str

    @property
    def language(self) -> str:
        return self.info.split(" ")[0]

    @property
    def is_run(self) -> bool:
        return self.language in ("sh", "python", "yaml") and "untested" not in self.info


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    return [Block(found["info"], found["text"]) for found in FENCED.finditer(page.read_text())]


def commands(page: Path) -> Iterator[list[str]]:
    """Every call of our commands, in fenced and in indented blocks; a backslash goes on in the next line."""
    text = page.read_text()
    lines = [line for block in blocks(page) if block.language == "sh" for line in _lines(block.text)]
    lines += _lines("\n".join(found["line"] for found in INDENTED.finditer(FENCED.sub("", text))))
    for line in lines:
        words = shlex.split(line, comments=True)
        for end in ("|", ">", "&&"):
            words = words[: words.index(end)] if end in words else words
        if words and words[0] in COMMANDS:
            yield words


def _lines(text: str) -> list[str]:
    return re.sub(r"\\\n\s*", " ", text).splitlines()


def parse(command: Any, words: list[str]) -> None:
    """Parse a call down to its last word and run nothing; raises what the command line would show."""
    context = command.make_context(command.name, list(words))
    if hasattr(command, "resolve_command"):
        _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        parse(inner, rest)


@pytest.fixture(scope="module")
def programs() -> dict[str, Any]:
    from decoder_search import cli as search
    from encodenet_core import cli as core

    return {
        "decoder-search": typer.main.get_command(search.app),
        "encodenet": typer.main.get_command(core.app),
    }


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_on_a_page_exists_with_its_options(page: Path, programs: dict[str, Any]) -> None:
    for words in commands(page):
        try:
            parse(programs[words[0]], words[1:])
        except Exception as error:
            pytest.fail(f"{shlex.join(words)}: {error}")


@pytest.mark.parametrize("words", [["rum"], ["run", "--trails", "3"], ["run", "--trials", "few"], ["show"]])
def test_a_command_that_does_not_exist_is_found_out(words: list[str], programs: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="(?i)no such|valid integer|missing"):
        parse(programs["decoder-search"], words)


def test_the_readme_has_commands_to_parse() -> None:
    assert len(list(commands(ROOT / "README.md"))) > 10


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted({*PAGES, *READMES}), ids=named)
def test_every_file_of_ours_that_a_page_names_is_there(page: Path) -> None:
    for name in FILE.findall(page.read_text()):
        assert (ROOT / name).is_file(), name


RUN = [
    page
    for page in PAGES
    if DOCS in page.parents and any(b.is_run and b.language == "sh" for b in blocks(page))
]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=named)
def test_a_page_can_be_followed_from_its_top_to_its_end(page: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop(VARIABLE, None)  # which commands that ran in this process have set, not the reader
    for block in blocks(page):
        title = TITLE.search(block.info)
        if not block.is_run:
            continue
        if block.language == "yaml":
            assert title is None or not (tmp_path / title[1]).exists()
            (tmp_path / (title[1] if title else "untitled.yaml")).write_text(block.text)
            continue
        call = ["sh", "-e", "-c"] if block.language == "sh" else [sys.executable, "-c"]
        done = subprocess.run(
            [*call, block.text], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "tutorial" / "index.html").is_file()
