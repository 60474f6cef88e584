"""The screen on a still market, as a program: what tests run in a terminal of its own."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from depthview.ui.app import DepthviewApp
from tests.ui.breaking import BREAKS, SECRET
from tests.ui.fake_market import FakeMarket


class MovingMarket(FakeMarket):
    """It changes whenever it is looked at."""

    def view(self, request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as its parent's
        self.churn()
        return super().view(request)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--breaks", choices=sorted(BREAKS))
    parser.add_argument("--crash-folder", type=Path)
    parser.add_argument("--deaf", action="store_true", help="ignore SIGHUP, as under nohup")
    parser.add_argument("--cpu", type=Path, help="write the seconds of processor time here at the end")
    parser.add_argument("--term", help="what TERM is to be")
    args = parser.parse_args()
    if args.deaf:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if args.term is not None:
        os.environ["TERM"] = args.term
    app = DepthviewApp(MovingMarket(), fps=20, crash_folder=args.crash_folder)
    if args.breaks:
        app.call_later(BREAKS[args.breaks], app, SECRET)
    app.run()
    if args.cpu is not None:
        args.cpu.write_text(str(time.process_time()), encoding="ascii")
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
