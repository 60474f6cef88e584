"""Every wire fault, provoked for real: detected, shown with its reason, logged, and recovered from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from depthview.exchange.faults.catalogue import CATALOGUE
from tests.faults.cases import WIRE, Case
from tests.faults.evidence import Evidence, gather, matches
from tests.faults.table import Line, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_OF_THE_FEED = {"permissions"}
"""What a REST address says of a key: tests/exchange/test_fault_handshake.py and tests/doctor/test_rest.py."""


@pytest.fixture(scope="module")
def evidence(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Evidence | Exception]:
    """Of all cases that this run has selected, which are provoked side by side."""
    selected: list[Case] = [
        item.callspec.params["case"]  # type: ignore[misc]  # of a kind that pytest keeps to itself
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
    ]
    return asyncio.run(gather(selected, tmp_path_factory.mktemp("injected")))


def test_no_fault_is_left_out() -> None:
    provoked = {fault.partition(":")[0] for case in WIRE for fault in case.faults}
    assert provoked == {fault.name for fault in CATALOGUE} - _NOT_OF_THE_FEED


@pytest.mark.parametrize("case", WIRE, ids=lambda case: case.name)
def test_a_fault_is_detected_shown_and_recovered_from(
    case: Case, evidence: Mapping[str, Evidence | Exception], table: list[Line]
) -> None:
    found = evidence[case.name]
    if isinstance(found, Exception):
        raise found
    table.append(line_of(found, case.meanwhile))
    _assert_counted(case, found.moved())
    _assert_shown(case, found.shown())
    for pattern in case.tells:
        assert any(matches(pattern, text) for text in found.log), (pattern, found.log)
    if case.final:
        assert case.final in found.ended
        return
    assert found.equal
    took = found.seconds_to_trust()
    if not case.shows:
        assert all(found.was_held_up(record) for record in found.doubted()), found.shown()
        return
    assert took is not None
    assert case.after <= took
    assert found.seconds_of_ours() <= case.within


def _assert_counted(case: Case, moved: dict[str, int]) -> None:
    for name in {*moved, *case.counts}:
        expected = case.counts.get(name, 0)
        least, most = expected if isinstance(expected, tuple) else (expected, expected)
        assert least <= moved.get(name, 0) <= most, (name, moved)


def _assert_shown(case: Case, shown: list[str]) -> None:
    left = iter(shown)
    for pattern in case.shows:
        assert any(matches(f"^{pattern}", words) for words in left), f"{pattern!r} not in order in {shown}"
