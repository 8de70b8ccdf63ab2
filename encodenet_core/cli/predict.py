"""`encodenet predict`: what a trained EncodeNet says of new pictures, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encodenet_core.cli.session import check_output, prepare_environment
from encodenet_core.errors import ConfigError, printable
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.runs.folder import read_class_names

if TYPE_CHECKING:
    from encodenet_core.runs.explanation import Explanation
    from encodenet_core.runs.prediction import PredictedPicture


@dataclass(frozen=True)
class Answer:
    """A predicted picture and, where it was wished, its explanation and the file that shows it."""

    picture: PredictedPicture
    explanation: Explanation | None = None
    shown_in: Path | None = None


def predict(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Output folder of `encodenet train`.", callback=shell_paths)
    ],
    pictures: Annotated[
        list[Path],
        typer.Argument(metavar="IMAGE|FOLDER...", help="Pictures of any size.", callback=shell_paths),
    ],
    top: Annotated[int, typer.Option(help="How many classes to show for each.")] = 3,
    explain: Annotated[
        bool, typer.Option("--explain", help="Draw what the autoencoder makes of each.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Folder for these pictures; else DIR/explained.", callback=shell_paths)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Classify pictures: class, probability, entropy. Exit code 2 where a picture cannot be read."""
    if top < 1:
        raise ConfigError(f"--top is {top}, but expected is at least 1, the predicted class")
    from encodenet_core.data.new_images import list_pictures

    class_names = read_class_names(folder)
    files = list_pictures(pictures)
    shown_in = (output or folder / "explained") if explain else None
    if shown_in:
        check_output(shown_in)
    prepare_environment()
    answers = _answers(folder, files, top, shown_in)
    refused = _print_json(answers, class_names) if as_json else _print_table(answers, class_names)
    if refused:
        raise typer.Exit(2)


def _answers(folder: Path, files: list[Path], top: int, shown_in: Path | None) -> Iterator[Answer]:
    from encodenet_core.figures.explanation import draw_explanation
    from encodenet_core.runs.explanation import open_explainer
    from encodenet_core.runs.prediction import open_encodenet

    encodenet = open_encodenet(folder)
    explainer = open_explainer(folder) if shown_in else None
    places = iter(_places(files, shown_in)) if shown_in else None
    for picture in encodenet.predict_files(files, top):
        place = next(places) if places else None
        if explainer is None or place is None or picture.image is None or picture.prediction is None:
            yield Answer(picture)
            continue
        (explanation,) = explainer.explain(picture.image[None], [picture.prediction.label])
        draw_explanation(picture.path.name, picture.prediction, explanation, encodenet.class_names, place)
        yield Answer(picture, explanation, place)


def _places(files: list[Path], folder: Path) -> Iterator[Path]:
    """A file for each picture: its name, numbered where another of the same name came before."""
    taken: set[str] = set()
    for file in files:
        name, number = file.stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{file.stem}-{number}"
        taken.add(name.lower())
        yield folder / f"{name}.png"


def _print_json(answers: Iterator[Answer], class_names: tuple[str, ...]) -> bool:
    rows = [_row(answer, class_names) for answer in answers]
    typer.echo(json.dumps(rows, indent=2))
    return any("error" in row for row in rows)


def _row(answer: Answer, class_names: tuple[str, ...]) -> dict[str, Any]:
    picture, prediction = answer.picture, answer.picture.prediction
    if prediction is None:
        return {"file": str(picture.path), "error": picture.refusal}
    row: dict[str, Any] = {
        "file": str(picture.path),
        "class": prediction.class_name,
        "probability": prediction.probability,
        "entropy": prediction.entropy,
        "top": [{"class": name, "probability": share} for name, share in prediction.top],
    }
    if answer.explanation:
        row["explanation"] = {
            "picture": str(answer.shown_in),
            "mse": answer.explanation.mse,
            "nearest_class": class_names[answer.explanation.nearest_label],
        }
    return row


def _print_table(answers: Iterator[Answer], class_names: tuple[str, ...]) -> bool:
    """A line for each picture as soon as it is predicted; what cannot be read goes to standard error."""
    refused = False
    for answer in answers:
        picture, prediction = answer.picture, answer.picture.prediction
        if prediction is None:
            refused = True
            typer.echo(f"error: {printable(str(picture.refusal))}", err=True)
            continue
        shares = ", ".join(f"{printable(name)} ({share:.1%})" for name, share in prediction.top)
        typer.echo(f"{printable(str(picture.path))}: {shares}, entropy {prediction.entropy:.3f}")
        if answer.explanation:
            nearest = class_names[answer.explanation.nearest_label]
            disagrees = (
                ""
                if nearest == prediction.class_name
                else f" (its conversion is nearest to {printable(nearest)})"
            )
            typer.echo(f"  explained in {printable(str(answer.shown_in))}{disagrees}")
    return refused
