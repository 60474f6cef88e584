"""Whether two colours can be told apart, by every kind of colour vision. Pure.

Colours as others see them are simulated after Machado, Oliveira and Fernandes (2009), with their matrices for a
complete want of one kind of cone; how far colours are apart is measured in Oklab (Ottosson, 2020).
"""

from __future__ import annotations

from math import dist
from typing import Final, TypeAlias

Rgb: TypeAlias = tuple[int, int, int]
_Matrix: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

_LEAST: Final = 0.09
"""In Oklab, where black and white are 1 apart: below it two bars of one lightness are taken for each other."""
_ALL: Final[_Matrix] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_VISIONS: Final[tuple[tuple[str, tuple[_Matrix, ...]], ...]] = (
    ("", (_ALL,)),
    (
        " by eyes that confuse red and green",
        (
            ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
            ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        ),
    ),
    (
        " by eyes that confuse blue and yellow",
        (((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),),
    ),
)
"""Kinds of colour vision, the commonest first, in words, and what each makes of linear red, green and blue."""
_CONES: Final[_Matrix] = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OKLAB: Final[_Matrix] = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def hardly_told_apart(one: Rgb, other: Rgb) -> str | None:
    """By whom two colours can hardly be told apart: empty for everybody, None for nobody."""
    for words, matrices in _VISIONS:
        if any(apart(one, other, matrix) < _LEAST for matrix in matrices):
            return words
    return None


def apart(one: Rgb, other: Rgb, vision: _Matrix = _ALL) -> float:
    """How far two colours are apart, 0 to 1, to a kind of colour vision."""
    return dist(_oklab(one, vision), _oklab(other, vision))


def _oklab(colour: Rgb, vision: _Matrix) -> tuple[float, float, float]:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    seen = _times(vision, (red, green, blue))
    # What a vision makes of a colour can lie beyond what a screen shows.
    return _times(_OKLAB, _each_root(_times(_CONES, seen)))


def _each_root(cones: tuple[float, float, float]) -> tuple[float, float, float]:
    one, two, three = (max(0.0, cone) ** (1 / 3) for cone in cones)
    return one, two, three


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _times(matrix: _Matrix, vector: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = vector
    one, two, three = (row[0] * x + row[1] * y + row[2] * z for row in matrix)
    return one, two, three
