"""``python -m depthview``."""

import sys

from depthview.cli import main

if __name__ == "__main__":
    sys.exit(main())
