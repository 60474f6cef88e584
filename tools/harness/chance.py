"""Where chance comes from: generators that give the same again for the same seed."""

from __future__ import annotations

import random


def chance(seed: float) -> random.Random:
    """A generator of its own."""
    return random.Random(seed)  # noqa: S311  # a run that can be made again, not a secret
