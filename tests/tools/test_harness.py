"""A share of the seeds in virtual time, and proof that the harness finds what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from depthview.coinbase.requests import SubscriptionState
from depthview.coinbase.subscriptions import Confirmations, Subscriptions
from depthview.core import sequence, verdict
from depthview.core.products import ProductNames
from depthview.core.sequence import SequenceFinding, SequenceMonitor
from depthview.core.ticker_check import TickerCheck
from depthview.session import intake
from depthview.session.liveness import Liveness
from depthview.session.session import MarketSession
from tools.harness.faults import KINDS
from tools.harness.plan import plan
from tools.harness.virtual import VirtualRun, outcome

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize("seed", range(20))
def test_no_trusted_line_is_wrong_or_old_and_every_fault_is_healed(seed: int) -> None:
    found = VirtualRun(plan(seed)).play()
    assert found.totals.trusted > 20
    assert found.fault_free or found.strikes
    assert found.untrusted_lines <= 0.001 * found.expected_lines or found.totals.lines < 1000


def test_the_same_seed_is_the_same_run() -> None:
    first, second = (VirtualRun(plan(3, seconds=30.0)).play() for _ in range(2))
    assert first == second


def _ignored(*_: object, **__: object) -> None:
    pass


def _resyncs_for_no_reason(session: MarketSession, now: float, unix: float) -> None:
    _tick(session, now, unix)
    if 30.0 < session.good_for() < 30.2:
        session.resync()


def _text_ignored(monitor: SequenceMonitor, number: int, product: str, _: int | None = None) -> bool:
    return _follows(monitor, number, product)


def _text_not_observed(
    monitor: SequenceMonitor, number: int, product: str, _: int | None = None
) -> list[SequenceFinding]:
    return _observe(monitor, number, product)


def _every_usdc_is_usd(_: ProductNames, name: str) -> str:
    return name.removesuffix("C") if name.endswith("-USDC") else name


_tick: Final = MarketSession.tick
_follows: Final = SequenceMonitor.follows
_observe: Final = SequenceMonitor.observe


@pytest.mark.parametrize(
    ("defects", "kinds", "says"),
    [
        ([(intake, "_take_finding", _ignored)], ("loss",), "never was so"),
        ([(verdict, "SILENCE", 1e9), (verdict, "OLDEST", 1e9)], ("stall", "half-open"), "ago; the last message came"),
        ([(verdict, "LATE", 1e9), (verdict, "OLDEST", 1e9)], ("narrow path",), "ago; the last message came"),
        (
            [(SequenceMonitor, "follows", _text_ignored), (SequenceMonitor, "observe", _text_not_observed)],
            ("number twice",),
            "nothing was made of it|never was so",
        ),
        (
            [
                (SequenceMonitor, "follows", _text_ignored),
                (SequenceMonitor, "observe", _text_not_observed),
                (sequence, "_RISING", 10**9),
            ],
            ("reset",),
            "never was so|ago; the last message came",
        ),
        ([(intake, "_doubt_left_out", _ignored)], ("odd frame",), "never was so"),
        (
            [(Confirmations, "acknowledged", lambda *_: [])],
            ("subscription dropped",),
            "nothing was made of it|over .* ago",
        ),
        (
            [
                (SubscriptionState, "refused", _ignored),
                (Subscriptions, "counts", lambda *_: True),
                (Subscriptions, "unproven", lambda _: []),
            ],
            ("snapshot before unsubscribing",),
            "over .* ago",
        ),
        ([(Liveness, "runs", _ignored), (Liveness, "has_not_run", _ignored)], ("viewer stops",), "over .* ago"),
        ([(ProductNames, "market_of", _every_usdc_is_usd)], ("product added",), "never was so|not healed within"),
        ([(TickerCheck, "disagrees", _ignored)], ("ticker contradicts",), "nothing was made of it"),
        ([(Subscriptions, "resync", _ignored)], ("loss",), "not healed within"),
        ([(MarketSession, "tick", _resyncs_for_no_reason)], (), "without a fault"),
    ],
    ids=[
        "gaps ignored",
        "silence ignored",
        "age ignored",
        "text ignored",
        "low numbers ignored",
        "left-out ignored",
        "drop ignored",
        "own unsubscribe ignored",
        "pauses ignored",
        "alias by name",
        "ticker ignored",
        "no resync",
        "resync without a fault",
    ],
)
def test_a_planted_defect_is_found(
    monkeypatch: pytest.MonkeyPatch, defects: list[tuple[object, str, object]], kinds: Iterable[str], says: str
) -> None:
    for defect in defects:
        monkeypatch.setattr(*defect)
    told = []
    for seed in (1, 2, 6, 7, 11, 12, 16, 17):
        found = outcome(seed, kinds)
        if isinstance(found, str):
            told.append(found)
            if re.search(says, found):
                break
    assert any(re.search(says, failure) for failure in told), told or "nothing was found"
    assert all(failure.startswith("seed ") for failure in told)


def test_the_page_on_the_harness_names_every_fault_and_its_time() -> None:
    page = (Path(__file__).parents[2] / "docs" / "harness.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        within = "- | yes" if kind.harmless else f"{kind.heals_within:g} s | "
        assert f"| {name} | {within} |" in page
