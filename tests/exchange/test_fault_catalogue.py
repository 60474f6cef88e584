"""How faults are written, and what is said to those that are written wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depthview.clock import ManualClock
from depthview.errors import UsageError
from depthview.exchange.faults.catalogue import CATALOGUE, help_text, parse
from depthview.exchange.faults.fault import InjectedFault
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_keys_have_defaults_and_may_be_written() -> None:
    plain = parse("gap", scripted=True)
    assert (plain.fault.name, plain.values["count"], plain.keys) == ("gap", 1, {"count": "1"})
    written = parse("gap:count=3,product=eth-usd,channel=level2,connection=2", scripted=True)
    assert written.values["count"] == 3
    assert (written.product, written.channel, written.connection) == ("ETH-USD", "l2_data", 2)
    assert written.keys == {"count": "3", "product": "eth-usd", "channel": "level2", "connection": "2"}


def test_hyphens_do_for_underscores_and_texts_may_hold_colons_and_equals_signs() -> None:
    order = parse("product-error:text={product}: a=b [/]", scripted=False)
    assert (order.fault.name, order.values["text"]) == ("product_error", "{product}: a=b [/]")


def test_when_is_by_script_or_at_once() -> None:
    assert parse("gap", scripted=True).when.after == 5
    assert parse("handshake", scripted=True).when.after == 0
    assert parse("gap", scripted=False).when.after is None
    assert parse("gap:after=1.5", scripted=False).when.after == 1.5
    single, regular, irregular = (
        parse(text, scripted=True).when for text in ("gap", "gap:every=2", "gap:random=2,times=4")
    )
    assert (single.times, regular.times, irregular.times) == (1, None, 4)
    assert (regular.every, regular.is_random, irregular.every, irregular.is_random) == (2, False, 2, True)
    assert parse("gap:at=7", scripted=True).when.at == 7
    assert parse("gap:frame=7", scripted=True).when.is_by_frame


def test_times_of_a_fault_of_the_door_are_handshakes_and_not_strikes() -> None:
    order = parse("handshake:times=3", scripted=True)
    assert (order.values["times"], order.when.times) == (3, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gpa", "no fault is called 'gpa': did you mean gap?"),
        ("half-opne", "did you mean half_open?"),
        ("", "no fault is called '': `depthview exchange --help` lists them all"),
        ("disconnect", "no fault is called 'disconnect': `depthview exchange --help` lists them all"),
        ("reconnect", "no fault is called 'reconnect': `depthview exchange --help` lists them all"),
        ("latency", "no fault is called 'latency': `depthview exchange --help` lists them all"),
        ("gap:banana=1", "fault gap has no key 'banana': `depthview exchange --help` lists them all"),
        ("\x1b[2Jxyzzy", r"no fault is called '\x1b[2Jxyzzy'"),
        ("gap:cuont=1", "fault gap has no key 'cuont': did you mean count?"),
        ("gap:count", "fault gap: 'count' is not KEY=VALUE"),
        ("gap:count=1,count=2", "count is given twice"),
        ("gap:count=0", "count='0' is not a whole number from 1 to 10000"),
        ("gap:count=١", "is not a whole number"),
        ("gap:count=1_0", "is not a whole number"),
        ("stall:seconds=nan", "is not seconds from 0 to 86400"),
        ("stall:seconds=-1", "is not seconds from 0 to 86400"),
        ("hang:seconds=61", "is not seconds from 0 to 60"),
        ("close:code=1005", "is not a close code"),
        ("close:code=1015", "is not a close code"),
        ("close:reason=" + "x" * 121, "is not a printable text of 120 bytes at most"),
        ("close:reason=a\nb", "is not a printable text"),
        ("one_sided:missing=ask", "is not one of bid, offer"),
        ("gap:at=1,frame=1", "at and frame exclude each other"),
        ("gap:after=1,at=1", "after and at exclude each other"),
        ("gap:every=1,random=1", "every and random exclude each other"),
        ("gap:at=1,every=1", "every and random go with after"),
    ],
)
def test_what_is_written_wrongly_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(text, scripted=True)
    assert words in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_product_must_be_traded_and_an_alias_will_do() -> None:
    options = ExchangeOptions(products=("ETH-USD",), levels=10, faults=("gap:product=NOPE-USD",))
    with pytest.raises(UsageError, match="fault gap: the exchange does not trade 'NOPE-USD'"):
        Exchange(options, ManualClock())
    exchange = Exchange(
        ExchangeOptions(products=("ETH-USD",), levels=10, faults=("gap:product=eth-usdc",)), ManualClock()
    )
    with pytest.raises(UsageError, match="no fault is called"):
        exchange.provoke("nope")


def test_every_fault_has_a_line_of_help() -> None:
    lines = help_text().splitlines()
    for fault in CATALOGUE:
        (line,) = (line for line in lines if line.split()[:1] == [fault.name])
        assert fault.help in line
        assert all(f"{key.name}={key.default}" in line for key in fault.keys)
    assert len({fault.name for fault in CATALOGUE}) == len(CATALOGUE) > 30
    assert all(fault.help and "\n" not in fault.help for fault in CATALOGUE)


def _subclasses(of: type[InjectedFault]) -> Iterator[type[InjectedFault]]:
    for one in of.__subclasses__():
        yield one
        yield from _subclasses(one)


def test_every_class_of_a_fault_is_in_the_catalogue() -> None:
    named = {
        one
        for one in _subclasses(InjectedFault)
        if one.__module__ != InjectedFault.__module__ and one.__name__[0] != "_"
    }
    assert named == {fault.made_by for fault in CATALOGUE}


def test_defaults_can_be_written() -> None:
    for fault in CATALOGUE:
        given = parse(f"{fault.name}:{fault.usage}" if fault.keys else fault.name, scripted=True)
        assert given.values == parse(fault.name, scripted=True).values
