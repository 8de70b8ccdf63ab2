"""How far a student is from its teacher, by each method, on tensors of one batch.

Definitions and constants are those of mdistiller and RepDistiller, and of the papers that they name.
"""

from __future__ import annotations

from typing import Any

from keras import ops

Tensor = Any

TINY = 1e-12
"""Keeps the gradient of a root at 0 finite."""


def relational_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """RKD (Park et al. 2019): 25 times the error of all distances in a batch, 50 times that of all angles.

    Args:
        student: vectors `(batch, student_channels)`.
        teacher: vectors `(batch, teacher_channels)`.

    Returns:
        One number; 0 where one cloud of vectors is the other one scaled, turned or moved.
    """
    by_distance = ops.mean(_smooth(_relative_distances(student) - _relative_distances(teacher)))
    by_angle = ops.mean(_smooth(_angles(student) - _angles(teacher)))
    return 25 * by_distance + 50 * by_angle


def map_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """FitNet (Romero et al. 2015): the mean squared error of two maps of one shape, `(batch,)`."""
    return ops.mean(ops.square(student - teacher), axis=(1, 2, 3))


def energy_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """FT as RepDistiller has it: mean absolute error of where two factors have their energy, `(batch,)`.

    Args:
        student: factor `(batch, height, width, channels)`.
        teacher: factor of the same height and width.
    """
    energies = (_normalized(ops.mean(ops.square(factor), axis=-1)) for factor in (student, teacher))
    return _absolute_error(*energies)


def factor_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """FT as its authors have it (Kim et al. 2018): mean absolute error of two whole factors, `(batch,)`."""
    return _absolute_error(_normalized(student), _normalized(teacher))


def _absolute_error(student: Tensor, teacher: Tensor) -> Tensor:
    return ops.mean(ops.abs(student - teacher), axis=-1)


def _normalized(values: Tensor) -> Tensor:
    """Every sample as one vector of length 1."""
    flat = ops.reshape(values, (ops.shape(values)[0], -1))
    return flat * ops.rsqrt(ops.maximum(ops.sum(ops.square(flat), axis=-1, keepdims=True), TINY))


def _relative_distances(vectors: Tensor) -> Tensor:
    """`(batch, batch)`, over the mean of those that are not 0; all 0 for a single vector."""
    squares = ops.sum(ops.square(_differences(vectors)), axis=-1)
    apart = ops.cast(squares > TINY, squares.dtype)
    distances = apart * ops.sqrt(ops.maximum(squares, TINY))
    return distances * ops.sum(apart) / ops.maximum(ops.sum(distances), TINY)


def _angles(vectors: Tensor) -> Tensor:
    """`(batch, batch, batch)` cosines: at every vector, between the directions to all others."""
    differences = _differences(vectors)
    squares = ops.sum(ops.square(differences), axis=-1, keepdims=True)
    directions = differences * ops.rsqrt(ops.maximum(squares, TINY))
    return ops.matmul(directions, ops.transpose(directions, (0, 2, 1)))


def _differences(vectors: Tensor) -> Tensor:
    return ops.expand_dims(vectors, 0) - ops.expand_dims(vectors, 1)


def _smooth(errors: Tensor) -> Tensor:
    """Huber's loss: squares up to 1, straight lines beyond."""
    sizes = ops.abs(errors)
    return ops.where(sizes < 1, 0.5 * ops.square(errors), sizes - 0.5)
