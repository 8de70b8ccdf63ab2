"""`decoder-search report`: a study as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import NamedStudyArgument, ResultsOption
from encodenet_core.errors import ConfigError
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.io.whole_files import write_text


def report(
    study: NamedStudyArgument,
    output: Annotated[Path, typer.Option(help="HTML file.", callback=shell_paths)] = Path("report.html"),
    results: ResultsOption = RESULTS,
) -> None:
    """Write a study as one page that needs no network: winner, controls, leaderboard, charts, pictures."""
    if output.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"--output {output.name!r} is no page; give a name that ends in .html")
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study

    record = read_study(find_study(study, results))
    from decoder_search.analysis.ranking import rank_study
    from decoder_search.driver.illustrating import obtain_illustration
    from decoder_search.execution.interrupts import noted_interrupts
    from decoder_search.views.report.page import build_page
    from encodenet_core.stages.layout import default_cache_folder

    ranked = rank_study(record)
    winner = ranked[0].trial if ranked else None
    with noted_interrupts() as interrupted:
        illustration = obtain_illustration(record, winner, default_cache_folder(), typer.echo, interrupted)
    page = build_page(record, illustration)
    try:
        write_text(output, page)
    except OSError as error:
        raise ConfigError(f"cannot write {output}: {error.strerror}; give another --output") from None
    typer.echo(f"the report is in {output} ({len(page.encode()) / 1e6:.1f} MB)")
