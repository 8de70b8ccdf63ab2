"""Clusters and representatives of every class, and what autoencoders make of images."""

from __future__ import annotations

from pathlib import Path

from decoder_search.analysis.ranking import RankedTrial
from decoder_search.records.layout import trial_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import compact_params, compact_values
from decoder_search.space.metrics import OBJECTIVES
from decoder_search.views.report.album import Album, missing
from decoder_search.views.report.illustrating import Illustration
from decoder_search.views.report.markup import Markup, element, joined
from encodenet_core.errors import one_line
from encodenet_core.figures.class_file import ClassPicture


def classes_section(illustration: Illustration, album: Album) -> Markup:
    """A picture of each class: its clusters, each led by its representative."""
    head = element("h2", "Clusters and representatives", id="classes")
    pictures = illustration.pictures
    if pictures is None or not pictures.classes:
        return joined([head, missing(illustration.reason)])
    figures = [_figure(each, illustration.folder, pictures.shown_members, album) for each in pictures.classes]
    n_missing = pictures.num_classes - len(figures)
    words = (
        "Clusters of the winner's trial. A row is a cluster, the largest first; framed is its "
        "representative, the image that the baseline classifies most confidently, then members from the "
        "most to the least confidently classified."
    )
    more = f" {n_missing} more classes are left out." if n_missing else ""
    return joined([head, element("p", words + more), element("div", *figures, class_="classes")])


def reconstructions_section(study: StudyRecord, ranked: list[RankedTrial], album: Album) -> Markup:
    """Input, reconstruction and target of the best and the worst trial."""
    head = element("h2", "Reconstructions", id="reconstructions")
    if not ranked:
        return joined(
            [head, missing("No trial has completed, so no autoencoder has been trained to its end.")]
        )
    chosen = [("best", ranked[0])] + ([("worst", ranked[-1])] if len(ranked) > 1 else [])
    return joined([head, *(_trial(study, name, each, album) for name, each in chosen)])


def _figure(picture: ClassPicture, folder: Path, shown_members: int, album: Album) -> Markup:
    name, clusters, n_clusters = one_line(picture.name), picture.clusters, picture.n_clusters
    counts = ", ".join(f"{each.n_images:,}" for each in clusters)
    many = "1 cluster" if n_clusters == 1 else f"{n_clusters} clusters"
    shown = f" (the {len(clusters)} largest shown)" if n_clusters > len(clusters) else ""
    alternative = (
        f"Class {name}: {many}{shown} of {counts} images, a row each: the representative, then up to "
        f"{shown_members} members."
    )
    wrong = sum(not each.correct for each in clusters)
    words = f"{picture.n_images:,} training images in {many}{shown}: {counts}"
    if wrong:
        words += f". {wrong} of the representatives the baseline takes for another class"
    shown_picture = album.show(folder / Path(picture.file).name, alternative)
    return element("figure", element("h3", name), shown_picture, element("figcaption", words))


def _trial(study: StudyRecord, name: str, ranked: RankedTrial, album: Album) -> Markup:
    trial = ranked.trial
    numbers = compact_values(trial.metrics, OBJECTIVES)
    path = trial_folder(study.folder, trial.number) / "reconstructions.png"
    alternative = (
        f"Twelve validation images at most in three rows: input, reconstruction by the autoencoder of trial "
        f"{trial.number}, and target."
    )
    picture = element(
        "div",
        album.show(path, alternative),
        class_="trial scroll", tabindex=0, role="group", aria_label=f"Reconstructions of the {name} trial",
    )  # fmt: skip
    return element(
        "figure",
        element("h3", f"The {name}: trial {trial.number}, rank {ranked.rank}"),
        picture,
        element("figcaption", f"{numbers}; {compact_params(trial.params)}"),
    )
