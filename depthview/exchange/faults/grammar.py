"""``NAME[:KEY=VALUE,...]`` read into an order that can be obeyed, or refused in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.errors import UsageError
from depthview.exchange.faults.catalogue import CATALOGUE, COMMON_KEYS, FaultDescription
from depthview.exchange.faults.keys import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.faults.keys import Key, Value

_BY_NAME: Final = {fault.name: fault for fault in CATALOGUE}


@dataclass(frozen=True, slots=True)
class When:
    """When a fault strikes."""

    after: float | None
    """Seconds from the first connection; None for at once."""
    at: int | None = None
    """Instead: at the frame of this number."""
    frame: int | None = None
    """Instead: at the so-manieth frame that a connection is sent, from 1."""
    every: float = 0.0
    """Seconds between strikes, 0 for a single one."""
    is_random: bool = False
    """Whether those seconds are an average."""
    times: int | None = 1
    """Strikes in all; None for no end."""

    @property
    def is_by_frame(self) -> bool:
        """Whether it waits for a frame and not for a time."""
        return self.at is not None or self.frame is not None


@dataclass(frozen=True, slots=True)
class Order:
    """One fault as it was asked for."""

    fault: FaultDescription
    settings: Settings
    when: When
    product: str = ""
    """Touch only this one; empty for all."""
    channel: str = ""
    """By the name that frames carry; empty for all."""
    connection: int | None = None
    """Only this connection, from 1."""
    given: tuple[tuple[str, str], ...] = ()
    """Keys that were written, as written."""

    @property
    def keys(self) -> dict[str, str]:
        """The fault's own keys with their values, and those of the common ones that were written."""
        return self.settings.texts() | dict(self.given)


def parse(text: str, *, scripted: bool) -> Order:
    """The order in a text.

    Args:
        text: ``NAME[:KEY=VALUE,...]``; hyphens do for underscores in a name.
        scripted: Whether a fault that does not say when waits for its own time; else it strikes at once.

    Raises:
        UsageError: It is none; one line with the nearest name that there is.
    """
    name, _, rest = text.partition(":")
    fault = _BY_NAME.get(name.strip().replace("-", "_"))
    if fault is None:
        raise UsageError(f"no fault is called {_quoted(name)}{_nearest(name, _BY_NAME)}")
    known = {key.name: key for key in (*COMMON_KEYS, *fault.keys)}
    given = _given(fault, rest, known)
    values = {name: _value(fault, known[name], written) for name, written in given.items()}
    own = {key.name: values[key.name] if key.name in values else key.read(key.default) for key in fault.keys}
    common = {name: value for name, value in values.items() if name not in own}
    channel = str(common.get("channel", ""))
    return Order(
        fault,
        Settings(own),
        _when(fault, common, scripted=scripted),
        str(common.get("product", "")).upper(),
        "l2_data" if channel == "level2" else channel,
        int(common["connection"]) if "connection" in common else None,
        tuple(given.items()),
    )


def _given(fault: FaultDescription, text: str, known: dict[str, Key]) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals:
            raise UsageError(f"fault {fault.name}: {_quoted(part)} is not KEY=VALUE")
        if name not in known:
            raise UsageError(f"fault {fault.name} has no key {_quoted(name)}{_nearest(name, known)}")
        if name in given:
            raise UsageError(f"fault {fault.name}: {name} is given twice")
        given[name] = value.strip()
    return given


def _value(fault: FaultDescription, key: Key, text: str) -> Value:
    try:
        return key.read(text)
    except ValueError as fault_in_it:
        raise UsageError(f"fault {fault.name}: {key.name}={_quoted(text)} is not {fault_in_it}") from None


def _when(fault: FaultDescription, common: dict[str, Value], *, scripted: bool) -> When:
    ways = [name for name in ("after", "at", "frame") if name in common]
    if len(ways) > 1 and ways != ["after"]:
        raise UsageError(f"fault {fault.name}: {ways[0]} and {ways[1]} exclude each other")
    if "every" in common and "random" in common:
        raise UsageError(f"fault {fault.name}: every and random exclude each other")
    by_frame = "at" in common or "frame" in common
    every = float(common.get("every", common.get("random", 0.0)))
    if by_frame and every:
        raise UsageError(f"fault {fault.name}: every and random go with after, not with a frame")
    after = float(common["after"]) if "after" in common else fault.after
    return When(
        after if scripted or "after" in common else None,
        int(common["at"]) if "at" in common else None,
        int(common["frame"]) if "frame" in common else None,
        every,
        "random" in common,
        int(common["times"]) if "times" in common else (None if every else 1),
    )


_NEAR_ENOUGH: Final = 0.65
"""Of two names, by difflib's ratio: a slip of the finger is nearer than that, and another word is not."""


def _quoted(text: str) -> str:
    return f"{text[:60]!a}"


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # wanted for mistakes only

    found = get_close_matches(name.strip().lower().replace("-", "_"), list(known), 1, _NEAR_ENOUGH)
    return f": did you mean {found[0]}?" if found else ": `depthview exchange --help` lists them all"
