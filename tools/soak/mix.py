"""Viewer and exchange under a seeded mix of all faults, checked at every quiet point."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from depthview.core.text import duration
from depthview.session.statistics import share_of
from tests.support.viewer import viewer
from tests.support.waiting import until
from tools.soak.calm import calm
from tools.soak.plan import Plan
from tools.soak.tap import Tap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.viewer import Viewer

PRODUCTS: Final = ("ETH-USD", "BTC-USD", "XLM-EUR")
_SEQUENCE: Final = ("gaps", "missed", "duplicates", "out_of_order", "resets")
_LOSING: Final = frozenset({"dropped", "held", "replaced"})
"""What the exchange does to a frame whose number then does not come in its turn."""
_ENOUGH: Final = 16
"""Rounds from which on growth means something: what is bounded has filled up by the second quarter."""


class SoakFailure(Exception):
    """A check did not hold; the message has the seed's round and faults."""


@dataclass(frozen=True)
class Resources:
    """What the process holds at a quiet point."""

    handles: int
    memory_kb: int
    """Resident."""
    blocks: int
    """Allocated by Python."""

    @classmethod
    def now(cls) -> Resources:
        """After a collection, so that only what is really held counts."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE") // 1024
        return cls(len(os.listdir("/proc/self/fd")), memory, sys.getallocatedblocks())


@dataclass
class Account:
    """What a soak has seen."""

    seed: int
    rounds: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Numbered frames that the exchange kept from the client."""
    explained: int = 0
    """Numbers that the client missed, each of them in the exchange's file."""
    resources: list[Resources] = field(default_factory=list)
    wishes: int = 0
    """Resyncs that were wished for because nothing moved."""
    restarts: int = 0
    """Feeds started again after a final failure."""
    slowest: tuple[float, str] = (0.0, "")
    """The longest round, and its faults."""
    lines: list[str] = field(default_factory=list)
    """The account in words."""


async def soak(seconds: float, seed: int, folder: Path, *, longest: float = 14.0) -> Account:
    """Rounds of faults until the time is up.

    Args:
        seconds: For all rounds; the last one is finished.
        seed: Of the plan.
        folder: For the exchange's record.
        longest: Seconds that one fault lasts at most.

    Raises:
        SoakFailure: A check did not hold.
    """
    plan, tap, account = Plan(seed, longest), Tap(), Account(seed)
    async with viewer(PRODUCTS, folder / f"injected-{seed}.jsonl", options={"levels": 60, "rate": 80}) as running:
        running.session.arrived, running.session.began = tap.arrived, tap.began
        await running.synced()
        tap.counts.clear()
        # The connection was open before the tap was: it knows from here on.
        tap.counts.update(_counted(running))
        started = running.clock.monotonic()
        while running.clock.monotonic() - started < seconds:
            faults = plan.round()
            try:
                await _round(running, plan, tap, account, faults)
            except AssertionError as failure:
                raise SoakFailure(f"seed {seed}, round {account.rounds + 1}, {' '.join(faults)}: {failure}") from None
        assert_no_growth(account.resources)
        account.lines = _told(running, account)
    return account


async def _round(running: Viewer, plan: Plan, tap: Tap, account: Account, faults: Sequence[str]) -> None:
    began, opened = running.clock.monotonic(), running.session.connection.opened
    before = _counted(running)
    seen = Counter(tap.counts)
    tap.forget()
    running.entries.clear()
    running.records.clear()
    running.healed_within.clear()
    for fault in faults:
        running.exchange.provoke(fault)
        await asyncio.sleep(plan.pause())
    how = await calm(running)
    account.wishes += how.wishes
    account.restarts += how.restarts
    after = _counted(running)
    tapped = {name: tap.counts[name] - seen[name] for name in _SEQUENCE}
    moved = {name: after[name] - before[name] for name in _SEQUENCE}
    reconnected = running.session.connection.opened != opened
    _assert_counted(moved, tapped, reconnected=reconnected)
    _assert_explained(running.entries, tap, reconnected=reconnected, account=account)
    account.rounds += 1
    account.struck.update(fault.partition(":")[0] for fault in faults)
    account.slowest = max(account.slowest, (running.clock.monotonic() - began, " ".join(faults)))
    await _assert_handles(account)
    # Or most of a soak would be spent in waits that grow.
    running.backoff.good()


def _counted(running: Viewer) -> dict[str, int]:
    total = running.session.monitor.total()
    return {name: getattr(total, name) for name in _SEQUENCE}


def _assert_counted(moved: dict[str, int], tapped: dict[str, int], *, reconnected: bool) -> None:
    """The viewer counts what arrived, but for what a connection took with it before its numbering was known."""
    if reconnected:
        assert all(moved[name] <= tapped[name] for name in _SEQUENCE), f"counted {moved}, arrived {tapped}"
    else:
        assert moved == tapped, f"counted {moved}, arrived {tapped}"


def _assert_explained(entries: list[dict[str, Any]], tap: Tap, *, reconnected: bool, account: Account) -> None:
    """What did not arrive is what the exchange says that it kept back."""
    touched = [entry for entry in entries if entry["what"] == "frame" and entry["sequence"] is not None]
    if any(entry["fault"] == "reset" or (entry["action"], entry["sequence"]) == ("held", 0) for entry in touched):
        return  # numbers that fall back come twice, and a late 0 is a fall: only the counts can be compared
    lost = {entry["sequence"] for entry in touched if entry["action"] in _LOSING}
    for entry in touched:
        if entry["fault"] == "renumber":
            lost.add(entry["sequence"] - 1)
    assert tap.jumped <= lost, f"missed and not injected: {sorted(tap.jumped - lost)[:9]}"
    if not reconnected:
        unseen = lost - tap.jumped - tap.in_order
        assert not unseen, f"injected and not missed: {sorted(unseen)[:9]}"
    account.lost += len(lost)
    account.explained += len(tap.jumped)


async def _assert_handles(account: Account) -> None:
    """One connection is open, so there are as many handles as at the first quiet point."""
    if account.resources:
        first = account.resources[0].handles
        await until(lambda: len(os.listdir("/proc/self/fd")) <= first, f"{first} file handles", 10.0)
    account.resources.append(Resources.now())


def assert_no_growth(found: list[Resources]) -> None:
    """Fail where the last quarter of a soak holds more than the second.

    Raises:
        SoakFailure: It does.
    """
    if len(found) < _ENOUGH:
        return
    quarter = len(found) // 4
    early, late = found[quarter : 2 * quarter], found[-quarter:]
    for name, slack in (("blocks", 60_000), ("memory_kb", 24_000)):
        was, now = (median(getattr(each, name) for each in part) for part in (early, late))
        if now > was * 1.1 + slack:
            raise SoakFailure(f"{name} grew from {was:,.0f} in the second quarter to {now:,.0f} in the last")


def _told(running: Viewer, account: Account) -> list[str]:
    session, first, last = running.session, account.resources[0], account.resources[-1]
    total, counts = session.monitor.total(), session.statistics
    shares = ", ".join(f"{name} {share_of(share)}" for name, share in session.trusted_time.shares.items())
    return [
        f"soak, seed {account.seed}: {account.rounds} rounds in {duration(session.trusted_time.seconds)}, "
        f"{sum(account.struck.values())} faults of {len(account.struck)} kinds, "
        f"{session.rates.frames:,} frames; at every quiet point all books equal",
        f"time trusted: {shares}",
        f"gaps {total.gaps}, missed {total.missed:,}, duplicates {total.duplicates}, out of order "
        f"{total.out_of_order}, resets {total.resets}, bad frames {counts.bad_frames}, bad rows {counts.bad_rows}, "
        f"resyncs {session.subscriptions.resyncs}, reconnects {session.connection.opened - 1}",
        f"{account.lost:,} frames kept back by the exchange, {account.explained:,} numbers missed, all explained",
        f"memory {first.memory_kb // 1024} MB at the first quiet point, {last.memory_kb // 1024} MB at the last; "
        f"file handles {first.handles}, {last.handles}",
        f"{account.restarts} feeds started again after a refusal that was final, {account.wishes} resyncs wished for",
        f"longest round {duration(account.slowest[0])}: {account.slowest[1]}",
    ]
