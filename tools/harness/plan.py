"""What a seed stands for: the venue's traits, the products, the clocks, the network, and which faults may strike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tools.harness.chance import chance
from tools.harness.faults import KINDS
from tools.harness.venue import ALIASES, SHAPES, Traits

if TYPE_CHECKING:
    from collections.abc import Iterable

MINUTE: Final = 60.0


@dataclass(frozen=True)
class Plan:
    """One run."""

    seed: int
    traits: Traits
    books: tuple[str, ...]
    """The venue's, by the names of their data."""
    products: tuple[str, ...]
    """On show at first, by the names asked for."""
    kinds: tuple[str, ...]
    """Faults that may strike; none in a fault-free run."""
    storm: bool
    """Faults strike without waiting until the last one is healed."""
    delay: float
    """Seconds of the network path, each way."""
    seconds_per_frame: float
    """What the viewer needs for one."""
    viewer_clock_ahead: float
    every: float
    """Seconds between two lines of a product."""
    seconds: float = MINUTE

    @property
    def words(self) -> str:
        """In one line."""
        numbers = "per product" if self.traits.per_product else "per connection"
        faults = "no faults" if not self.kinds else "a storm of faults" if self.storm else "faults one at a time"
        return (
            f"seed {self.seed}: {', '.join(self.products)}; numbers {numbers}; {faults}; "
            f"delay {self.delay * 1000:.0f} ms, pace {self.traits.pace:g}, viewer's clock ahead by "
            f"{self.viewer_clock_ahead:g} s"
        )


def plan(seed: int, kinds: Iterable[str] | None = None, *, seconds: float = MINUTE) -> Plan:
    """The plan of a seed.

    Args:
        seed: One in five is free of faults, two in five are storms where ``kinds`` are not given.
        kinds: Faults that may strike, instead of all; an empty one for none.
        seconds: How long.
    """
    random = chance(seed)
    storm = seed % 5 in (3, 4)
    if kinds is None:
        kinds = () if seed % 5 == 0 else KINDS
    books = tuple(name for name in SHAPES if random.random() < 0.75) or ("BTC-USD",)
    names = [*books, *(name for name, label in ALIASES.items() if label in books)]
    products = tuple(random.sample(names, random.randint(1, min(5, len(names)))))
    traits = Traits(
        per_product=random.random() < 0.3,
        ack_first=random.random() < 0.3,
        client_id=random.random() < 0.5,
        pace=random.choice((0.5, 1.0, 1.0, 2.0, 5.0)),
        alias_has_own_snapshot=random.random() < 0.3,
        lists_products=random.random() < 0.8,
    )
    return Plan(
        seed=seed,
        traits=traits,
        books=books,
        products=products,
        kinds=tuple(kinds),
        storm=storm,
        delay=random.choice((0.001, 0.02, 0.05, 0.15)),
        seconds_per_frame=random.choice((0.0001, 0.0005, 0.002)),
        viewer_clock_ahead=random.choice((0.0, 0.0, 0.3, -2.0, 120.0, -4000.0)),
        every=random.choice((0.1, 0.2, 0.2, 0.3)),
        seconds=seconds,
    )
