"""How an inspected model is shown, and how it does on data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from encodenet_core.errors import printable
from encodenet_core.models.fitting_images import as_typed

if TYPE_CHECKING:
    from encodenet_core.models.fit_to_data import DataFit
    from encodenet_core.models.form_scores import FormScores
    from encodenet_core.models.inspection import LayerSummary, ModelInspection, Shape

FIRST_LAYERS, LAST_LAYERS, AROUND_THE_CUT = 6, 6, 2
"""What is shown of a model of more layers than all of these."""

_MOST_CLASSES = 10
_FILES = {"keras": "a Keras archive", "hdf5": "an HDF5 file"}


def print_model(found: ModelInspection) -> None:
    """What a model file is, its layers, and its cut."""
    console = Console()
    for name, said in _facts(found):
        _tell(console, name, said)
    console.print()
    console.print(_layer_table(found))


def print_fit(fit: DataFit) -> None:
    """How the model does on data, in every form of pixels."""
    console = Console()
    console.print()
    classes = f"{len(fit.class_names)} classes"
    _tell(console, "data", f"{fit.name}, images {_shown(fit.image_shape)} of {classes}")
    if fit.scores is None:
        _tell(console, "fit", f"none: {fit.refusal}")
        return
    if fit.needed:
        _tell(console, "needed", as_typed(fit.needed))
    console.print()
    console.print(_form_table(fit.scores))
    best = fit.scores.best
    if not fit.scores.is_better_than_chance:
        _tell(console, "pixels", "no form is better than chance: a model of other images, or not trained")
        return
    _tell(console, "pixels", f"{best.form.words}: {as_typed(best.form.options)}")
    _tell(console, "classes", _order_in_words(fit.scores, fit.class_names))


def _facts(found: ModelInspection) -> Iterator[tuple[str, str]]:
    origin = found.origin
    saved = [
        f"saved by Keras {origin.keras}" if origin.keras else "",
        f"on {origin.backend}" if origin.backend else "",
        f"at {origin.saved}" if origin.saved else "",
    ]
    yield "model", f"{found.path}: {' '.join(filter(None, [_FILES[found.kind] + ',', *saved])).rstrip(',')}"
    yield "images", _shown(found.image_shape) or "of a shape that it does not know"
    classes = f"{found.outputs} classes" if found.outputs != 1 else "one number for two classes"
    yield "answers", f"{classes}, {found.closing or 'logits, as far as its last layer tells'}"
    yield "weights", f"{found.parameters:,} in {len(found.layers):,} layers"
    if found.cut is None:
        yield "cut", f"none: {found.refusal}"
        return
    before, after = found.cut.learning_layers
    yield (
        "cut",
        f"after {found.cut.layer}, features {_shown(found.cut.feature_shape)}: {found.cut.reason}; "
        f"{before} layers with weights come up to it, {after} after it",
    )


def _tell(console: Console, name: str, said: str) -> None:
    """A line that wraps under itself."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=8, style="bold")
    grid.add_column()
    grid.add_row(name, Text(printable(said), overflow="fold"))
    console.print(grid)


def _layer_table(found: ModelInspection) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("layer", no_wrap=True, overflow="ellipsis")
    table.add_column("class", no_wrap=True, overflow="ellipsis")
    table.add_column("gives", no_wrap=True)
    table.add_column("weights", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    cut = found.cut.layer if found.cut else None
    end = 0
    for place in _shown_places(found.layers, cut):
        if place > end:
            table.add_row(Text(f"... {place - end} more", style="dim"))
        layer, end = found.layers[place], place + 1
        mark = "cut" if layer.name == cut else ""
        texts = (layer.name, layer.kind, _shown(layer.output_shape), f"{layer.parameters:,}", mark)
        table.add_row(*(Text(printable(text)) for text in texts))
    return table


def _shown_places(layers: Sequence[LayerSummary], cut: str | None) -> list[int]:
    """All layers of a short model; of a long one its two ends and what lies around the cut."""
    count = len(layers)
    if count <= FIRST_LAYERS + LAST_LAYERS + 2 * AROUND_THE_CUT + 1:
        return list(range(count))
    shown = {*range(FIRST_LAYERS), *range(count - LAST_LAYERS, count)}
    for place, layer in enumerate(layers):
        if layer.name == cut:
            shown |= {*range(max(0, place - AROUND_THE_CUT), min(count, place + AROUND_THE_CUT + 1))}
    return sorted(shown)


def _form_table(found: FormScores) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("pixels")
    table.add_column("accuracy", justify="right")
    table.add_column("in its best order of classes", justify="right")
    table.add_column("cross-entropy", justify="right")
    best = found.best
    for score in found.scores:
        style = "bold" if score is best else ""
        table.add_row(
            Text(f"{score.form.words}{' *' if score is best else ''}"),
            f"{score.accuracy:.2%}",
            f"{score.matched_accuracy:.2%}",
            f"{score.cross_entropy:.3g}",
            style=style,
        )
    table.caption = f"of {found.n_images:,} validation images"
    table.caption_justify = "left"
    return table


def _order_in_words(found: FormScores, class_names: Sequence[str]) -> str:
    if found.orders_agree:
        return "in the order of the data"
    best = found.best
    moved = [
        f"output {output} is {class_names[label]!r}"
        for output, label in enumerate(best.classes)
        if output != label
    ]
    more = f" and {len(moved) - _MOST_CLASSES} more" if len(moved) > _MOST_CLASSES else ""
    return (
        f"in another order than the data, {best.matched_accuracy:.2%} in its own: "
        f"{', '.join(moved[:_MOST_CLASSES])}{more}; number the classes of the data in the order of the model"
    )


def _shown(shape: Shape) -> str:
    return " x ".join("any" if side is None else str(side) for side in shape)
