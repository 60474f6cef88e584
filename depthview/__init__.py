"""depthview: a terminal market-depth viewer that says whether what it shows is true."""

from typing import Final

__version__: Final = "0.1.0"
