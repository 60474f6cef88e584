"""Totals over many seeds."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.harness.director import Result


class Summary:
    """What the seeds have shown so far."""

    def __init__(self) -> None:
        self.failures: Final[list[str]] = []
        """Each with its seed and story."""
        self._seeds = self._lines = self._trusted = self._strikes = 0
        self._fault_free = self._expected = self._untrusted = 0
        self._oldest = 0.0
        self._unknowable = 0
        self._healed: Final[dict[str, list[float]]] = defaultdict(list)

    def add(self, found: Result | str) -> None:
        """Take in a run's result, or its failure."""
        self._seeds += 1
        if isinstance(found, str):
            self.failures.append(found)
            return
        self._lines += found.totals.lines
        self._trusted += found.totals.trusted
        self._unknowable += found.totals.unknowable
        self._oldest = max(self._oldest, found.totals.oldest)
        self._strikes += found.strikes
        self._fault_free += found.fault_free
        self._expected += found.expected_lines
        self._untrusted += found.untrusted_lines
        for kind, seconds in found.healed.items():
            self._healed[kind] += seconds

    @property
    def trusted_share(self) -> float:
        """Of the lines of fault-free runs, from the first snapshot of their product on."""
        return 1.0 - self._untrusted / self._expected if self._expected else 1.0

    def lines(self) -> Iterator[str]:
        """In words."""
        yield (
            f"{self._seeds:,} seeds, {self._strikes:,} faults: {len(self.failures)} failed; {self._lines:,} lines, "
            f"{self._trusted:,} trusted and compared, the oldest over for {self._oldest:.2f} s"
        )
        if self._unknowable:
            yield f"{self._unknowable:,} of them on a path that was slow from the first message on: older, unknowably"
        if self._fault_free:
            yield (
                f"{self._fault_free:,} seeds without faults: trusted in {self.trusted_share:.3%} of {self._expected:,} "
                "lines from the first snapshot on"
            )
        for kind, seconds in sorted(self._healed.items()):
            yield (
                f"  {kind}: healed {len(seconds):,} times, within {median(seconds):.2f} s (median), "
                f"{max(seconds):.2f} s (longest)"
            )
