"""`decoder-search spaces`: what there is to search."""

from __future__ import annotations


def spaces() -> None:
    """List the search spaces that come with the package."""
    from rich.console import Console

    from decoder_search.details import build_spaces
    from decoder_search.space import load_space, packaged_spaces

    Console().print(build_spaces([load_space(name) for name in packaged_spaces()]))
