"""A short soak for every run of the suite; `make soak` has the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depthview.exchange.faults.catalogue import CATALOGUE, parse
from tools.soak.flood import flood
from tools.soak.fuzz import fuzz
from tools.soak.mix import Resources, SoakFailure, assert_no_growth, soak
from tools.soak.plan import FAULTS, Plan
from tools.soak.tap import Tap

if TYPE_CHECKING:
    from pathlib import Path


def test_the_plan_has_every_fault_and_can_be_made_again() -> None:
    assert set(FAULTS) == {fault.name for fault in CATALOGUE}
    plans = [Plan(7, 14.0), Plan(7, 14.0)]
    rounds = [[plan.round() for _ in range(200)] for plan in plans]
    assert rounds[0] == rounds[1]
    assert rounds[0] != [Plan(8, 14.0).round() for _ in range(200)]
    for text in {text for faults in rounds[0] for text in faults}:
        parse(text, scripted=False)


async def test_twenty_seconds_of_all_faults_end_with_true_books(tmp_path: Path) -> None:
    account = await soak(12.0, 7, tmp_path, longest=1.5)
    assert account.rounds >= 3
    assert "all books equal" in account.lines[0]


def test_five_thousand_damaged_frames_do_no_harm() -> None:
    done = fuzz(5_000, 1)
    assert done.frames >= 5_000
    assert done.trusted > 500
    assert min(done.rules.values()) > 0


def test_keys_are_answered_under_a_flood(tmp_path: Path) -> None:
    answers = flood(2.5, tmp_path, rate=800)
    assert len(answers.waits) >= 3
    assert not any(answers.trouble)
    assert answers.frames > 800 * 3
    assert answers.waits[0].own <= answers.waits[0].whole < 0.5


def test_growth_is_told_from_standing_still() -> None:
    still = [Resources(13, 60_000 + n % 3, 900_000 + n % 7) for n in range(40)]
    assert_no_growth(still)
    with pytest.raises(SoakFailure, match="memory_kb grew from"):
        assert_no_growth([Resources(13, 60_000 + 2_000 * n, 900_000) for n in range(40)])
    with pytest.raises(SoakFailure, match="blocks grew from"):
        assert_no_growth([Resources(13, 60_000, 900_000 + 9_000 * n) for n in range(40)])


@pytest.mark.parametrize(
    ("numbers", "counts"),
    [
        ([0, 1, 2], {}),
        ([0, 3, 4], {"gaps": 1, "missed": 2}),
        ([0, 2, 1, 3], {"gaps": 1, "missed": 1, "out_of_order": 1}),
        ([0, 1, 1, 2], {"duplicates": 1}),
        ([5, 6, 0, 1], {"resets": 1}),
        ([9, 3, 4, 5, 6], {"out_of_order": 1, "resets": 1}),
        ([0, 1, 2, 10**40, -1, 3], {}),
    ],
)
def test_the_second_opinion(numbers: list[int], counts: dict[str, int]) -> None:
    tap = Tap()
    for place, number in enumerate(numbers):
        tap.arrived(b'{"channel":"x","sequence_num":%d,"place":%d}' % (number, place))
    assert tap.counts == counts
    tap.arrived(b'{"channel":"x","sequence_num":%d,"place":%d}' % (numbers[-1], len(numbers) - 1))
    assert tap.counts["duplicates"] == counts.get("duplicates", 0) + 1
