"""The command line: words to settings, faults to one line and an exit code. Heavy imports wait until needed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from depthview import __version__
from depthview.core.plaintext import plain_text
from depthview.errors import DepthviewError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.settings import Settings

COMMANDS: Final = ("view", "stream", "record", "replay", "exchange")
_INTERRUPTED: Final = 130
_LONGEST_MESSAGE: Final = 300


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line with the cure, exit 2."""
        self.exit(2, f"depthview: {plain_text(message, _LONGEST_MESSAGE)}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run depthview.

    Args:
        argv: Without the program's name; the process's own by default.

    Returns:
        The exit code: 0 fine, 1 failure, 2 usage or no terminal, 78 bad configuration or key file, and 128 and the
        signal's number on HUP, INT, QUIT and TERM.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "view")
    args = build_parser().parse_args(words)
    try:
        code: int = args.run(args)
    except DepthviewError as fault:
        print(f"depthview: {fault}", file=sys.stderr)  # noqa: T201  # the one line
        return fault.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def build_parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    from depthview.exchange import command as exchange_command

    parser = _Parser(
        prog="depthview",
        description="Market depth of the Coinbase Advanced Trade WebSocket in the terminal, a verdict on every book.",
        epilog="`depthview [PRODUCT ...]` is `depthview view [PRODUCT ...]`; `depthview COMMAND --help` tells more.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"depthview {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        made.set_defaults(run=run)
        return made

    view = command("view", _run_view, "live depth ladders in the terminal (the default)")
    _add_products(view)
    _add_source(view)
    _add_keys(view)
    _add_files(view, record=True)
    _add_engine(view)
    _add_screen(view)

    stream = command("stream", _run_stream, "the same engine without a screen: JSON Lines on stdout")
    _add_products(stream)
    _add_source(stream)
    _add_keys(stream)
    _add_files(stream, record=True)
    _add_engine(stream)
    stream.add_argument("--depth", metavar="N", default="10", help="levels a side, 0 for all (default 10)")
    stream.add_argument("--every", metavar="SECONDS", default="1", help="time between samples (default 1)")
    stream.add_argument("--for", metavar="SECONDS", dest="for_seconds", help="end after so long")
    stream.add_argument("--count", metavar="N", help="end after so many samples")

    record = command("record", _run_record, "record a feed to a file, without a screen, until Ctrl+C or --for")
    _add_products(record)
    _add_live_source(record)
    _add_keys(record)
    record.add_argument("--output", metavar="FILE", required=True, help="file to make; .gz compresses")
    record.add_argument("--force", action="store_true", help="replace files that exist")
    _add_engine(record)
    record.add_argument("--for", metavar="SECONDS", dest="for_seconds", help="end after so long")

    replay = command("replay", _run_view, "show a recording: view --replay FILE")
    replay.add_argument("replay", metavar="FILE", help="a recording; see README, Recordings")
    _add_products(replay)
    replay.add_argument("--speed", metavar="X", default="1", help="times real time, or max (default 1)")
    replay.set_defaults(url=None, demo=False, key_file=None, env_key=False, public=False, allow_loose_permissions=False)
    _add_files(replay, record=False)
    _add_engine(replay)
    _add_screen(replay)

    exchange = command("exchange", exchange_command.run, "run the embedded exchange as a server on loopback")
    exchange_command.add_arguments(exchange)
    return parser


def _add_products(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("products", nargs="*", metavar="PRODUCT", help="such as BTC-USD; spaces or commas, any case")


def _add_source(parser: argparse.ArgumentParser) -> None:
    group = _add_live_source(parser)
    group.add_argument("--replay", metavar="FILE", help="a recording instead of a live feed")
    parser.add_argument("--speed", metavar="X", default="1", help="of a replay: times real time, or max (default 1)")


def _add_live_source(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--url", metavar="URL", help="another WebSocket address (default: Coinbase Advanced Trade)")
    group.add_argument("--demo", action="store_true", help="the embedded exchange, with a throw-away key")
    return group


def _add_keys(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--key-file", metavar="FILE", help="CDP key file (JSON); see README, Keys")
    group.add_argument("--env-key", action="store_true", help="take COINBASE_API_KEY and COINBASE_API_SECRET")
    group.add_argument("--public", action="store_true", help="use no key, even if there is one")
    parser.add_argument(
        "--allow-loose-permissions", action="store_true", help="take a key file that others may read (mounted secrets)"
    )


def _add_files(parser: argparse.ArgumentParser, *, record: bool) -> None:
    if record:
        parser.add_argument("--record", metavar="FILE", help="record what comes in; .gz compresses")
    parser.add_argument("--dump-book", metavar="FILE", help="write every book whole at exit; null if not trusted")
    parser.add_argument("--include-untrusted", action="store_true", help="dump books that are not trusted too, marked")
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sequence-scope",
        choices=("auto", "connection", "product"),
        default="auto",
        help="what sequence numbers count (default: found out)",
    )
    parser.add_argument("--no-renew", action="store_true", help="send no fresh token before the last one expires")
    parser.add_argument("--no-rest", action="store_true", help="never fetch the product list over HTTPS")
    parser.add_argument("--log-file", metavar="FILE", help="log to a file; never holds keys or tokens")


def _add_screen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--group", metavar="STEP", help="row width of the ladder in quote currency, such as 0.5")
    parser.add_argument("--fps", metavar="N", default="10", help="pictures a second, 1 to 30 (default 10)")
    parser.add_argument("--local-time", action="store_true", help="show local time instead of UTC")


def _settings(args: argparse.Namespace) -> Settings:
    import os.path
    from pathlib import Path

    from depthview import settings as s

    def path(text: str | None) -> Path | None:
        # Not Path.expanduser(), which raises for a user that does not exist.
        return None if text is None else Path(os.path.expanduser(text))

    products = s.parse_products(args.products)
    source: s.Source = s.LiveSource(args.url)
    replay = path(getattr(args, "replay", None))
    if replay is not None:
        source = s.ReplaySource(replay, s.parse_speed(args.speed))
    elif getattr(args, "speed", "1") != "1":
        raise UsageError("--speed goes with --replay FILE")
    elif args.demo:
        source = s.DemoSource()
    for_seconds, count = getattr(args, "for_seconds", None), getattr(args, "count", None)
    group = getattr(args, "group", None)
    return s.Settings(
        source=source,
        products=products or (() if replay is not None else s.DEFAULT_PRODUCTS),
        credentials=s.CredentialOptions(path(args.key_file), args.env_key, args.public, args.allow_loose_permissions),
        record=path(getattr(args, "record", None) or getattr(args, "output", None)),
        dump_book=path(getattr(args, "dump_book", None)),
        include_untrusted=getattr(args, "include_untrusted", False),
        force=args.force,
        group=None if group is None else s.parse_group(group),
        fps=s.parse_fps(getattr(args, "fps", "10")),
        log_file=path(args.log_file),
        sequence_scope=args.sequence_scope,
        renew=not args.no_renew,
        rest=not args.no_rest,
        stream=s.StreamOptions(
            s.parse_depth(getattr(args, "depth", "10")),
            s.parse_seconds("--every", getattr(args, "every", "1")),
            None if for_seconds is None else s.parse_seconds("--for", for_seconds),
            None if count is None else s.parse_count(count),
        ),
    )


def _run_view(args: argparse.Namespace) -> int:
    settings = _settings(args)
    _require_terminal()
    import asyncio

    from depthview.run_view import run_view

    return asyncio.run(run_view(settings, local_time=args.local_time))


def _run_stream(args: argparse.Namespace) -> int:
    import asyncio

    from depthview.run_stream import run_stream

    settings = _settings(args)
    if sys.stdout is None:
        raise UsageError("standard output is closed: there is nowhere to write to")
    return asyncio.run(run_stream(settings, sys.stdout.buffer))


def _run_record(args: argparse.Namespace) -> int:
    import asyncio

    from depthview.run_stream import run_record

    return asyncio.run(run_record(_settings(args)))


def _require_terminal() -> None:
    import os

    if os.environ.get("TEXTUAL_DRIVER"):
        return
    # Either is None where it was closed before the start.
    if sys.stdin is None or sys.stdout is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the viewer needs a terminal; for scripts there is `depthview stream`")
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        raise UsageError("this terminal (TERM=dumb) cannot show the viewer; for scripts there is `depthview stream`")
