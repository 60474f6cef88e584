"""Options as arguments of argparse, and what a command line says of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from depthview.config.options import FLAGS, PRODUCTS, Setting
from depthview.config.values import optional_switch, switch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.config.options import Option


def add_options(parser: argparse._ActionsContainer, options: Iterable[Option[object]]) -> None:
    """Give a parser or a group of it the flags of ``options``. A flag that is not given parses to None."""
    exclusive: dict[str, argparse._MutuallyExclusiveGroup] = {}
    for option in options:
        if isinstance(option, Setting) and not option.has_flag:
            continue
        target = parser
        if option.excludes:
            if option.excludes not in exclusive:
                exclusive[option.excludes] = parser.add_mutually_exclusive_group()
            target = exclusive[option.excludes]
        target.add_argument(option.flag, dest=option.name, **_details(option))


def _details(option: Option[object]) -> dict[str, Any]:
    if isinstance(option, Setting):
        if option.read in (switch, optional_switch):
            return {"action": argparse.BooleanOptionalAction, "help": option.help}
        return {"metavar": option.name.upper(), "help": f"{option.help} ({option.values})"}
    if option.read is switch:
        return {"action": "store_true", "default": None, "help": option.help}
    return {
        "action": "append" if option.repeated else "store",
        "metavar": option.metavar or None,
        "choices": option.choices or None,
        "required": option.required,
        "help": option.help,
    }


def add_products(parser: argparse.ArgumentParser) -> None:
    # Without a default, argparse calls them required wherever another argument is missing (Python 3.11 and 3.12).
    parser.add_argument(
        "products", nargs="*", default=(), metavar="PRODUCT", help="such as BTC-USD; spaces or commas, any case"
    )


def flags_of(args: argparse.Namespace) -> dict[str, object]:
    """What a parsed command line says of :data:`FLAGS` and of the products, by the option's name."""
    given = {option.name: getattr(args, option.name, None) for option in FLAGS}
    named = [word for word in getattr(args, PRODUCTS.name, ()) if word.replace(",", " ").strip()]
    return {name: value for name, value in {**given, PRODUCTS.name: named or None}.items() if value is not None}
