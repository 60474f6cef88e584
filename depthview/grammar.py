"""The grammar of the command line: words to an ``argparse`` namespace, and that to settings."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, NoReturn

from depthview import __version__
from depthview.auth import command as auth_command
from depthview.auth.options import add_key_arguments, key_options
from depthview.core.plaintext import plain_text
from depthview.doctor import command as doctor_command
from depthview.errors import UsageError
from depthview.exchange import command as exchange_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from depthview.settings import Settings

    Run = Callable[[argparse.Namespace], int]

_LONGEST_MESSAGE: Final = 300


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line with the cure, exit 2."""
        self.exit(2, f"depthview: {plain_text(message, _LONGEST_MESSAGE)}; see {self.prog} --help\n")


def build_parser(*, view: Run, stream: Run, record: Run) -> argparse.ArgumentParser:
    """The whole grammar; what a command's words parse to has its function in ``run``.

    Args:
        view: Runs ``view`` and ``replay``.
        stream: Runs ``stream``.
        record: Runs ``record``.
    """
    parser = _Parser(
        prog="depthview",
        description="Market depth of the Coinbase Advanced Trade WebSocket in the terminal, a verdict on every book.",
        epilog="`depthview [PRODUCT ...]` is `depthview view [PRODUCT ...]`; `depthview COMMAND --help` tells more.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"depthview {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, run: Run, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        made.set_defaults(run=run)
        return made

    viewing = command("view", view, "live depth ladders in the terminal (the default)")
    _add_products(viewing)
    _add_source(viewing)
    add_key_arguments(viewing)
    _add_files(viewing, record=True)
    _add_engine(viewing)
    _add_screen(viewing)

    streaming = command("stream", stream, "the same engine without a screen: JSON Lines on stdout")
    _add_products(streaming)
    _add_source(streaming)
    add_key_arguments(streaming)
    _add_files(streaming, record=True)
    _add_engine(streaming)
    streaming.add_argument("--depth", metavar="N", default="10", help="levels a side, 0 for all (default 10)")
    streaming.add_argument("--every", metavar="SECONDS", default="1", help="time between samples (default 1)")
    streaming.add_argument("--for", metavar="SECONDS", dest="for_seconds", help="end after so long")
    streaming.add_argument("--count", metavar="N", help="end after so many samples")

    recording = command("record", record, "record a feed to a file, without a screen, until Ctrl+C or --for")
    _add_products(recording)
    _add_live_source(recording)
    add_key_arguments(recording)
    recording.add_argument("--output", metavar="FILE", required=True, help="file to make; .gz compresses")
    recording.add_argument("--force", action="store_true", help="replace files that exist")
    _add_engine(recording)
    recording.add_argument("--for", metavar="SECONDS", dest="for_seconds", help="end after so long")

    replaying = command("replay", view, "show a recording: view --replay FILE")
    replaying.add_argument("replay", metavar="FILE", help="a recording; see README, Recordings")
    _add_products(replaying)
    replaying.add_argument("--speed", metavar="X", default="1", help="times real time, or max (default 1)")
    _add_files(replaying, record=False)
    _add_engine(replaying)
    _add_screen(replaying)

    doctor = command("doctor", doctor_command.run, "go the whole way to a trusted book and say where it breaks")
    doctor_command.add_arguments(doctor)

    auth = command("auth", auth_command.run, "make or explain a token, check a key")
    auth_command.add_arguments(auth)

    exchange = command("exchange", exchange_command.run, "run the embedded exchange as a server on loopback")
    exchange_command.add_arguments(exchange)
    return parser


def settings_from(args: argparse.Namespace) -> Settings:
    """The settings of ``view``, ``stream``, ``record`` or ``replay``.

    Raises:
        UsageError: They cannot be obeyed.
    """
    import os.path
    from pathlib import Path as FilePath

    from depthview import settings as s

    def path(text: str | None) -> Path | None:
        # Not Path.expanduser(), which raises for a user that does not exist.
        return None if text is None else FilePath(os.path.expanduser(text))

    products = s.parse_products(args.products)
    replay, speed = path(getattr(args, "replay", None)), getattr(args, "speed", "1")
    faults = tuple(getattr(args, "fault", None) or ())
    source: s.Source
    if replay is not None:
        source = s.ReplaySource(replay, s.parse_speed(speed))
    elif speed != "1":
        raise UsageError("--speed goes with --replay FILE")
    elif args.demo:
        source = s.DemoSource(faults)
    else:
        source = s.LiveSource(args.url)
    if faults and not isinstance(source, s.DemoSource):
        raise UsageError("--fault goes with --demo")
    for_seconds, count = getattr(args, "for_seconds", None), getattr(args, "count", None)
    group = getattr(args, "group", None)
    return s.Settings(
        source=source,
        products=products or (() if replay is not None else s.DEFAULT_PRODUCTS),
        credentials=key_options(args) if hasattr(args, "key_file") else s.CredentialOptions(),
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
        correct_clock=args.clock_offset == "auto",
        report=args.report,
        bell=getattr(args, "bell", False),
        stream=s.StreamOptions(
            s.parse_depth(getattr(args, "depth", "10")),
            s.parse_seconds("--every", getattr(args, "every", "1")),
            None if for_seconds is None else s.parse_seconds("--for", for_seconds),
            None if count is None else s.parse_count(count),
        ),
    )


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
    parser.add_argument(
        "--fault",
        metavar="NAME[:KEY=VALUE,...]",
        action="append",
        help="of the demo: a fault to provoke; `depthview exchange --help` lists them",
    )
    return group


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
    parser.add_argument(
        "--clock-offset",
        choices=("none", "auto"),
        default="none",
        help="sign with this machine's time (default), or with the venue's as measured at each handshake",
    )
    parser.add_argument("--no-renew", action="store_true", help="send no fresh token before the last one expires")
    parser.add_argument("--no-rest", action="store_true", help="never fetch the product list over HTTPS")
    parser.add_argument("--log-file", metavar="FILE", help="log to a file; never holds keys or tokens")
    parser.add_argument("--report", action="store_true", help="five lines of account on stderr at the end")


def _add_screen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--group", metavar="STEP", help="row width of the ladder in quote currency, such as 0.5")
    parser.add_argument("--fps", metavar="N", default="10", help="pictures a second, 1 to 30 (default 10)")
    parser.add_argument("--local-time", action="store_true", help="show local time instead of UTC")
    parser.add_argument("--bell", action="store_true", help="ring when trust is lost and when it returns")
