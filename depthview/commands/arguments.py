"""The arguments of every command, and the options of a run that they stand for."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

from depthview import __version__
from depthview.auth.arguments import key_options
from depthview.config import options
from depthview.config.arguments import add_options, add_products
from depthview.config.load import configuration_of
from depthview.core.text import plain_text
from depthview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.config.load import Configuration
    from depthview.config.options import Option
    from depthview.config.run_options import FeedSource, RunOptions
    from depthview.preferences.colors import OwnColors

    Run = Callable[[argparse.Namespace], int]

_MAX_MESSAGE: Final = 300


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"depthview: {plain_text(message, _MAX_MESSAGE)}; see {self.prog} --help\n")


def build_parser(command: str) -> argparse.ArgumentParser:
    """A parser of the command line. For a command with a module of its own, the function that runs it is in ``run``.

    Args:
        command: The one that was typed. The others have no arguments here, and their modules are not loaded. Empty
            where only the commands are to be listed.
    """
    parser = _Parser(
        prog="depthview",
        description="Market depth of the Coinbase Advanced Trade WebSocket in the terminal, a verdict on every book.",
        epilog="`depthview [PRODUCT ...]` is `depthview view [PRODUCT ...]`; see also `depthview COMMAND --help`.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"depthview {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for name, text in _COMMANDS.items():
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        if name == command and name in _OPTIONS:
            _add_run(made, name)
        elif name == command:
            made.set_defaults(run=_add_module(made, name))
    return parser


_COMMANDS: Final = {
    "view": "show live depth ladders in the terminal (the default)",
    "stream": "print the same books as JSON Lines, without a screen",
    "record": "record a feed to a file, without a screen, until Ctrl+C or --for",
    "replay": "show a recording: view --replay FILE",
    "inspect": "summarize a recording; exit code 1 if it has faults",
    "export": "write trades, tops or depth of a recording as CSV or JSON Lines",
    "doctor": "check every step from the key to a trusted book, and say which one fails",
    "auth": "make or explain a token, check a key",
    "config": "show where the settings are and what is in force, or write a first file",
    "exchange": "run the embedded exchange as a server on loopback",
}
_FILES: Final = (options.RECORD, *options.DUMP)
_SCREEN: Final = (options.GROUP, *options.SETTINGS)
_OPTIONS: Final[dict[str, dict[str, tuple[Option[object], ...]]]] = {
    "view": {
        "source": options.SOURCE,
        "key and configuration": options.KEY,
        "files": _FILES,
        "session": options.SESSION,
        "screen": _SCREEN,
    },
    "stream": {
        "source": options.SOURCE,
        "key and configuration": options.KEY,
        "files": _FILES,
        "session": options.SESSION,
        "samples": options.SAMPLES,
    },
    "record": {
        "source": options.LIVE_SOURCE,
        "key and configuration": options.KEY,
        "files": (options.OUTPUT, options.FORCE),
        "session": (*options.SESSION, options.FOR),
    },
    "replay": {
        "files": (options.CONFIG, *options.DUMP),
        "session": (options.SPEED, *options.SESSION),
        "screen": _SCREEN,
    },
}
"""By command, and by their title in ``--help``."""


def _add_run(parser: argparse.ArgumentParser, name: str) -> None:
    if name == "replay":
        parser.add_argument(options.REPLAY.name, metavar="FILE", help="a recording; see docs/recordings.md")
    add_products(parser)
    for title, chosen in _OPTIONS[name].items():
        _add_group(parser, title, chosen)


def _add_group(parser: argparse.ArgumentParser, title: str, chosen: tuple[Option[object], ...]) -> None:
    group = parser.add_argument_group(title)
    add_options(group, chosen)
    if options.TIME not in chosen:
        return
    group.add_argument(
        "--local-time", dest=options.TIME.name, action="store_const", const="local", help="short for --time local"
    )


_MODULES: Final = {
    "inspect": "depthview.analysis.inspect_command",
    "export": "depthview.analysis.export_command",
    "doctor": "depthview.doctor.command",
    "auth": "depthview.auth.command",
    "config": "depthview.config.command",
    "exchange": "depthview.exchange.command",
}
"""Commands with a module of their own, which has ``add_arguments`` and ``run``."""


def _add_module(parser: argparse.ArgumentParser, name: str) -> Run:
    command = import_module(_MODULES[name])
    command.add_arguments(parser)
    if name == "config":
        _add_group(parser, "screen", options.SETTINGS)
        return lambda args: int(command.run(args, _color_warning))
    run: Run = command.run
    return _with_key_file(run) if name in ("doctor", "auth") else run


def _color_warning(theme: str, colors: OwnColors) -> str:
    # Textual takes its time to load, and no other command without a screen needs it.
    from depthview.ui.themes import doubt_of_sides_on

    return doubt_of_sides_on(theme, colors)


def _with_key_file(run: Run) -> Run:
    def run_it(args: argparse.Namespace) -> int:
        args.configured_key_file = configuration_of(args, remembered=False).key_file
        return run(args)

    return run_it


def run_options(args: argparse.Namespace, configuration: Configuration) -> RunOptions:
    """The options of ``view``, ``stream``, ``record`` or ``replay``.

    Args:
        args: The parsed command line, for what it says of keys.
        configuration: Of the same command line.

    Raises:
        UsageError: Options that contradict each other.
    """
    from depthview.config.load import ValueSource
    from depthview.config.run_options import CredentialOptions, ReplaySource, RunOptions, StreamOptions

    value = configuration.value
    args.configured_key_file = configuration.key_file
    products, source = configuration.sourced(options.PRODUCTS), _source(configuration)
    if products.source is ValueSource.FLAG or not (value(options.DEMO) or isinstance(source, ReplaySource)):
        chosen = value(options.PRODUCTS)
    else:  # what a recording holds or the demo trades does not depend on the products that one usually watches
        chosen = options.DEFAULT_PRODUCTS if value(options.DEMO) else ()
    return RunOptions(
        source=source,
        products=chosen,
        credentials=key_options(args) if hasattr(args, "key_file") else CredentialOptions(),
        record=value(options.RECORD) or value(options.OUTPUT),
        dump_book=value(options.DUMP_BOOK),
        include_untrusted=value(options.INCLUDE_UNTRUSTED),
        force=value(options.FORCE),
        group=value(options.GROUP),
        log_file=value(options.LOG_FILE),
        sequence_scope=value(options.SEQUENCE_SCOPE),
        renew=not value(options.NO_RENEW),
        rest=not value(options.NO_REST),
        correct_clock=value(options.CLOCK_OFFSET) == "auto",
        report=value(options.REPORT),
        stream=StreamOptions(value(options.DEPTH), value(options.EVERY), value(options.FOR), value(options.COUNT)),
    )


def _source(configuration: Configuration) -> FeedSource:
    from depthview.config.run_options import DemoSource, LiveSource, ReplaySource

    value = configuration.value
    faults, replay, speed = value(options.FAULT), value(options.REPLAY), value(options.SPEED)
    if replay is None and speed != options.SPEED.default:
        raise UsageError("--speed requires --replay FILE")
    if faults and not value(options.DEMO):
        raise UsageError("--fault requires --demo")
    if replay is not None:
        return ReplaySource(replay, speed)
    return DemoSource(faults) if value(options.DEMO) else LiveSource(value(options.URL))
