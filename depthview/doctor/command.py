"""``depthview doctor``: check every step from the key to the first snapshot."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, TextIO

from depthview.auth.arguments import key_options
from depthview.config.arguments import add_options
from depthview.config.options import DEMO, KEY, URL
from depthview.errors import UsageError
from depthview.system.paths import config_folder
from depthview.system.stdout import standard_output, write_text

if TYPE_CHECKING:
    import argparse
    from contextlib import AsyncExitStack

    from depthview.clock import Clock
    from depthview.config.run_options import CredentialOptions
    from depthview.doctor.local_checks import Setup
    from depthview.doctor.report import StepResult

DEFAULT_PRODUCT: Final = "BTC-USD"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("products", nargs="*", metavar="PRODUCT", help=f"such as BTC-USD (default: {DEFAULT_PRODUCT})")
    add_options(parser, (URL, DEMO, *KEY))
    parser.add_argument(
        "--for", metavar="SECONDS", dest="for_seconds", default="5", help="how long to watch the feed (default 5)"
    )
    parser.add_argument("--rest", action="store_true", help="also ask REST for the key's rights (sends a REST token)")
    parser.add_argument("--json", action="store_true", help="one JSON document, safe to publish")


def run(args: argparse.Namespace, stdout: TextIO | None = None) -> int:
    """Run the checks.

    Args:
        args: What the arguments of :func:`add_arguments` parsed to.
        stdout: Where the results go; the process's own by default.

    Returns:
        The exit code: 0, 1 where something failed, 78 where configuration, key or its file did.

    Raises:
        UsageError: Arguments that do not go together.
    """
    from depthview.config.values import product_list, read_flag, seconds
    from depthview.system.event_loop import run as run_on_loop
    from depthview.system.logs import open_log

    options = key_options(args)
    if args.demo and options.explicit:
        raise UsageError("--demo uses a key of its own: remove the options that name one")
    products = read_flag("", product_list, args.products) or (DEFAULT_PRODUCT,)
    for_seconds = read_flag("--for", seconds, args.for_seconds)
    open_log(None)  # no log lines of libraries between the results
    return run_on_loop(_run(args, options, products, for_seconds, stdout or standard_output()))


async def _run(
    args: argparse.Namespace, options: CredentialOptions, products: tuple[str, ...], for_seconds: float, out: TextIO
) -> int:
    from contextlib import AsyncExitStack

    from depthview.clock import SystemClock
    from depthview.doctor.local_checks import check_setup, judge_terminal, terminal_facts, without_paths
    from depthview.doctor.network_checks import NetworkChecks
    from depthview.doctor.report import as_json, as_line, exit_code, summary

    results: list[StepResult] = []
    clock = SystemClock()
    facts = terminal_facts(out, os.environ)

    def tell(result: StepResult) -> None:
        results.append(without_paths(result, setup.key_path) if args.json else result)
        if not args.json:
            write_text(out, as_line(result, facts.columns))

    async with AsyncExitStack() as stack:
        if args.demo:
            setup = await _demo_setup(options, clock, stack)
        else:
            setup = check_setup(args.url, options, os.environ, config_folder(), clock)
        for result in (*setup.results, judge_terminal(facts)):
            tell(result)
        checks = NetworkChecks(setup, products, for_seconds, clock, tell, with_rest=args.rest)
        await checks.run(os.environ)
    write_text(out, as_json(results) if args.json else summary(results))
    return exit_code(results)


async def _demo_setup(options: CredentialOptions, clock: Clock, stack: AsyncExitStack) -> Setup:
    from depthview.auth.credentials import KEY_NAME_VARIABLE, KEY_SECRET_VARIABLE, from_environment
    from depthview.auth.endpoints import Endpoint
    from depthview.doctor.local_checks import demo_setup
    from depthview.exchange.keys import make_key
    from depthview.exchange.options import ExchangeOptions
    from depthview.exchange.server import Exchange

    key = make_key()
    exchange = await stack.enter_async_context(Exchange(ExchangeOptions(keys={key.name: key.public_key}), clock))
    credentials = None
    if not options.public:
        credentials = from_environment({KEY_NAME_VARIABLE: key.name, KEY_SECRET_VARIABLE: key.private_pem})
    return demo_setup(Endpoint.parse(exchange.url), credentials, clock)
