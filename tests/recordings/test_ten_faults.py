"""Ten scripted faults, ten files: each replays to its incident with exact books, and says what it was."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.analysis.inspect_command import add_arguments, run
from tests.support.agreement import assert_agreement
from tests.support.evidence import command
from tests.support.flights import BRIEF, PRODUCTS, flying, proved
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

TEN = (
    ("gap", "gap of 1 before"),
    ("reset", "numbers fell back to 0"),
    ("crossed:seconds=0.7,product=BTC-USD", "BTC-USD: best bid above best ask"),
    ("refuse_auth:times=1", "token refused"),
    ("stall:seconds=3.4", "no message for 3 s"),
    ("close:code=1012", "service restart"),
    ("truncated", ""),
    ("garbage:kind=json", "frame that cannot be read"),
    ("hostile_numbers:kind=nan,product=ETH-USD", "that cannot be applied"),
    ("heartbeat_stop:seconds=4", "heartbeats have stopped"),
)


@pytest.mark.parametrize(("fault", "told"), TEN, ids=[fault.partition(":")[0] for fault, _ in TEN])
async def test_a_fault_leaves_a_file(tmp_path: Path, fault: str, told: str) -> None:
    folder = tmp_path / "flights"
    # A silence is told of when it has lasted three seconds: what was before it lies further back, and what comes of it,
    # such as heartbeats that are late after the first data, comes after its end.
    plan = replace(BRIEF, before=3.8, after=1.5, every=0.5) if fault.startswith("stall") else BRIEF
    async with flying(folder, plan=plan) as flight:
        await flight.settled(2.0 if plan is not BRIEF else 0.9)
        flight.exchange.provoke(fault)
        if fault.startswith("refuse_auth"):
            assert flight.session.resync() is None
        await flight.finished()
        await until(lambda: flight.trusted, "trust again")
        secrets = [*flight.tokens]
    assert len(flight.files) == 1, flight.events()
    (path,) = flight.files
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700

    proof = proved(path, flight.tap.frames)
    assert proof.made == len(PRODUCTS)
    assert proof.before > 20
    assert proof.incidents
    assert told in proof.incidents[0]

    await assert_agreement(path)
    inspected = command(add_arguments, run, path, "--json")
    assert inspected.json["incidents"][0]["what"].startswith(proof.incidents[0][:60])
    assert inspected.json["made_frames"] == len(PRODUCTS)
    assert proof.incidents[0][:30] in command(add_arguments, run, path).out.partition("from  ")[0]

    text = gzip.decompress(path.read_bytes()).decode()
    assert "eyJ" not in text
    assert secrets
    for token in secrets:
        for part in token.split("."):
            assert not any(part[at : at + 8] in text for at in range(len(part) - 7))
    for line in text.splitlines():
        assert "jwt" not in json.loads(line).get("frame", "")
