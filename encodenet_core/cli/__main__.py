"""`python -m encodenet_core.cli` is `encodenet`."""

from encodenet_core.cli import main

main()
