"""Every fault by name, their help, and the parser of ``NAME[:KEY=VALUE,...]``.

Cheap to import: the command line's help is made from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from depthview.errors import UsageError, did_you_mean
from depthview.exchange.faults import book, connection, content, handshake, products, sequence, subscriptions
from depthview.exchange.faults.fault import FaultDescription, FaultOrder, InjectedFault, When
from depthview.exchange.faults.parameters import FaultKey, seconds_of, text_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MODULES: Final = (sequence, connection, subscriptions, handshake, content, book, products)

CATALOGUE: Final[tuple[FaultDescription, ...]] = tuple(
    made_by.description
    for module in _MODULES
    for made_by in vars(module).values()
    if isinstance(made_by, type) and issubclass(made_by, InjectedFault) and "description" in vars(made_by)
)
"""All of them, in the order of the help."""

_BY_NAME: Final = {fault.name: fault for fault in CATALOGUE}

COMMON_KEYS: Final[dict[str, FaultKey[Any]]] = {
    "after": seconds_of(0),
    "at": whole(0, 0, 999_999_999),
    "frame": whole(1, 1, 999_999_999),
    "every": seconds_of(0, least=0.05),
    "random": seconds_of(0, least=0.1),
    "times": whole(1, 1, 1_000_000),
    "product": text_of(""),
    "channel": text_of(""),
    "connection": whole(1, 1, 1_000_000),
}
"""Keys of every fault. None of them has a default: what is not written does not hold."""

_COMMON_HELP: Final = (
    (
        "after=SECONDS",
        "when, counted from the first connection (default: 5; faults of a request or handshake: at once)",
    ),
    ("at=SEQ, frame=N", "instead: at the frame with this number, or at the Nth frame of a connection"),
    ("every=SECONDS", "repeat at this interval"),
    ("random=SECONDS", "repeat at random intervals, seeded, of half to one and a half times that"),
    ("times=N", "how often in all (default: 1; with every and random without end)"),
    ("product=, channel=", "touch only frames of these"),
    ("connection=N", "only the Nth connection (default: all that are open)"),
)


def help_text() -> str:
    """What ``--help`` says about faults: a line for each, its keys and their defaults at the end."""
    width = max(len(fault.name) for fault in CATALOGUE) + 2
    lines = ["faults (--fault NAME[:KEY=VALUE,...]), each with its keys and defaults in brackets:"]
    lines += [
        f"  {fault.name:{width}}{fault.help}" + (f" [{fault.usage}]" if fault.keys else "") for fault in CATALOGUE
    ]
    width = max(len(title) for title, _ in _COMMON_HELP) + 2
    lines += ["", "keys of every fault:", *(f"  {title:{width}}{text}" for title, text in _COMMON_HELP)]
    return "\n".join(lines)


def parse(text: str, *, scripted: bool) -> FaultOrder:
    """The order in a text.

    Args:
        text: ``NAME[:KEY=VALUE,...]``; a name may be written with hyphens.
        scripted: Whether a fault that does not say when waits for its default time; else it occurs at once.

    Raises:
        UsageError: It is not valid; one line with the nearest name.
    """
    name, _, rest = text.partition(":")
    fault = _BY_NAME.get(name.strip().replace("-", "_"))
    if fault is None:
        raise UsageError(f"no fault is called {_quoted(name)}{_meant(name, _BY_NAME)}")
    known = COMMON_KEYS | {key.name: key for key in fault.keys}
    given = _given(fault, rest, known)
    values = {key: _value(fault, key, known[key], written) for key, written in given.items()}
    own = {key.name: values[key.name] if key.name in values else key.read(key.default) for key in fault.keys}
    common = {key: value for key, value in values.items() if key not in own}
    channel = common.get("channel", "")
    return FaultOrder(
        fault,
        own,
        _when(fault, common, scripted=scripted),
        common.get("product", "").upper(),
        "l2_data" if channel == "level2" else channel,
        common.get("connection"),
        tuple(given.items()),
    )


def _given(fault: FaultDescription, text: str, known: Mapping[str, object]) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals:
            raise UsageError(f"fault {fault.name}: {_quoted(part)} is not KEY=VALUE")
        if name not in known:
            raise UsageError(f"fault {fault.name} has no key {_quoted(name)}{_meant(name, known)}")
        if name in given:
            raise UsageError(f"fault {fault.name}: {name} is given twice")
        given[name] = value.strip()
    return given


def _value(fault: FaultDescription, name: str, key: FaultKey[Any], text: str) -> Any:  # noqa: ANN401  # of the key
    try:
        return key.read(text)
    except ValueError as invalid:
        raise UsageError(f"fault {fault.name}: {name}={_quoted(text)} is not {invalid}") from None


def _when(fault: FaultDescription, common: Mapping[str, Any], *, scripted: bool) -> When:
    ways = [name for name in ("after", "at", "frame") if name in common]
    if len(ways) > 1:
        raise UsageError(f"fault {fault.name}: {ways[0]} and {ways[1]} exclude each other")
    if "every" in common and "random" in common:
        raise UsageError(f"fault {fault.name}: every and random exclude each other")
    every = common.get("every", common.get("random", 0.0))
    if every and ways and ways != ["after"]:
        raise UsageError(f"fault {fault.name}: every and random go with after, not with a frame")
    return When(
        common.get("after", fault.after if scripted else None),
        common.get("at"),
        common.get("frame"),
        every,
        "random" in common,
        common.get("times", None if every else 1),
    )


_NEAR_ENOUGH: Final = 0.65
"""Of two names, by difflib's ratio: a slip of the finger is nearer than that, and another word is not."""


def _quoted(text: str) -> str:
    return f"{text[:60]!a}"


def _meant(name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name.strip().replace("-", "_"), known, cutoff=_NEAR_ENOUGH)
    return near or ": `depthview exchange --help` lists them all"
