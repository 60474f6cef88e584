"""Readers: what may be written for an option, whether typed by TOML or text from a flag or a variable.

A reader returns the value or raises :class:`InvalidValue`, whose message is a phrase that follows the option's name.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from depthview.core.text import is_product_id, plain_text
from depthview.errors import UsageError, did_you_mean
from depthview.preferences.colors import COLOR_NAMES, OWN_THEMES, TEXTUAL_THEMES
from depthview.preferences.display import Imbalance, Ladders, Threshold, TradeShare
from depthview.system.paths import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum
    from pathlib import Path

    E = TypeVar("E", bound=StrEnum)

T = TypeVar("T")

MAX_PRODUCTS: Final = 30
"""Products on level2 that one connection takes (reported: 30 pass, the 31st is refused)."""
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?")
_SWITCH: Final = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}
_IMBALANCE: Final = re.compile(r"([0-9]{1,6}) ?(levels?|bps)")
_HEX_COLOR: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_MAX_SHOWN: Final = 40


class InvalidValue(Exception):
    """A value that an option cannot have; the message says why, and what is accepted."""


def read_flag(flag: str, read: Callable[[object], T], value: object) -> T:
    """What ``read`` makes of a value from the command line.

    Args:
        flag: For the message; empty for a positional argument.
        read: A reader.
        value: As argparse has it.

    Raises:
        UsageError: The value is invalid.
    """
    try:
        return read(value)
    except InvalidValue as reason:
        raise UsageError(f"{flag} {reason}".lstrip()) from None


def shown(value: object) -> str:
    """A value in quotes, cut short, with everything escaped that a terminal might obey."""
    text = value if isinstance(value, str) else _toml_word(value)
    cut = text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
    return repr(cut) if isinstance(value, str) else plain_text(cut, _MAX_SHOWN + 1)


def _toml_word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else str(value)


def suggestion(value: object, known: Iterable[str]) -> str:
    """``: did you mean ...?`` where ``value`` is a text that is similar to a known name; else nothing."""
    return did_you_mean(value, known) if isinstance(value, str) else ""


def word(value: object) -> str:
    """A text as it stands, as argparse has checked it or as another module will."""
    return str(value)


def words(value: object) -> tuple[str, ...]:
    """The values of a flag that may be repeated."""
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def one_of(kind: type[E]) -> Callable[[object], E]:
    def read(value: object) -> E:
        known = [member.value for member in kind]
        if isinstance(value, str) and value.strip().lower() in known:
            return kind(value.strip().lower())
        raise InvalidValue(f"{shown(value)} is not one of {', '.join(known)}{suggestion(value, known)}")

    return read


def switch(value: object) -> bool:
    """``true`` or ``false``; as text also on, off, yes, no, 1, 0."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _SWITCH:
        return _SWITCH[value.strip().lower()]
    raise InvalidValue(f"{shown(value)} is neither true nor false")


def optional_switch(value: object) -> bool | None:
    """As :func:`switch`, or ``auto`` for None."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return None
    try:
        return switch(value)
    except InvalidValue:
        raise InvalidValue(f"{shown(value)} is not one of true, false, auto") from None


def whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value.strip()):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise InvalidValue(f"{shown(value)} is not a whole number from {least} to {most:,}")
        return number

    return read


def number_above_zero(value: object) -> Decimal:
    """A plain decimal number above 0, exactly as written."""
    text = str(value).strip() if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else ""
    if not _NUMBER.fullmatch(text) or not (number := Decimal(text)):
        raise InvalidValue(f"{shown(value)} is not a plain number above 0, such as 0.5 or 10")
    return number


def seconds(value: object) -> float:
    """Seconds above 0, as a plain decimal number."""
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise InvalidValue(f"{shown(value)} is not a number of seconds")
    if not (number := float(text)):
        raise InvalidValue(f"{shown(value)} is not above 0")
    return number


def speed(value: object) -> float | None:
    """Replay speed: ``10`` and ``0.5x`` are times real time; None for ``max``, as fast as possible."""
    text = str(value).strip().lower()
    if text == "max":
        return None
    number = text.removesuffix("x")
    if not _NUMBER.fullmatch(number) or not float(number):
        raise InvalidValue(f"{shown(value)} is neither a number above 0, such as 1, 10 or 0.5x, nor max")
    return float(number)


def _stands_for_none(value: object, none: str) -> bool:
    text = str(value).strip().lower()
    return text == none or (not isinstance(value, bool) and text == "0")


def size_or(none: str) -> Callable[[object], Decimal | None]:
    """A reader of sizes above 0; the word ``none``, or 0, stands for None."""

    def read(value: object) -> Decimal | None:
        if _stands_for_none(value, none):
            return None
        try:
            return number_above_zero(value)
        except InvalidValue:
            raise InvalidValue(f"{shown(value)} is neither a size above 0, such as 0.5 or 10, nor {none}") from None

    return read


def _threshold(value: object) -> Threshold | None:
    """A size above 0 in base currency, or in quote currency with ``quote`` after it; None for anything else."""
    number, quote, rest = str(value).strip().lower().partition("quote")
    try:
        return None if rest else Threshold(number_above_zero(number if quote else value), bool(quote))
    except InvalidValue:
        return None


def threshold_or(none: str) -> Callable[[object], Threshold | None]:
    """A reader of sizes in either currency; the word ``none``, or 0, stands for None."""

    def read(value: object) -> Threshold | None:
        if _stands_for_none(value, none):
            return None
        found = _threshold(value)
        if found is None:
            raise InvalidValue(f'{shown(value)} is neither a size above 0, such as 0.5 or "10000 quote", nor {none}')
        return found

    return read


def trade_filter(value: object) -> TradeShare | Threshold:
    if isinstance(value, str) and value.strip()[:1].isalpha():
        return one_of(TradeShare)(value)
    found = _threshold(value)
    if found is None:
        known = ", ".join(TradeShare)
        raise InvalidValue(f'{shown(value)} is neither one of {known} nor a size above 0, such as 0.5 or "10000 quote"')
    return found


def imbalance(value: object) -> Imbalance:
    """``10 levels`` or ``25 bps``."""
    match = _IMBALANCE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or not (number := int(match[1])):
        raise InvalidValue(f'{shown(value)} is neither levels nor basis points, such as "10 levels" or "25 bps"')
    return Imbalance(0, number) if match[2] == "bps" else Imbalance(number, 0)


def ladders(value: object) -> Ladders:
    return one_of(Ladders)(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def product(value: object) -> str:
    # ASCII is checked before upper(), which makes ASCII letters of others: "ß".upper() is "SS".
    if not isinstance(value, str) or not value.isascii() or not is_product_id(value.upper()):
        raise InvalidValue(f"{shown(value)} is not a product name: product names look like BTC-USD")
    return value.upper()


def product_list(value: object) -> tuple[str, ...]:
    """Product ids in the order given, each once; empty where none are named.

    Args:
        value: A text with spaces or commas between names, or a list of such texts.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise InvalidValue(f'{shown(value)} is not a list of products, such as ["BTC-USD", "ETH-USD"]')
    found = tuple(dict.fromkeys(product(name) for text in texts for name in re.split(r"[\s,]+", text) if name))
    if len(found) > MAX_PRODUCTS:
        raise InvalidValue(f"{len(found)} products were named: one connection takes {MAX_PRODUCTS} at most")
    return found


def products(value: object) -> tuple[str, ...]:
    """As :func:`product_list`, at least one."""
    found = product_list(value)
    if not found:
        raise InvalidValue("is empty: name a product, or leave the line out")
    return found


def file_path(value: object) -> Path:
    return user_path(str(value))


def path_text(value: object) -> str:
    """The path of a file. A wrong value is not repeated: it may be what the file should hold."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or "-----" in value:
        raise InvalidValue("is not the path of a file (the key itself does not belong here)")
    return value.strip()


def theme(value: object) -> str:
    known = [*OWN_THEMES, *TEXTUAL_THEMES]
    if isinstance(value, str) and value.strip().lower() in known:
        return value.strip().lower()
    there_are = f": there are {', '.join(OWN_THEMES)}, and all of Textual's"
    raise InvalidValue(f"{shown(value)} is not a theme{suggestion(value, known) or there_are}")


def color(value: object) -> str:
    """``#rgb``, ``#rrggbb`` or the name of a color, in lower case."""
    if not isinstance(value, str):
        raise InvalidValue(f'{shown(value)} is not a colour: write it in quotes, as "#56b4e9" or "orange"')
    text = value.strip().lower()
    if _HEX_COLOR.fullmatch(text) or text in COLOR_NAMES:
        return text
    near = "" if text.startswith("#") else suggestion(text, COLOR_NAMES)
    raise InvalidValue(f"{shown(value)} is not a colour{near or ': write it as #56b4e9, or as a name such as orange'}")
