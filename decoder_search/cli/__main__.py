"""`python -m decoder_search.cli` is `decoder-search`."""

from decoder_search.cli import main

main()
