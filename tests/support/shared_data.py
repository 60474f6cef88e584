"""Where real recordings lie, if there are any."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHARED_DATA: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data"
"""Beside the checkout; they are not part of it."""
FRAMES: Final = SHARED_DATA / "advtrade_2026-08-09_frames.tsv.gz"
"""24 s of one connection, two products with full depth (observed)."""
