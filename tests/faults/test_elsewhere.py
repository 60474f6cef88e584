"""The table has a row for each of the 56 faults, and every test that it names exists."""

from __future__ import annotations

import pytest

from tests.faults.cases import WIRE
from tests.faults.elsewhere import ELSEWHERE, Proof
from tests.faults.table import Line
from tests.support.named_tests import exists


def test_every_row_is_proved() -> None:
    rows = {int(case.row) for case in WIRE if case.row.isdigit()} | set(ELSEWHERE)
    assert rows == set(range(1, 57))


@pytest.mark.parametrize(
    ("row", "proof"),
    [
        pytest.param(row, proof, id=f"{row}-{at}")
        for row, proofs in ELSEWHERE.items()
        for at, proof in enumerate(proofs)
    ],
)
def test_what_is_said_to_prove_a_row_exists(row: int, proof: Proof, table: list[Line]) -> None:
    assert [test for test in proof.tests if not exists(test)] == []
    table.append(Line(str(row), proof.how, "see there", " ".join(proof.tests), "see there"))


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert not exists("faults/test_elsewhere.py::test_nothing_of_the_kind")
    assert not exists("faults/no_such_file.py::test_every_row_is_proved")
