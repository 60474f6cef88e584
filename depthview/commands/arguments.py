"""The arguments of the command line, as an ``argparse`` namespace and as settings."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from depthview import __version__
from depthview.auth.arguments import add_key_arguments, key_options
from depthview.config.load import configuration_of, key_file_of
from depthview.config.options import ENTRIES, PRODUCTS, TIME
from depthview.core.text import plain_text
from depthview.errors import UsageError
from depthview.system.paths import optional_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.config.load import Configuration
    from depthview.config.options import Settings

    Run = Callable[[argparse.Namespace], int]
    from depthview.preferences.colors import OwnColours


_LONGEST_MESSAGE: Final = 300


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line with the cure, exit 2."""
        self.exit(2, f"depthview: {plain_text(message, _LONGEST_MESSAGE)}; see {self.prog} --help\n")


class _Runs(NamedTuple):
    view: Run
    """Runs ``view`` and ``replay``."""
    stream: Run
    record: Run


def build_parser(*, view: Run, stream: Run, record: Run, only: str = "") -> argparse.ArgumentParser:
    """The whole grammar; what a command's words parse to has its function in ``run``.

    Args:
        view: Runs ``view`` and ``replay``.
        stream: Runs ``stream``.
        record: Runs ``record``.
        only: A command; the grammar of the others, which takes some time, is left out. Empty for none.
    """
    parser = _Parser(
        prog="depthview",
        description="Market depth of the Coinbase Advanced Trade WebSocket in the terminal, a verdict on every book.",
        epilog="`depthview [PRODUCT ...]` is `depthview view [PRODUCT ...]`; `depthview COMMAND --help` tells more.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"depthview {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    runs = _Runs(view, stream, record)
    for name, (text, add) in _COMMANDS.items():
        if only in {"", name}:
            made = commands.add_parser(
                name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False
            )
            made.set_defaults(run=add(made, runs))
    return parser


def _add_view(parser: argparse.ArgumentParser, runs: _Runs) -> Run:
    _add_products(parser)
    _add_source(parser)
    add_key_arguments(parser)
    _add_files(parser, record=True)
    _add_engine(parser)
    _add_group(parser)
    _add_screen(parser)
    return runs.view


def _add_stream(parser: argparse.ArgumentParser, runs: _Runs) -> Run:
    _add_products(parser)
    _add_source(parser)
    add_key_arguments(parser)
    _add_files(parser, record=True)
    _add_engine(parser)
    parser.add_argument("--depth", metavar="N", default="10", help="levels a side, 0 for all (default 10)")
    parser.add_argument("--every", metavar="SECONDS", default="1", help="time between samples (default 1)")
    parser.add_argument("--for", metavar="SECONDS", dest="for_seconds", help="end after so long")
    parser.add_argument("--count", metavar="N", help="end after so many samples")
    return runs.stream


def _add_record(parser: argparse.ArgumentParser, runs: _Runs) -> Run:
    _add_products(parser)
    _add_live_source(parser)
    add_key_arguments(parser)
    parser.add_argument("--output", metavar="FILE", required=True, help="file to make; .gz compresses")
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    _add_engine(parser)
    parser.add_argument("--for", metavar="SECONDS", dest="for_seconds", help="end after so long")
    return runs.record


def _add_replay(parser: argparse.ArgumentParser, runs: _Runs) -> Run:
    parser.add_argument("replay", metavar="FILE", help="a recording; see README, Recordings")
    _add_products(parser)
    parser.add_argument("--config", metavar="FILE", help="settings in place of those in your configuration folder")
    parser.add_argument("--speed", metavar="X", default="1", help="times real time, or max (default 1)")
    _add_files(parser, record=False)
    _add_engine(parser)
    _add_group(parser)
    _add_screen(parser)
    return runs.view


def _add_inspect(parser: argparse.ArgumentParser, _: _Runs) -> Run:
    from depthview.analysis import inspect_command as command

    command.add_arguments(parser)
    return command.run


def _add_export(parser: argparse.ArgumentParser, _: _Runs) -> Run:
    from depthview.analysis import export_command as command

    command.add_arguments(parser)
    return command.run


def _add_doctor(parser: argparse.ArgumentParser, _: _Runs) -> Run:
    from depthview.doctor import command

    command.add_arguments(parser)
    return _with_key_file(command.run)


def _add_auth(parser: argparse.ArgumentParser, _: _Runs) -> Run:
    from depthview.auth import command

    command.add_arguments(parser)
    return _with_key_file(command.run)


def _add_config(parser: argparse.ArgumentParser, _: _Runs) -> Run:
    from depthview.config import command

    command.add_arguments(parser)
    parser.add_argument("--config", metavar="FILE", help="another file than the one in your configuration folder")
    _add_screen(parser)
    return lambda args: command.run(args, _color_warning)


def _color_warning(theme: str, colours: OwnColours) -> str:
    # Textual takes its time to load, and no other command without a screen needs it.
    from depthview.ui.themes import doubt_of_sides_on

    return doubt_of_sides_on(theme, colours)


def _add_exchange(parser: argparse.ArgumentParser, _: _Runs) -> Run:
    from depthview.exchange import command

    command.add_arguments(parser)
    return command.run


_COMMANDS: Final[dict[str, tuple[str, Callable[[argparse.ArgumentParser, _Runs], Run]]]] = {
    "view": ("live depth ladders in the terminal (the default)", _add_view),
    "stream": ("the same engine without a screen: JSON Lines on stdout", _add_stream),
    "record": ("record a feed to a file, without a screen, until Ctrl+C or --for", _add_record),
    "replay": ("show a recording: view --replay FILE", _add_replay),
    "inspect": ("say what a recording holds; exit code 1 where it has faults", _add_inspect),
    "export": ("trades, tops or depth of a recording as CSV or JSON Lines", _add_export),
    "doctor": ("go the whole way to a trusted book and say where it breaks", _add_doctor),
    "auth": ("make or explain a token, check a key", _add_auth),
    "config": ("say where the settings are and what is in force, or begin a file", _add_config),
    "exchange": ("run the embedded exchange as a server on loopback", _add_exchange),
}


def _with_key_file(run: Run) -> Run:
    """``run`` with the key file that the configuration names put into its arguments."""

    def run_it(args: argparse.Namespace) -> int:
        args.configured_key_file = key_file_of(configuration_of(args, remembered=False))
        return run(args)

    return run_it


def settings_from(args: argparse.Namespace, configuration: Configuration) -> Settings:
    """The settings of ``view``, ``stream``, ``record`` or ``replay``.

    Args:
        args: What the command line parsed to.
        configuration: What else is settled: products where none are named and the feed is live.

    Raises:
        UsageError: They cannot be obeyed.
    """
    from depthview.config import options as s

    args.configured_key_file = key_file_of(configuration)
    named = s.parse_products(args.products)
    replay, speed = optional_path(getattr(args, "replay", None)), getattr(args, "speed", "1")
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
    # What a recording holds, and what the demo's exchange trades, has nothing to do with what one usually watches.
    usual = () if replay is not None else s.DEFAULT_PRODUCTS if args.demo else configuration.value(PRODUCTS)
    for_seconds, count = getattr(args, "for_seconds", None), getattr(args, "count", None)
    group = getattr(args, "group", None)
    return s.Settings(
        source=source,
        products=named or usual,
        credentials=key_options(args) if hasattr(args, "key_file") else s.CredentialOptions(),
        record=optional_path(getattr(args, "record", None) or getattr(args, "output", None)),
        dump_book=optional_path(getattr(args, "dump_book", None)),
        include_untrusted=getattr(args, "include_untrusted", False),
        force=args.force,
        group=None if group is None else s.parse_group(group),
        log_file=optional_path(args.log_file),
        sequence_scope=args.sequence_scope,
        renew=not args.no_renew,
        rest=not args.no_rest,
        correct_clock=args.clock_offset == "auto",
        report=args.report,
        stream=s.StreamOptions(
            s.parse_depth(getattr(args, "depth", "10")),
            s.parse_seconds("--every", getattr(args, "every", "1")),
            None if for_seconds is None else s.parse_seconds("--for", for_seconds),
            None if count is None else s.parse_count(count),
        ),
    )


def _add_products(parser: argparse.ArgumentParser) -> None:
    # Without a default, argparse calls them required wherever another argument is missing (Python 3.11 and 3.12).
    parser.add_argument(
        "products", nargs="*", default=(), metavar="PRODUCT", help="such as BTC-USD; spaces or commas, any case"
    )


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
        choices=("auto", "connection", "product", "none"),
        default="auto",
        help="what sequence numbers count (default: found out); none, in replays only, does not judge them",
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


def _add_group(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--group", metavar="STEP", help="row width of all ladders in quote currency, such as 0.5")


def _add_screen(parser: argparse.ArgumentParser) -> None:
    for entry in ENTRIES:
        told = entry.help[0].lower() + entry.help[1:]
        if not entry.flag:
            continue
        if entry.is_switch:
            parser.add_argument(
                entry.option, dest=f"setting_{entry.name}", action=argparse.BooleanOptionalAction, help=told
            )
        else:
            parser.add_argument(
                entry.option, dest=f"setting_{entry.name}", metavar=entry.name.upper(), help=f"{told} ({entry.values})"
            )
    parser.add_argument(
        "--local-time", dest=f"setting_{TIME.name}", action="store_const", const="local", help="short for --time local"
    )
