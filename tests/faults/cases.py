"""The wire faults of the table: what is provoked, and what a correct viewer counts, shows and says.

A case is provoked on its own exchange as soon as all books are trusted. Counters that a case does not name must not
move at all. Times are the real ones unless a note says otherwise; the waits between reconnects are the shortest that
the backoff's jitter allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tests.support.viewer import Viewer

PRODUCT: Final = "ETH-USD"
"""The one that a case looks at."""
PRODUCTS: Final = (PRODUCT, "XLM-EUR")

Span = tuple[int, int]
"""From and to, both included."""


def _nothing(_: Viewer) -> None:
    """The viewer only watches."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of the table."""

    faults: tuple[str, ...]
    counts: dict[str, int | Span] = field(default_factory=dict)
    """How far each counter moves."""
    shows: tuple[str, ...] = ()
    """Patterns of ``VERDICT reason`` that records must have in this order; none: the book is trusted throughout."""
    tells: tuple[str, ...] = ()
    """Patterns that the event log must have."""
    within: float = 1.0
    """Seconds from the strike until the book is trusted again; a shared machine is given its share of them."""
    after: float = 0.0
    """Seconds that it takes at least: a wait that the fault demands."""
    final: str = ""
    """Words with which the feed ends, where trying again cannot help."""
    act: Callable[[Viewer], None] = _nothing
    """What the user does meanwhile."""
    holds: Callable[[Viewer], bool] | None = None
    """Something that must come to hold while the fault lasts."""
    meanwhile: str = ""
    """That, in words."""
    options: dict[str, Any] = field(default_factory=dict)
    """More for the exchange."""
    products: tuple[str, ...] = PRODUCTS

    @property
    def name(self) -> str:
        """For the test's id."""
        return "-".join((*self.faults, *(() if self.products == PRODUCTS else self.products)))


def _log_says(words: str) -> Callable[[Viewer], bool]:
    return lambda viewer: any(words in event.text for event in viewer.session.events.newest(100))


def _levels(viewer: Viewer) -> tuple[int, int]:
    seen = viewer.views.depth(PRODUCT, 0, now=viewer.clock.monotonic())
    return seen.bid_levels, seen.ask_levels


def _is_tiny_and_huge(viewer: Viewer) -> bool:
    seen = viewer.views.depth(PRODUCT, 0, now=viewer.clock.monotonic())
    sizes = {row.size for row in (*seen.bids, *seen.asks)}
    return {Decimal("0.000000000000000001"), Decimal("999999999999999")} <= sizes


def _is_one_sided(viewer: Viewer) -> bool:
    top = viewer.views.depth(PRODUCT, 0, now=viewer.clock.monotonic()).top
    return top is not None and top.best_bid is None and top.best_ask is not None and top.spread is None


def _is_delisted(viewer: Viewer) -> bool:
    seen = viewer.views.depth(PRODUCT, 0, now=viewer.clock.monotonic())
    others = viewer.views.depth(PRODUCTS[1], 0, now=viewer.clock.monotonic())
    return seen.trading_state == "delisted" and not others.trading_state


def _clock_is_off(viewer: Viewer) -> bool:
    ahead = viewer.views.feed(viewer.clock.monotonic()).clock_ahead
    return ahead is not None and 298.0 < ahead < 302.0


def _add(name: str) -> Callable[[Viewer], None]:
    def act(viewer: Viewer) -> None:
        assert viewer.session.add_product(name) is None

    return act


def _has_no_data(name: str, words: str) -> Callable[[Viewer], bool]:
    def holds(viewer: Viewer) -> bool:
        shown = viewer.sample(name, 1)
        if (shown["verdict"], words in (shown["reason"] or "")) != ("NO DATA", True):
            return False
        viewer.session.remove_product(name)
        return True

    return holds


def _remove_other(viewer: Viewer) -> None:
    assert viewer.session.remove_product(PRODUCTS[1]) is None


def _close(code: int, words: str, least: float = 0.0) -> Case:
    """A close that is followed by a new connection."""
    said = "connection cut off without a close" if code == 1006 else rf"closed by the venue: {words} \({code}\)"
    return Case(
        faults=(f"close:code={code}",),
        counts={"reconnects": 1},
        shows=(f"DOWN {said}; next try in {least:.0f} s", "SYNCING "),
        tells=(f"{said}: connected again after",),
        within=least + 1.5,
        after=least,
    )


def _resync(
    cause: str,
    *faults: str,
    counts: dict[str, int | Span] | None = None,
    healed: str = "healed in",
    within: float = 1.0,
    after: float = 0.0,
    meanwhile: str = "",
) -> Case:
    """A doubt that one new snapshot ends."""
    return Case(
        faults=faults,
        counts={"resyncs": 1, **(counts or {})},
        shows=(f"STALE {cause}; requesting a new snapshot",),
        tells=(f"{cause}: {healed}",),
        within=within,
        after=after,
        meanwhile=meanwhile,
    )


_OUT_OF_RANGE: Final = ("negative", "large", "huge")
_GAP: Final = "STALE gap of {} before .*; requesting a new snapshot"
_DROPPED: Final = "the venue no longer lists it as subscribed"
_REFUSED: Final[dict[str, int | Span]] = {"gaps": 1, "missed": 1, "resyncs": 1}

WIRE: Final[tuple[Case, ...]] = (
    Case(
        faults=("gap",),
        counts={"gaps": 1, "missed": 1, "resyncs": 1},
        shows=(_GAP.format(1),),
        tells=("gap of 1 before .*: healed in .* ms, 2 books",),
    ),
    Case(
        faults=("gap:count=2",),
        counts={"gaps": 1, "missed": 2, "resyncs": 1},
        shows=(_GAP.format(2),),
        tells=("gap of 2 before .*: healed in",),
    ),
    Case(
        faults=("gap:count=5",),
        counts={"gaps": 1, "missed": 5, "resyncs": 1},
        shows=(_GAP.format(5),),
        tells=("gap of 5 before .*: healed in",),
    ),
    Case(faults=("duplicate:copies=2",), counts={"duplicates": 2}, tells=(r"duplicate: .* disregarded",)),
    Case(
        faults=("out_of_order:by=2",),
        counts={"gaps": 1, "missed": 1, "out_of_order": 1, "resyncs": 1},
        shows=(_GAP.format(1),),
        tells=(r"out of order: .* disregarded", "healed in"),
    ),
    _resync("numbers fell back to 0", "reset", counts={"resets": 1}),
    Case(
        faults=("close:mid_snapshot=1",),
        counts={"reconnects": 1},
        shows=("DOWN connection cut off without a close; next try in", "DOWN connecting", "SYNCING "),
        tells=("connected again after",),
        within=2.0,
    ),
    Case(
        faults=("half_open:seconds=17",),
        counts={"reconnects": 1},
        shows=(
            r"STALE no message for [345] s",
            r"STALE no message for [789] s",
            r"DOWN no message for 1[0-2] s",
            "SYNCING ",
        ),
        tells=(r"no message for 1[0-2] s: connected again after",),
        within=12.0,
        after=10.0,
    ),
    Case(
        faults=("stall:seconds=17",),
        counts={"reconnects": 1},
        shows=(
            r"STALE no message for [345] s",
            r"STALE no message for [789] s",
            r"DOWN no message for 1[0-2] s",
            "SYNCING ",
        ),
        tells=(r"no message for 1[0-2] s: connected again after",),
        within=12.0,
        after=10.0,
    ),
    Case(
        faults=("stall:seconds=4",),
        shows=(r"STALE no message for [345] s",),
        tells=(r"no message for [34]\.\d s; they have resumed",),
        within=5.5,
        after=4.0,
    ),
    Case(
        faults=("stall:seconds=2,lose=1",),
        counts={"gaps": 1, "missed": (20, 1000), "resyncs": 1},
        shows=("STALE gap of .* requesting a new snapshot",),
        tells=("gap of .*: healed in",),
        within=3.5,
    ),
    Case(
        faults=("heartbeat_stop:seconds=12",),
        tells=("heartbeats stopped while data flowed: subscribed again, back after .* m?s",),
        holds=_log_says("subscribed again, back after"),
        meanwhile="heartbeats late, subscribed again",
    ),
    Case(
        faults=("heartbeat_stop:seconds=15,resubscribe=0",),
        counts={"reconnects": 1},
        shows=("DOWN no heartbeat, although subscribed again; next try in", "SYNCING "),
        tells=("no heartbeat, although subscribed again: connected again after",),
        within=15.5,
        after=12.0,
    ),
    Case(faults=("flood:rate=1000,seconds=2",), holds=lambda v: v.session.rates.frames > 2_000),
    _close(1006, ""),
    _close(1011, "internal error"),
    _close(1012, "service restart"),
    _close(1013, "try again later", 5.0),
    _close(1000, "normal closure"),
    _close(1001, "going away"),
    _close(1008, "policy violation", 5.0),
    _close(1009, "message too big"),
    Case(
        faults=("refuse_auth:times=1", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
        tells=(r"token refused \(level2\): authentication failure; sent again with a fresh token",),
        within=2.5,
    ),
    Case(
        faults=("refuse_auth:seconds=3", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
        tells=(r"token refused \(level2\): .*; going on without a token, next one in 5 s",),
        within=2.5,
    ),
    Case(
        faults=("expire:life=0,seconds=3", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
        tells=(r"token refused \(level2\): .*; going on without a token, next one in 5 s",),
        within=2.5,
    ),
    Case(
        faults=("clock:offset=-300,seconds=3", "close"),
        counts={"reconnects": 1},
        shows=("DOWN closed by the venue", "SYNCING "),
        tells=("token refused .*; going on without a token, next one in 5 s",),
        within=4.0,
        holds=_clock_is_off,
        meanwhile="this machine's clock 300 s ahead",
    ),
    Case(
        faults=("rate_limit:seconds=1", "gap"),
        counts={"gaps": 1, "missed": 1, "resyncs": 1, "reconnects": (0, 1)},
        shows=(_GAP.format(1),),
        tells=("rate limit exceeded; next try in 5 s",),
        within=7.5,
        after=4.5,
    ),
    Case(
        faults=("rate_limit:http=1,retry_after=2",),
        counts={"reconnects": 1},
        shows=("DOWN connection cut off", r"DOWN .* limits the rate \(HTTP 429\); next try in 5 s", "SYNCING "),
        tells=("connected again after [5-9]",),
        within=7.0,
        after=5.0,
    ),
    Case(
        faults=("handshake:status=503,times=2",),
        counts={"reconnects": 1},
        shows=("DOWN connection cut off", r"DOWN .* is not available \(HTTP 503\); next try in", "SYNCING "),
        tells=("connected again after",),
        within=4.0,
    ),
    Case(
        faults=("handshake:status=403",),
        shows=("DOWN connection cut off", r"DOWN .* refused the WebSocket \(HTTP 403\): check the address"),
        tells=("not trying again",),
        final="(HTTP 403): check the address",
    ),
    Case(
        faults=("redirect",),
        shows=("DOWN connection cut off", r"DOWN .* answered with a redirect \(302\), which is refused"),
        tells=("not trying again",),
        final="correct --url",
    ),
    Case(faults=("garbage",), counts={"bad_frames": 8}, tells=("frame that cannot be read: not JSON",)),
    Case(
        faults=("garbage:instead=1",),
        counts={"bad_frames": 8, "gaps": 1, "missed": 8, "resyncs": 1},
        shows=(_GAP.format(8),),
        tells=("gap of 8 before .*: healed in",),
    ),
    Case(
        faults=("truncated",),
        counts={"reconnects": 1},
        shows=("DOWN connection cut off without a close", "SYNCING "),
        tells=("connected again after",),
        within=2.0,
    ),
    Case(
        faults=("bad_utf8",),
        counts={"bad_frames": 1, "reconnects": 1},
        shows=(r"DOWN connection closed: text message is not UTF-8 \(1007\)", "SYNCING "),
        tells=("frame that is not text", "connected again after"),
        within=2.0,
    ),
    Case(
        faults=("unknown_channel",),
        holds=lambda v: v.session.statistics.unknown_frames == 1,
        meanwhile="1 unknown frame",
    ),
    Case(faults=("unknown_event:on=heartbeats",)),
    _resync("event of an unknown type", "unknown_event", healed="healed in .* ms, 1 book"),
    *(
        _resync("rows under an invalid product name", f"misnamed:form={form}", healed="healed in .* ms, 1 book")
        for form in ("lower", "before", "behind")
    ),
    *(
        _resync("1 row that cannot be applied", f"bad_updates:kind={kind}", counts={"bad_rows": 1})
        for kind in ("null", "missing", "row")
    ),
    *(
        _resync("message .* cannot be read", f"bad_updates:kind={kind}", counts={"bad_frames": 1})
        for kind in ("text", "object")
    ),
    Case(faults=("split_snapshot",)),
    Case(faults=tuple(f"bare_ticker:kind={kind}" for kind in ("missing", "null", "empty", "none"))),
    _resync(
        "two different messages are numbered .*",
        "repeated_number",
        counts={"duplicates": 1},
        healed="healed in .* ms, 2 books",
    ),
    _resync("two different messages are numbered 2", "reset:to=2", counts={"duplicates": 1, "resets": 1}),
    *(
        Case(
            faults=(f"bad_number:kind={kind}",),
            counts={"bad_frames": int(kind in _OUT_OF_RANGE), "resyncs": 1},
            shows=(
                "STALE message cannot be read; requesting a new snapshot"
                if kind in _OUT_OF_RANGE
                else "STALE message without a sequence number; requesting a new snapshot",
            ),
            tells=("message .*: healed in",),
        )
        for kind in ("missing", "text", "fraction", "null", "true", "list", *_OUT_OF_RANGE)
    ),
    Case(
        faults=("omit:seconds=12,channel=ticker", "omit:seconds=12,channel=market_trades"),
        counts={},
    ),
    Case(
        faults=tuple(f"unknown_event:on={on}" for on in ("ticker", "market_trades", "status")),
        counts={"bad_frames": 3},
        tells=("frame that cannot be read: a status frame of an unknown shape",),
    ),
    _resync("1 row that cannot be applied", "hostile_numbers:kind=side", counts={"bad_rows": 1}),
    _resync("15 rows that cannot be applied", "hostile_numbers", counts={"bad_rows": 15}),
    Case(
        faults=("hostile_numbers:where=price",),
        counts={"bad_rows": 15, "resyncs": 1},
        shows=("STALE 15 rows that cannot be applied; requesting a new snapshot",),
    ),
    Case(
        faults=("odd_sizes:seconds=1",),
        holds=_is_tiny_and_huge,
        meanwhile="both levels in the book",
    ),
    Case(
        faults=("early_update", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
        tells=("healed in",),
    ),
    Case(faults=("second_snapshot",)),
    Case(
        faults=("crossed:seconds=3",),
        counts={"crossed": 2, "resyncs": 2},
        shows=(
            r"STALE best bid above best ask for 0\.\d s",
            "STALE best bid above best ask; requesting a new snapshot",
            "STALE best bid above best ask; it keeps coming back; requesting a new snapshot in 5 s",
        ),
        tells=("best bid above best ask: healed in",),
        within=9.0,
    ),
    Case(
        faults=("crossed:seconds=0.8",),
        counts={"crossed": 1},
        shows=(r"STALE best bid above best ask for 0\.\d s",),
        tells=("best bid above best ask: over after .* m?s",),
        within=2.0,
    ),
    Case(faults=("crossed:seconds=0",)),
    Case(faults=("crossed:seconds=1,locked=1",)),
    Case(
        faults=("empty_snapshot:seconds=1",),
        holds=lambda v: _levels(v) == (0, 0),
        meanwhile="no bids, no asks, no spread",
    ),
    Case(faults=("one_sided:seconds=1",), holds=_is_one_sided, meanwhile="no bids, no spread"),
    Case(faults=("delist:seconds=1",), holds=_is_delisted, meanwhile="delisted, the others go on"),
    Case(
        faults=("product_error:seconds=2",),
        act=_add("NOPE-USD"),
        holds=_has_no_data("NOPE-USD", "the venue answered: NOPE-USD is not a valid product"),
        meanwhile="NO DATA for that one, in the venue's words",
    ),
    Case(
        faults=("no_snapshot:seconds=8", "close:code=1012"),
        counts={"reconnects": 1},
        shows=(
            r"DOWN closed by the venue: service restart \(1012\)",
            "SYNCING waiting for the snapshot",
            "NO DATA confirmed by the venue, but no snapshot for 5 s",
        ),
        within=23.0,
        after=20.0,
    ),
    Case(
        faults=("alias:which=all,seconds=1",),
        meanwhile="its own ladder",
    ),
    Case(
        faults=("alias:which=all,seconds=1",),
        products=("ETH-USDC", PRODUCTS[1]),
        counts={"resyncs": (1, 4)},
        shows=("STALE its changes come under its other name; requesting a new snapshot",),
        tells=("its changes come under its other name: healed in",),
        within=4.0,
    ),
    Case(faults=("late_frames:seconds=1",), act=_remove_other, holds=lambda v: len(v.verdicts()) == 1),
    Case(
        faults=("huge_snapshot:seconds=6",),
        holds=lambda v: _levels(v)[1] > 100_000,
        meanwhile="100,000 levels more",
    ),
    Case(
        faults=("slow_drip:seconds=12,pieces=200,snapshot=1",),
        shows=(r"STALE no message for [345] s", r"STALE no message for 1[0-4] s"),
        within=14.0,
        options={"levels": 2_000, "rate": 20},
    ),
    Case(faults=("slow_drip:seconds=1,snapshot=1",)),
    Case(
        faults=("pings:rate=20000,seconds=1",),
        counts={"reconnects": 1},
        shows=("DOWN connection lost: the server sends more than 100 pings a second; next try in 0 s",),
        tells=("the server sends more than 100 pings a second: connected again after",),
    ),
    Case(faults=("pings:rate=50,seconds=1",)),
    Case(
        faults=("pings:rate=25,seconds=17,silent=1",),
        counts={"reconnects": 1},
        shows=(r"STALE no message for [345] s", r"DOWN no message for 1[0-2] s", "SYNCING "),
        tells=(r"no message for 1[0-2] s: connected again after",),
        within=12.0,
        after=10.0,
        meanwhile="pings keep nothing alive",
    ),
    Case(
        faults=("delay:by=3,seconds=5",),
        shows=(r"STALE data is [3456] s old: it arrives late",),
        tells=(r"data was up to [3456]\.\d s old: .*in time again after",),
        within=9.5,
        after=5.0,
    ),
    Case(
        faults=("delay:by=3,grow=4,seconds=5",),
        shows=(r"STALE data is [23456] s old: it arrives late",),
        within=9.5,
        after=5.0,
        meanwhile="it came later and later",
    ),
    Case(faults=("delay:by=1,grow=2,seconds=4",), meanwhile="a second is no age"),
    Case(
        faults=("old_stamps:by=3600,seconds=6",),
        counts={"reconnects": 1},
        shows=(
            "DOWN the venue's timestamps fell back by 3[56][0-9][0-9] s",
            r"STALE data is 3[56][0-9][0-9] s old: it arrives late",
        ),
        tells=("the venue's timestamps fell back by 3[56][0-9][0-9] s: connected again after",),
        within=8.5,
        after=4.0,
    ),
    Case(faults=("bad_heartbeat:kind=huge,count=2",)),
    Case(
        faults=("hang:seconds=12",),
        counts={"reconnects": 1},
        shows=("DOWN connection cut off", "DOWN .* did not answer in time; next try in", "SYNCING "),
        tells=(r"connected again after 1\d",),
        within=13.0,
        after=10.0,
    ),
    Case(
        faults=("hostile_text:seconds=1",),
        counts={"bad_frames": 3, "bad_rows": 8},
        tells=("the venue sent an error",),
    ),
    _resync("the ticker shows another top of the book", "wrong_ticker:seconds=5", within=6.0, after=3.0),
    Case(
        faults=("renumber:seconds=6",),
        counts={"gaps": (50, 5000), "missed": (50, 5000), "resyncs": (2, 5)},
        shows=(
            "STALE gap of 1 before .*; requesting a new snapshot",
            r"STALE gap of 1 before .*; it keeps coming back; requesting a new snapshot in [1-5] s",
        ),
        holds=_log_says("the numbers are steady again"),
        tells=(r"the numbers jumped \d+ times: the numbers are steady again",),
        within=12.0,
        after=5.0,
    ),
    _resync(f"{_DROPPED}", f"drop_subscription:product={PRODUCT}"),
    _resync(f"{_DROPPED}", f"drop_subscription:product={PRODUCT},data=1", meanwhile="its data goes on"),
    *(
        Case(
            faults=(f"drop_subscription:channel={channel}",),
            holds=_log_says(f"the venue no longer lists {channel}"),
            tells=(rf"the venue no longer lists {channel}( {PRODUCT})? as subscribed: subscribing again",),
            meanwhile=f"{channel} subscribed again",
        )
        for channel in ("ticker", "market_trades", "heartbeats")
    ),
    Case(
        faults=("stale_ack:count=2", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
        meanwhile="no false alarm",
    ),
    Case(
        faults=("second_snapshot:unsubscribe=1", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
    ),
    Case(
        faults=("refuse_subscribe:seconds=0,times=3", "second_snapshot:unsubscribe=1", "gap"),
        counts=_REFUSED,
        shows=(
            _GAP.format(1),
            "STALE the venue refused to subscribe it again: too many L2 streams requested in a single session",
        ),
        tells=(r"refused \(level2\): too many L2 streams .*; next try in 5 s",),
        within=8.0,
        after=4.5,
    ),
    Case(
        faults=("no_ack:seconds=3", "gap"),
        counts=_REFUSED,
        shows=(_GAP.format(1),),
        tells=(r"no answer within 2 s to a message with a token \(level2\)",),
    ),
)
"""All of them."""
