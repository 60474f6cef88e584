"""The command line: faults to one line and an exit code.

Nothing is imported before it is needed: ``typing`` alone, with what it takes, doubles the time of ``--version``.
"""

from __future__ import annotations

import sys

from depthview import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from depthview.errors import DepthviewError

COMMANDS = ("view", "stream", "record", "replay", "inspect", "export", "doctor", "auth", "config", "exchange")
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run depthview.

    Args:
        argv: Without the program's name; the process's own by default.

    Returns:
        The exit code: 0 fine, 1 failure, 2 usage or no terminal, 78 bad configuration or key file, and 128 and the
        signal's number on HUP, INT, QUIT and TERM.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words == ["--version"]:
            # Without the grammar, whose modules take three times as long as the interpreter.
            print(f"depthview {__version__}", flush=True)  # noqa: T201  # what was asked for
            return 0
        if not words or words[0] not in (*COMMANDS, "-h", "--help", "--version"):
            words.insert(0, "view")
        return _run(words)
    except BrokenPipeError:
        from depthview.system.stdout import discard_output

        discard_output()
        return 0
    except (OSError, ImportError) as error:
        if isinstance(error, OSError) and words == ["--version"]:
            from depthview.system.stdout import discard_output, output_error

            discard_output()
            return _failed(output_error(error))
        from depthview.errors import DepthviewError
        from depthview.system.os_errors import os_reason, too_many_files

        limit = too_many_files(error)
        if limit is None:
            raise
        return _failed(DepthviewError(os_reason(limit)))
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(words: list[str]) -> int:
    from depthview.commands.arguments import build_parser
    from depthview.errors import DepthviewError

    command = words[0] if words[0] in COMMANDS else ""
    args = build_parser(command).parse_args(words)
    runs = {"view": _run_view, "stream": _run_stream, "record": _run_record, "replay": _run_view}
    try:
        code: int = (runs.get(command) or args.run)(args)
    except DepthviewError as fault:
        return _failed(fault)
    return code


def _failed(fault: DepthviewError) -> int:
    print(f"depthview: {fault}", file=sys.stderr)  # noqa: T201  # the one line
    return fault.exit_code


def _run_view(args: argparse.Namespace) -> int:
    from depthview.commands.arguments import run_options
    from depthview.config.load import configuration_of

    configuration = configuration_of(args, remembered=not (args.replay or getattr(args, "demo", False)))
    options = run_options(args, configuration)
    _require_terminal()
    from depthview.commands.view import run_view
    from depthview.system.event_loop import run

    return run(run_view(options, configuration))


def _run_stream(args: argparse.Namespace) -> int:
    from depthview.commands.arguments import run_options
    from depthview.commands.stream import run_stream
    from depthview.config.load import configuration_of
    from depthview.system.event_loop import run
    from depthview.system.stdout import standard_output

    options = run_options(args, configuration_of(args, remembered=False))
    return run(run_stream(options, standard_output().buffer))


def _run_record(args: argparse.Namespace) -> int:
    from depthview.commands.arguments import run_options
    from depthview.commands.stream import run_record
    from depthview.config.load import configuration_of
    from depthview.system.event_loop import run

    return run(run_record(run_options(args, configuration_of(args, remembered=False))))


def _require_terminal() -> None:
    import os

    from depthview.errors import UsageError

    if os.environ.get("TEXTUAL_DRIVER"):
        return
    # Either is None where it was closed before the start.
    if sys.stdin is None or sys.stdout is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the viewer needs a terminal; for scripts there is `depthview stream`")
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        raise UsageError("this terminal (TERM=dumb) cannot show the viewer; for scripts there is `depthview stream`")
