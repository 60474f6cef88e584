"""A share of the seeds in virtual time, and proof that the harness finds what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from depthview.core import trust
from depthview.protocol.subscriptions import Subscriptions
from depthview.session.numbering import Numbering
from depthview.session.session import MarketSession
from tests.harness.pending import HANDLED
from tests.harness.plan import plan
from tests.harness.virtual import VirtualRun, outcome

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize("seed", range(20))
def test_no_trusted_line_is_wrong_or_old_and_every_fault_is_healed(seed: int) -> None:
    found = VirtualRun(plan(seed, () if seed % 5 == 0 else HANDLED)).play()
    assert found.totals.trusted > 20
    assert found.fault_free or found.strikes
    assert found.untrusted_lines <= 0.001 * found.expected_lines or found.totals.lines < 1000


def test_the_same_seed_is_the_same_run() -> None:
    first, second = (VirtualRun(plan(3, HANDLED, seconds=30.0)).play() for _ in range(2))
    assert first == second


def _ignored(*_: object, **__: object) -> None:
    pass


def _resyncs_for_no_reason(session: MarketSession, now: float, unix: float) -> None:
    _tick(session, now, unix)
    if 30.0 < session.good_for() < 30.2:
        session.resync()


_tick: Final = MarketSession.tick


@pytest.mark.parametrize(
    ("defects", "kinds", "says"),
    [
        ([(Numbering, "_take", _ignored)], ("loss",), "never was so"),
        ([(trust, "SILENCE", 1e9), (trust, "OLDEST", 1e9)], ("stall", "half-open"), "ago; the last message came"),
        ([(trust, "LATE", 1e9), (trust, "OLDEST", 1e9)], ("narrow path",), "ago; the last message came"),
        ([(Subscriptions, "resync", _ignored)], ("loss",), "not healed within"),
        ([(MarketSession, "tick", _resyncs_for_no_reason)], (), "without a fault"),
    ],
    ids=["gaps ignored", "silence ignored", "age ignored", "no resync", "resync without a fault"],
)
def test_a_planted_defect_is_found(
    monkeypatch: pytest.MonkeyPatch, defects: list[tuple[object, str, object]], kinds: Iterable[str], says: str
) -> None:
    for defect in defects:
        monkeypatch.setattr(*defect)
    found = [outcome(seed, kinds) for seed in (1, 2, 6, 7)]
    told = [failure for failure in found if isinstance(failure, str)]
    assert any(says in failure for failure in told), told or "nothing was found"
    assert all(failure.startswith("seed ") for failure in told)
