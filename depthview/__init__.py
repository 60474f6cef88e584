"""depthview: a terminal market-depth viewer that says whether what it shows is true."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes as long as starting Python, and --version needs no more than this
    from typing import Final

__version__: Final = "0.1.0"
