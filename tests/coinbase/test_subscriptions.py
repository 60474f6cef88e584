"""The desk that all messages pass over, driven by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.coinbase.requests import PRODUCT_CHANNELS, Action, Answer, Outcome, Request
from depthview.coinbase.subscriptions import Subscriptions

LIFE = 120.0
TOKEN = (LIFE, LIFE)
REFUSED = "authentication failure"


@dataclass
class Desk:
    """Subscriptions, the clock, and what has gone out as ``action channel products`` (``!`` with a token)."""

    desk: Subscriptions
    now: float = 1000.0
    log: list[tuple[float, str]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def pump(self, seconds: float = 0.0, step: float = 0.25) -> list[str]:
        """Let time pass, send what is due, and give what was sent."""
        until = self.now + seconds
        sent: list[str] = []
        while True:
            self.outcomes += self.desk.tick(self.now)
            for request in self.desk.drain(self.now):
                self.desk.sent(request, self.now, TOKEN if request.signed else None)
                self.requests.append(request)
                words = [request.action.value, request.channel, ",".join(request.products), "!" * request.signed]
                sent.append(" ".join(word for word in words if word))
                self.log.append((self.now, sent[-1]))
            if self.now >= until:
                return sent
            self.now = min(until, self.now + step)

    def level2(self) -> list[str]:
        return [line for _, line in self.log if " level2" in line]


def _desk(*products: str, signed: bool = False, renew: bool = True) -> Desk:
    desk = Desk(Subscriptions(signed=signed, renew=renew))
    for product in products:
        desk.desk.add(product)
    return desk


def _open(*products: str, signed: bool = False, answered: bool = True) -> Desk:
    """A connection on which all that was asked has been acknowledged, and every book has come."""
    desk = _desk(*products, signed=signed)
    desk.desk.opened()
    desk.pump()
    if answered:
        _confirm(desk, *products)
        for product in products:
            desk.desk.snapshot(product)
        desk.pump(1)
    desk.log.clear()
    return desk


def _set(*products: str) -> dict[str, list[str]]:
    return {"heartbeats": ["heartbeats"], **{channel: list(products) for channel in PRODUCT_CHANNELS}}


def _confirm(desk: Desk, *products: str) -> None:
    for _ in range(1 + len(PRODUCT_CHANNELS)):
        desk.desk.acknowledged(_set(*products))


def test_opening_asks_for_heartbeats_first_and_then_for_what_the_ladder_waits_for() -> None:
    desk = _desk("BTC-USD", "ETH-USD")
    assert desk.pump(1) == []
    desk.desk.opened()
    assert desk.pump() == [
        "subscribe heartbeats",
        "subscribe level2 BTC-USD,ETH-USD",
        "subscribe market_trades BTC-USD,ETH-USD",
        "subscribe ticker BTC-USD,ETH-USD",
        "subscribe status BTC-USD,ETH-USD",
    ]


def test_a_new_connection_asks_for_everything_anew() -> None:
    desk = _open("BTC-USD")
    desk.desk.closed()
    assert desk.pump(3) == []
    assert (desk.desk.confirmations.asked(), desk.desk.confirmations.confirmed()) == ((), ())
    desk.desk.opened()
    assert len(desk.pump()) == 5
    assert not desk.desk.states["BTC-USD"].answered


def test_products_come_and_go_on_an_open_connection() -> None:
    desk = _open("BTC-USD")
    desk.pump(1.5)
    desk.desk.add("ETH-USD")
    desk.desk.add("ETH-USD")
    assert desk.pump() == [f"subscribe {channel} ETH-USD" for channel in PRODUCT_CHANNELS]
    desk.desk.remove("BTC-USD")
    desk.desk.remove("BTC-USD")
    assert desk.pump(1.5) == [f"unsubscribe {channel} BTC-USD" for channel in PRODUCT_CHANNELS]
    assert list(desk.desk.states) == ["ETH-USD"]


def test_products_that_come_and_go_while_closed_are_no_messages() -> None:
    desk = _desk("BTC-USD")
    desk.desk.add("ETH-USD")
    desk.desk.remove("BTC-USD")
    desk.desk.opened()
    assert desk.pump()[1] == "subscribe level2 ETH-USD"


def test_a_shared_book_is_kept_until_its_last_name_goes() -> None:
    desk = _open("BTC-USD", "BTC-USDC")
    desk.desk.remove("BTC-USDC", shared=True)
    assert desk.pump(1) == []
    desk.desk.remove("BTC-USD")
    assert desk.pump(1) == [f"unsubscribe {channel} BTC-USD,BTC-USDC" for channel in PRODUCT_CHANNELS]
    assert desk.desk.confirmations.asked() == ("heartbeats",)


# --- answers -----------------------------------------------------------------------------------------------------


def test_answers_belong_to_messages_by_content_and_else_by_order() -> None:
    desk = _desk("BTC-USD")
    desk.desk.opened()
    desk.pump()
    order = []
    # The first acknowledgement shows trades only, although heartbeats and level2 went out before.
    for shown in ({"market_trades": ["BTC-USD"]}, {"market_trades": ["BTC-USD"], "heartbeats": ["heartbeats"]}):
        outcome = desk.desk.acknowledged(shown)
        assert outcome is not None
        assert (outcome.answer, outcome.with_token) == (Answer.ACCEPTED, False)
        order.append(outcome.request.channel)
    outcome = desk.desk.acknowledged({})
    assert outcome is not None
    assert [*order, outcome.request.channel] == ["market_trades", "heartbeats", "level2"]


def test_an_answer_that_nobody_waits_for_is_none() -> None:
    desk = _open("BTC-USD")
    assert desk.desk.acknowledged(_set("BTC-USD")) is None
    assert desk.desk.refused("subscribe or unsubscribe required", desk.now) is None


def test_what_stands_is_told_as_asked_confirmed_and_missing() -> None:
    desk = _open("BTC-USDC", "ETH-USD", answered=False)
    desk.desk.acknowledged({"heartbeats": ["heartbeats"], "level2": ["BTC-USD"], "ticker": ["ETH-USD"]})
    assert desk.desk.confirmations.asked() == (
        "heartbeats",
        "level2 BTC-USDC",
        "level2 ETH-USD",
        "market_trades BTC-USDC",
        "market_trades ETH-USD",
        "status BTC-USDC",
        "status ETH-USD",
        "ticker BTC-USDC",
        "ticker ETH-USD",
    )
    assert desk.desk.confirmations.confirmed() == ("heartbeats", "level2 BTC-USD", "ticker ETH-USD")
    assert desk.desk.confirmations.missing() == (
        "level2 ETH-USD",
        "market_trades BTC-USDC",
        "market_trades ETH-USD",
        "status BTC-USDC",
        "status ETH-USD",
        "ticker BTC-USDC",
    )


def test_an_alias_is_confirmed_under_its_other_name() -> None:
    desk = _open("BTC-USDC", answered=False)
    desk.desk.acknowledged({"level2": ["BTC-USD"]})
    assert desk.desk.states["BTC-USDC"].confirmed


def test_what_the_venue_confirms_is_safe_to_show() -> None:
    desk = _open("BTC-USD", answered=False)
    desk.desk.acknowledged({"level2\x1b[2J": ["BTC\n-USD"]})
    assert desk.desk.confirmations.confirmed() == ("level2\ufffd[2J BTC\ufffd-USD",)


def test_a_message_is_unanswered_after_two_seconds() -> None:
    desk = _open("BTC-USD", signed=True, answered=False)
    desk.pump(1.9)
    assert desk.outcomes == []
    assert desk.desk.tokens.last is not None
    assert desk.desk.tokens.last.answer is None
    desk.pump(0.1)
    assert [(o.answer, o.with_token) for o in desk.outcomes] == [(Answer.UNANSWERED, True)] * 5
    assert desk.desk.tokens.last.answer is Answer.UNANSWERED


# --- tokens ------------------------------------------------------------------------------------------------------


def test_every_message_carries_a_token_and_is_counted() -> None:
    desk = _open("BTC-USD", signed=True)
    assert desk.desk.tokens.sent == 5
    assert desk.desk.tokens.last is not None
    assert (desk.desk.tokens.last.answer, desk.desk.tokens.last.expires_at) == (Answer.ACCEPTED, desk.now - 1 + LIFE)


def test_a_token_is_renewed_before_it_expires_and_only_once() -> None:
    desk = _open("BTC-USD", signed=True)
    assert desk.desk.tokens.next_in(desk.now) == pytest.approx(99)
    assert desk.pump(98) == []
    assert desk.pump(2) == ["subscribe heartbeats !"]
    desk.desk.acknowledged(_set("BTC-USD"))
    assert desk.desk.tokens.next_in(desk.now) == pytest.approx(99)
    assert desk.pump(98) == []
    assert desk.pump(2) == ["subscribe heartbeats !"]


def test_without_renewal_or_without_a_key_nothing_goes_out() -> None:
    for desk in (_desk("BTC-USD", signed=True, renew=False), _desk("BTC-USD")):
        desk.desk.opened()
        desk.pump()
        _confirm(desk, "BTC-USD")
        desk.desk.snapshot("BTC-USD")
        assert desk.desk.tokens.next_in(desk.now) is None
        assert desk.pump(400, step=1) == []


def test_a_refused_token_is_tried_anew_at_once_then_left_out_and_tried_after_5_15_60_s() -> None:
    desk = _open("BTC-USD", signed=True)
    assert desk.pump(99) == ["subscribe heartbeats !"]
    outcome = desk.desk.refused(REFUSED, desk.now)
    assert outcome is not None
    assert (outcome.answer, outcome.with_token, outcome.words) == (Answer.REFUSED, True, REFUSED)
    assert outcome.follow_up == "sent again with a fresh token"
    assert desk.pump() == ["subscribe heartbeats !"]
    for wait in (5, 15, 60, 60):
        outcome = desk.desk.refused(REFUSED, desk.now)
        assert outcome is not None
        assert outcome.follow_up == f"going on without a token, next one in {wait} s"
        assert desk.desk.tokens.next_in(desk.now) == pytest.approx(wait)
        assert desk.desk.tokens.last is not None
        assert desk.desk.tokens.last.answer is Answer.REFUSED
        assert desk.pump() == ["subscribe heartbeats"]
        desk.desk.acknowledged(_set("BTC-USD"))
        assert desk.pump(wait - 0.5) == []
        assert desk.pump(0.75) == ["subscribe heartbeats !"]
    desk.desk.acknowledged(_set("BTC-USD"))
    assert desk.desk.tokens.last is not None
    assert desk.desk.tokens.last.answer is Answer.ACCEPTED
    assert desk.desk.tokens.suspended_until is None
    desk.desk.renew_heartbeats()
    desk.pump()
    outcome = desk.desk.refused(REFUSED, desk.now)
    assert outcome is not None
    assert outcome.follow_up == "sent again with a fresh token"


def test_a_key_that_is_refused_from_the_start_leaves_the_public_feed() -> None:
    desk = _desk("BTC-USD", signed=True)
    desk.desk.opened()
    desk.pump()
    for _ in range(2):
        for _ in range(5):
            desk.desk.refused(REFUSED, desk.now)
        desk.pump(1)
    expected = {"subscribe heartbeats", *(f"subscribe {channel} BTC-USD" for channel in PRODUCT_CHANNELS)}
    assert {line for _, line in desk.log[-5:]} == expected


def test_the_refusal_of_a_token_outlives_the_connection() -> None:
    desk = _open("BTC-USD", signed=True)
    desk.desk.renew_heartbeats()
    desk.pump()
    desk.desk.refused(REFUSED, desk.now)
    desk.pump()
    desk.desk.refused(REFUSED, desk.now)
    desk.desk.opened()
    assert all(not line.endswith("!") for line in desk.pump())


@pytest.mark.parametrize("between", [True, False])
def test_a_resync_whose_tokens_are_refused_still_ends_subscribed(between: bool) -> None:
    """Both halves are refused; whenever the answers come, the last word to the venue is ``subscribe``."""
    desk = _open("BTC-USD", signed=True)
    desk.desk.resync(["BTC-USD"])
    desk.pump()
    for _ in range(3):
        desk.desk.refused(REFUSED, desk.now)
        if between:
            desk.pump(0.5)
        desk.desk.refused(REFUSED, desk.now)
        desk.pump(0.5)
    assert desk.level2()[-1].startswith("subscribe level2 BTC-USD")
    order = [line.split()[0] for line in desk.level2()]
    assert order[:2] == ["unsubscribe", "subscribe"]
    assert order.count("unsubscribe") >= 2


# --- refused messages --------------------------------------------------------------------------------------------


def test_a_refused_product_is_asked_for_again_after_5_15_60_s() -> None:
    desk = _open("BTC-USD")
    desk.pump(1.5)
    desk.desk.add("NOPE-USD")
    desk.pump()
    waits = [5, 15, 60, 60]
    for wait in waits:
        outcome = desk.desk.refused("unknown product", desk.now)
        assert outcome is not None
        assert (outcome.request.channel, outcome.follow_up) == ("level2", f"next try in {wait} s")
        assert desk.desk.states["NOPE-USD"].refusal == "unknown product"
        for _ in range(3 if wait == 5 else 0):
            desk.desk.acknowledged({})
        assert desk.pump(wait - 0.5) == []
        assert desk.pump(0.5) == ["subscribe level2 NOPE-USD"]
    assert desk.desk.states["NOPE-USD"].refusal == "unknown product"
    desk.desk.acknowledged({"level2": ["NOPE-USD"]})
    assert desk.desk.states["NOPE-USD"].refusal == ""


def test_a_refused_product_whose_next_try_is_not_answered_is_asked_for_again() -> None:
    desk = _open("BTC-USD")
    desk.pump(1.5)
    desk.desk.add("NOPE-USD")
    desk.pump()
    desk.desk.refused("not now", desk.now)
    for _ in range(3):
        desk.desk.acknowledged({})
    assert "subscribe level2 NOPE-USD" in desk.pump(5.5)
    later = desk.pump(20.0)
    assert "subscribe level2 NOPE-USD" in later, "the next try was lost, and nothing followed"


def test_one_bad_name_does_not_take_the_others_with_it() -> None:
    desk = _open("BTC-USD", "BAD-USD", "ETH-USD", "SOL-USD", answered=False)
    confirmed: list[str] = []
    # The venue takes a level2 message as a whole or not at all.
    for _ in range(12):
        waiting, desk.requests = desk.requests, []
        for request in waiting:
            if request.channel == "level2" and "BAD-USD" in request.products:
                desk.desk.refused("product not found", desk.now)
            else:
                if request.channel == "level2":
                    confirmed += request.products
                desk.desk.acknowledged({"level2": confirmed, "heartbeats": ["heartbeats"]})
        desk.pump(0.25)
    assert sorted(confirmed) == ["BTC-USD", "ETH-USD", "SOL-USD"]
    assert {name: want.refusal for name, want in desk.desk.states.items()} == {
        "BTC-USD": "", "BAD-USD": "product not found", "ETH-USD": "", "SOL-USD": "",
    }  # fmt: skip


def test_a_name_that_the_venue_says_is_left_out_at_once() -> None:
    desk = _open("BTC-USD", "BTC-USDC", "ETH-USD", answered=False)
    desk.desk.acknowledged({"heartbeats": ["heartbeats"]})
    desk.log.clear()
    desk.desk.refused("BTC-USDC is not a valid product", desk.now)
    assert desk.pump() == ["subscribe level2 BTC-USD,ETH-USD"]
    assert [want.refusal != "" for want in desk.desk.states.values()] == [False, True, False]


def test_a_rate_limit_is_waited_out_and_not_answered_with_more_messages() -> None:
    desk = _open("BTC-USD", "ETH-USD", answered=False)
    desk.desk.acknowledged({"heartbeats": ["heartbeats"]})
    desk.desk.refused("rate limit exceeded", desk.now)
    desk.desk.acknowledged({"market_trades": ["BTC-USD", "ETH-USD"], "heartbeats": ["heartbeats"]})
    desk.log.clear()
    desk.pump(4.5)
    assert desk.level2() == []
    desk.pump(0.75)
    assert desk.level2() == ["subscribe level2 BTC-USD,ETH-USD"]


def test_a_retry_never_brings_back_a_product_that_has_been_removed() -> None:
    desk = _open("BTC-USD")
    desk.desk.add("ETH-USD")
    desk.pump()
    desk.desk.refused("rate limit exceeded", desk.now)
    desk.desk.remove("ETH-USD")
    desk.log.clear()
    desk.pump(10)
    assert "subscribe level2 ETH-USD" not in desk.level2()


def test_a_retry_never_unsubscribes_a_product_that_is_on_show() -> None:
    """The unsubscribe half of a resync is refused, its subscribe half is taken."""
    desk = _open("BTC-USD")
    desk.desk.resync(["BTC-USD"])
    desk.pump()
    desk.desk.refused("rate limit exceeded", desk.now)
    desk.desk.acknowledged(_set("BTC-USD"))
    desk.log.clear()
    desk.pump(6)
    assert desk.level2() == ["unsubscribe level2 BTC-USD", "subscribe level2 BTC-USD"]


def test_a_removal_that_was_refused_is_repeated_unless_the_product_came_back() -> None:
    for back in (False, True):
        desk = _open("BTC-USD", "ETH-USD")
        desk.desk.remove("ETH-USD")
        desk.pump()
        desk.desk.refused("rate limit exceeded", desk.now)
        for _ in range(3):
            desk.desk.acknowledged(_set("BTC-USD"))
        if back:
            desk.desk.add("ETH-USD")
            desk.pump(1)
            _confirm(desk, "BTC-USD", "ETH-USD")
        desk.log.clear()
        desk.pump(5)
        assert desk.level2()[-1:] == [f"{'subscribe' if back else 'unsubscribe'} level2 ETH-USD"]


# --- resync ------------------------------------------------------------------------------------------------------


def test_a_resync_is_unsubscribe_and_subscribe_once_for_all() -> None:
    desk = _open("BTC-USD", "ETH-USD", signed=True)
    desk.desk.resync(["ETH-USD"])
    desk.desk.resync(["BTC-USD", "ETH-USD", "SOL-USD"])
    assert desk.pump() == ["unsubscribe level2 ETH-USD,BTC-USD !", "subscribe level2 ETH-USD,BTC-USD !"]
    assert desk.desk.resyncs == 1
    assert desk.desk.tokens.sent == 7


def test_a_resync_that_is_under_way_is_not_asked_for_again() -> None:
    desk = _open("BTC-USD")
    desk.desk.resync(["BTC-USD"])
    desk.pump()
    desk.desk.resync(["BTC-USD"])
    assert desk.pump(4) == []
    desk.desk.snapshot("BTC-USD")
    desk.desk.resync(["BTC-USD"])
    assert desk.pump() == ["unsubscribe level2 BTC-USD", "subscribe level2 BTC-USD"]
    assert desk.desk.resyncs == 2


def test_two_resyncs_lie_two_seconds_apart() -> None:
    desk = _open("BTC-USD", "ETH-USD")
    desk.desk.resync(["BTC-USD"])
    desk.pump()
    desk.desk.snapshot("BTC-USD")
    assert desk.desk.resync_allowed_in(desk.now) == pytest.approx(2)
    desk.desk.resync(["ETH-USD"])
    assert desk.pump(1.75) == []
    assert desk.pump(0.25) == ["unsubscribe level2 ETH-USD", "subscribe level2 ETH-USD"]


def test_a_product_that_is_removed_is_not_resynced() -> None:
    desk = _open("BTC-USD", "ETH-USD")
    desk.desk.resync(["BTC-USD", "ETH-USD"])
    desk.desk.remove("ETH-USD")
    assert [line for line in desk.pump(1) if "level2" in line] == [
        "unsubscribe level2 ETH-USD", "unsubscribe level2 BTC-USD", "subscribe level2 BTC-USD",
    ]  # fmt: skip


def test_a_resync_that_brings_nothing_is_overdue_after_five_seconds() -> None:
    desk = _open("BTC-USD", "ETH-USD")
    desk.desk.resync(["BTC-USD"])
    desk.pump(5)
    assert desk.desk.overdue(desk.now) == []
    desk.pump(0.25)
    assert desk.desk.overdue(desk.now) == ["BTC-USD"]
    desk.desk.snapshot("BTC-USD")
    assert desk.desk.overdue(desk.now) == []


def test_a_second_subscribe_alone_owes_no_snapshot() -> None:
    """Reported: it brings none, so waiting for one would end the connection for nothing."""
    desk = _open("BTC-USD")
    desk.desk.sent(Request(Action.SUBSCRIBE, "level2", ("BTC-USD",)), desk.now, None)
    desk.pump(8)
    assert desk.desk.overdue(desk.now) == []


def test_a_first_snapshot_that_was_lost_is_asked_for_again() -> None:
    desk = _open("BTC-USD", "ETH-USD", answered=False)
    _confirm(desk, "BTC-USD", "ETH-USD")
    desk.desk.snapshot("ETH-USD")
    desk.pump(5)
    assert desk.level2() == []
    desk.pump(0.25)
    again = ["unsubscribe level2 BTC-USD", "subscribe level2 BTC-USD"]
    assert desk.level2() == again
    assert desk.desk.overdue(desk.now) == []
    desk.pump(15.25)
    assert desk.level2() == again * 2
    desk.desk.snapshot("BTC-USD")
    desk.pump(200, step=1)
    assert desk.level2() == again * 2


def test_silence_about_a_product_is_asked_about_ever_less_often() -> None:
    desk = _open("BTC-USD", "NOPE-USD", answered=False)
    _confirm(desk, "BTC-USD")
    desk.desk.snapshot("BTC-USD")
    started = desk.now
    desk.pump(300, step=0.5)
    asked = [started, *(at for at, line in desk.log if line == "subscribe level2 NOPE-USD")]
    assert [after - before for before, after in pairwise(asked)] == [15.5, 60.5, 60.5, 60.5, 60.5]
    assert desk.desk.states["NOPE-USD"].since == started


@given(st.lists(st.sampled_from(["want", "drop", "resync", "renew", "tick", "wait"]), max_size=60))
@settings(max_examples=60)
def test_never_more_than_seven_messages_in_a_second_and_a_half(steps: list[str]) -> None:
    desk = _desk("P0-USD", signed=True)
    desk.desk.opened()
    for place, step in enumerate(steps):
        match step:
            case "want":
                desk.desk.add(f"P{place}-USD")
            case "drop":
                desk.desk.remove(next(iter(desk.desk.states), ""))
            case "resync":
                for product in desk.desk.states:
                    desk.desk.snapshot(product)
                desk.desk.resync(list(desk.desk.states))
            case "renew":
                desk.desk.renew_heartbeats()
            case "tick":
                desk.pump(0.1, step=0.1)
            case _:
                desk.pump(1.5)
    desk.pump(30)
    times = [at for at, _ in desk.log]
    for place in range(7, len(times)):
        assert times[place] - times[place - 7] >= 1.5 - 1e-9
    last: dict[str, str] = {}
    for line in desk.level2():
        action, _, products = line.split()[:3]
        last.update(dict.fromkeys(products.split(","), action))
    assert {product for product, action in last.items() if action == "subscribe"} == set(desk.desk.states)
