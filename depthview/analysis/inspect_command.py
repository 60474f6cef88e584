"""``depthview inspect FILE``: what a recording holds, without opening a screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from depthview.clock import Clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording (see docs/recordings.md)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")


def run(
    args: argparse.Namespace,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    clock: Clock | None = None,
) -> int:
    """Inspect a recording.

    Args:
        args: What the arguments of :func:`add_arguments` parsed to.
        stdout: Where the result goes; the process's own by default.
        stderr: Where the progress is shown, if it is a terminal; the process's own by default.
        clock: Paces the progress; the machine's by default.

    Returns:
        The exit code: 0, 1 where the recording has faults, 128 and the signal's number where one stopped it.

    Raises:
        RecordingError: The recording cannot be read at all.
        UsageError: Standard output is closed.
    """
    import msgspec

    from depthview.analysis.inspect import inspect
    from depthview.analysis.output import ProgressLine, Stopped, say, stoppable
    from depthview.analysis.playback import Playback
    from depthview.analysis.report import document_of, faults_of
    from depthview.analysis.text_report import as_text
    from depthview.clock import SystemClock
    from depthview.system.paths import user_path
    from depthview.system.stdout import standard_output, write_text

    out, err = stdout or standard_output(), stderr or sys.stderr
    playback = Playback(user_path(args.file))
    try:
        with stoppable():
            inspection = inspect(playback, ProgressLine(err, clock or SystemClock(), "inspecting", playback.size))
    except Stopped as stop:
        say(err, f"stopped after {playback.entries:,} records without a result")
        return stop.exit_code
    faults = faults_of(inspection, playback.damage)
    document = document_of(playback, inspection, faults)
    write_text(out, f"{msgspec.json.encode(document).decode()}\n" if args.json else as_text(document, playback))
    return int(bool(faults))
