"""``depthview export FILE``: trades, top of book or depth of a recording as CSV with a heading or as JSON Lines.

Every line is whole, and whatever is unknown is empty or null.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from typing import TextIO

    from depthview.analysis.export import ExportOptions, Row, Rows
    from depthview.analysis.output import LineWriter, ProgressLine
    from depthview.analysis.playback import Playback
    from depthview.clock import Clock
    from depthview.session.session import MarketSession


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording (see docs/recordings.md)")
    parser.add_argument("--what", choices=("trades", "top", "depth"), required=True, help="what the table is of")
    parser.add_argument("--every", metavar="SECONDS", help="time between two samples of top or depth (default 1)")
    parser.add_argument("--levels", metavar="N", help="levels per side of depth, 0 for all (default 10)")
    parser.add_argument("--format", choices=("csv", "jsonl"), help="default: csv, or by the extension of --output")
    parser.add_argument(
        "--product",
        metavar="NAME",
        action="append",
        help="such as BTC-USD, or several separated by commas; repeatable (default: all in the recording)",
    )
    parser.add_argument("--include-untrusted", action="store_true", help="include prices of untrusted books, marked")
    parser.add_argument("--output", metavar="FILE", help="new file, readable only by you (default: standard output)")
    parser.add_argument("--force", action="store_true", help="replace an existing file")


def run(
    args: argparse.Namespace,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    clock: Clock | None = None,
) -> int:
    """Export a recording.

    Args:
        args: What the arguments of :func:`add_arguments` parsed to.
        stdout: Where the rows go without ``--output``; the process's own by default.
        stderr: Where the progress is shown, if it is a terminal; the process's own by default.
        clock: Paces the progress; the machine's by default.

    Returns:
        The exit code: 0, 1 where the recording is damaged or holds nothing of a product that was asked for, 128 and
        the signal's number where one stopped it.

    Raises:
        RecordingError: The recording cannot be read at all.
        UsageError: Options that do not go together, or a file that cannot be made.
        BrokenPipeError: The reader is gone.
        DepthviewError: The rows cannot be written.
    """
    from depthview.analysis.export import Rows, options_from
    from depthview.analysis.output import FileLineWriter, ProgressLine, StdoutLineWriter, Stopped, say, stoppable
    from depthview.analysis.playback import Playback
    from depthview.clock import SystemClock
    from depthview.core.sequence import Scope
    from depthview.core.text import shown_path
    from depthview.errors import UsageError
    from depthview.session.session import MarketSession
    from depthview.system.paths import user_path

    options = options_from(args)
    out, err = stdout or sys.stdout, stderr or sys.stderr
    if args.output is None and out is None:
        raise UsageError("standard output is closed: there is nowhere to write to; name a file with --output")
    playback = Playback(user_path(args.file))
    lines: LineWriter
    if args.output is not None:
        lines = FileLineWriter(user_path(args.output), force=args.force)
    else:
        lines = StdoutLineWriter(out.buffer)
    shown = err if args.output is not None or not out.isatty() else None
    progress = ProgressLine(shown, clock or SystemClock(), "exporting", playback.size)
    found = playback.completeness
    session = MarketSession(
        options.products,
        scope=found.scope(Scope.AUTO),
        sockets=found.sockets,
        passive=True,
        follow=not options.products,
    )
    if found.words:
        say(err, found.words)
    rows = Rows(session, options)
    try:
        with stoppable():
            written = export(playback, session, rows, options, lines, progress)
    except Stopped as stop:
        lines.stop()
        say(err, f"stopped after {playback.entries:,} records; all written lines are complete")
        return stop.exit_code
    except BaseException:
        lines.stop()
        raise
    if args.output is not None:
        say(err, f"{written:,} rows written to {shown_path(user_path(args.output))}")
    return _report(err, playback, rows, options)


def export(
    playback: Playback,
    session: MarketSession,
    rows: Rows,
    options: ExportOptions,
    lines: LineWriter,
    progress: ProgressLine,
) -> int:
    """Play a recording and write its table.

    Args:
        playback: At its start.
        session: A passive one to play it to.
        rows: Of the same session.
        options: As requested.
        lines: Where the table goes; finished at the end.
        progress: Cleared at the end.

    Returns:
        How many rows were written.

    Raises:
        RecordingError: Not one entry can be read.
        BrokenPipeError: The reader is gone.
        DepthviewError: The rows cannot be written.
    """
    from itertools import chain

    from depthview.analysis.export import COLUMNS, Sampling, TableKind, row_format
    from depthview.recordings.reader import RecordedFrame

    heading, line_of = row_format(options.format, COLUMNS[options.what])
    sampling = Sampling(playback.clock, options.every)
    written = 0
    lines.write(heading)
    found: Iterable[Row]
    for driver, record in playback.drive(session, progress):
        if options.what is not TableKind.TRADES:
            found = chain.from_iterable(map(rows.of_sample, sampling.after(driver, record, playback.frames)))
        elif isinstance(record, RecordedFrame):
            found = rows.of_frame(record, playback.frames)
        else:
            continue
        for row in found:
            lines.write(line_of(row))
            written += 1
    lines.finish()
    return written


def _report(err: TextIO | None, playback: Playback, rows: Rows, options: ExportOptions) -> int:
    """Say what the table lacks; returns the exit code."""
    from depthview.analysis.output import say

    if rows.left_out:
        say(err, f"{rows.left_out:,} trades that cannot be read were left out")
    if playback.damage:
        say(err, f"{playback.damage}; the table ends there")
    missing = [product for product in options.products if product not in rows.found]
    if missing:
        say(err, f"nothing of {', '.join(missing)} in the recording")
    return int(bool(playback.damage or missing))
