"""How values are read: from TOML, where they have types, and from flags and variables, where all is text.

A reader returns the value or raises :class:`Unfit`, whose message is a phrase to stand after the setting's name.
"""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from depthview.config.options import parse_products
from depthview.core.text import plain_text
from depthview.errors import UsageError
from depthview.preferences.display import Threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

    E = TypeVar("E", bound=StrEnum)

_PLAIN_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?")
_SWITCH: Final = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}
_IMBALANCE: Final = re.compile(r"([0-9]{1,6}) ?(levels?|bps)")
_NEAR: Final = 0.6
"""Likeness from which a name is offered in place of another; below it the offer would be a riddle."""
_LONGEST: Final = 40


class Unfit(Exception):
    """A value that a setting cannot have; the message says why, and what would do."""


class Imbalance(NamedTuple):
    """What the imbalance is measured over: one of the two is 0."""

    levels: int
    bps: int

    def __str__(self) -> str:
        return f"{self.bps} bps" if self.bps else f"{self.levels} levels"


def shown(value: object) -> str:
    """A value in quotes, cut short, with everything escaped that a terminal might obey."""
    text = value if isinstance(value, str) else _toml_word(value)
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return repr(cut) if isinstance(value, str) else plain_text(cut, _LONGEST + 1)


def _toml_word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else str(value)


def nearest(name: str, known: Iterable[str]) -> str:
    """`` - did you mean ...?`` or nothing, where nothing known is near enough."""
    found = get_close_matches(name.lower(), list(known), n=1, cutoff=_NEAR)
    return f": did you mean {found[0]}?" if found else ""


def one_of(kind: type[E]) -> Callable[[object], E]:
    """A reader of the words of an enumeration."""

    def read(value: object) -> E:
        words = [member.value for member in kind]
        if isinstance(value, str) and value.strip().lower() in words:
            return kind(value.strip().lower())
        near = nearest(value, words) if isinstance(value, str) else ""
        raise Unfit(f"{shown(value)} is none of {', '.join(words)}{near}")

    return read


def switch(value: object) -> bool:
    """``true`` or ``false``; as text also on, off, yes, no, 1, 0."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _SWITCH:
        return _SWITCH[value.strip().lower()]
    raise Unfit(f"{shown(value)} is neither true nor false")


def optional_switch(value: object) -> bool | None:
    """As :func:`switch`, or ``auto`` for None: depthview decides."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return None
    try:
        return switch(value)
    except Unfit:
        raise Unfit(f"{shown(value)} is none of true, false, auto") from None


def whole(least: int, most: int) -> Callable[[object], int]:
    """A reader of whole numbers in a range."""

    def read(value: object) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value.strip()):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise Unfit(f"{shown(value)} is not a whole number from {least} to {most}")
        return number

    return read


def number_above_zero(value: object) -> Decimal:
    """A plain decimal number above 0, exactly as written."""
    text = str(value).strip() if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else ""
    if not _PLAIN_NUMBER.fullmatch(text) or not (number := Decimal(text)):
        raise Unfit(f"{shown(value)} is not a plain number above 0, such as 0.5 or 10")
    return number


def size_or(word: str) -> Callable[[object], Decimal | None]:
    """A reader of sizes above 0; ``word``, or 0, stands for None."""

    def read(value: object) -> Decimal | None:
        text = str(value).strip().lower()
        if text == word or (not isinstance(value, bool) and text == "0"):
            return None
        try:
            return number_above_zero(value)
        except Unfit:
            raise Unfit(f"{shown(value)} is neither a size above 0, such as 0.5 or 10, nor {word}") from None

    return read


def _threshold(value: object) -> Threshold | None:
    """A size above 0 in base currency, or with ``quote`` after it in quote currency; None for anything else."""
    text = str(value).strip().lower()
    number, word, rest = text.partition("quote")
    try:
        return None if rest else Threshold(number_above_zero(number if word else value), bool(word))
    except Unfit:
        return None


def threshold_or(word: str) -> Callable[[object], Threshold | None]:
    """A reader of sizes in either currency; ``word``, or 0, stands for None."""

    def read(value: object) -> Threshold | None:
        text = str(value).strip().lower()
        if text == word or (not isinstance(value, bool) and text == "0"):
            return None
        found = _threshold(value)
        if found is None:
            raise Unfit(f'{shown(value)} is neither a size above 0, such as 0.5 or "10000 quote", nor {word}')
        return found

    return read


def word_or_threshold(kind: type[E]) -> Callable[[object], E | Threshold]:
    """A reader of the words of an enumeration, or of a size in either currency."""
    named = one_of(kind)

    def read(value: object) -> E | Threshold:
        if isinstance(value, str) and value.strip()[:1].isalpha():
            return named(value)
        found = _threshold(value)
        if found is None:
            words = ", ".join(member.value for member in kind)
            raise Unfit(f'{shown(value)} is none of {words}, nor a size above 0, such as 0.5 or "10000 quote"')
        return found

    return read


def imbalance(value: object) -> Imbalance:
    """``10 levels`` or ``25 bps``."""
    match = _IMBALANCE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or not (number := int(match[1])):
        raise Unfit(f'{shown(value)} is neither levels nor basis points, such as "10 levels" or "25 bps"')
    return Imbalance(0, number) if match[2] == "bps" else Imbalance(number, 0)


def products(value: object) -> tuple[str, ...]:
    """Product names: a list of texts, or one text with spaces or commas."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Unfit(f'{shown(value)} is not a list of products, such as ["BTC-USD", "ETH-USD"]')
    try:
        found = parse_products(words)
    except UsageError as refusal:
        raise Unfit(str(refusal)) from None
    if not found:
        raise Unfit("is empty: name a product, or leave the line out")
    return found


def path(value: object) -> str:
    """A file's path. A wrong value is not repeated: somebody may have put there what the file should hold."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or "-----" in value:
        raise Unfit("is not the path of a file (the key itself does not belong here)")
    return value.strip()


def theme(value: object) -> str:
    """The name of a theme of ours or of Textual's."""
    from depthview.preferences.colors import OWN_THEMES, TEXTUAL_THEMES

    known = [*OWN_THEMES, *TEXTUAL_THEMES]
    if isinstance(value, str) and value.strip().lower() in known:
        return value.strip().lower()
    near = nearest(value, known) if isinstance(value, str) else ""
    there_are = f": there are {', '.join(OWN_THEMES)}, and all of Textual's"
    raise Unfit(f"{shown(value)} is no theme{near or there_are}")
