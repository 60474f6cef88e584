"""Injects faults: those of the script when their time or frame has come, those that a user provokes at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from depthview.errors import UsageError
from depthview.exchange.faults import age, book, connection, content, handshake, sequence, subscriptions
from depthview.exchange.faults import products as products_module
from depthview.exchange.faults.catalogue import Order, parse
from depthview.exchange.faults.effect import Journal, Scene, Trigger, VenueEffect
from depthview.exchange.market import Draws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

    from depthview.exchange.faults.effect import Line, LineEffect
    from depthview.exchange.venue import Venue

ON_LINES: Final[dict[str, type[LineEffect]]] = {
    "gap": sequence.Gap,
    "duplicate": sequence.Duplicate,
    "out_of_order": sequence.OutOfOrder,
    "reset": sequence.Reset,
    "renumber": sequence.Renumber,
    "repeated_number": sequence.RepeatedNumber,
    "bad_number": sequence.BadNumber,
    "stall": connection.Stall,
    "omit": connection.Omit,
    "delay": age.Delay,
    "old_stamps": age.OldStamps,
    "pings": connection.Pings,
    "bad_heartbeat": content.BadHeartbeat,
    "half_open": connection.HalfOpen,
    "heartbeat_stop": connection.HeartbeatStop,
    "close": connection.Close,
    "truncated": connection.Truncated,
    "slow_drip": connection.SlowDrip,
    "flood": connection.Flood,
    "no_ack": connection.NoAcknowledgement,
    "stale_ack": subscriptions.StaleAcknowledgement,
    "drop_subscription": subscriptions.DropSubscription,
    "refuse_subscribe": subscriptions.RefuseSubscribe,
    "no_snapshot": connection.NoSnapshot,
    "rate_limit": handshake.RateLimit,
    "garbage": content.Garbage,
    "bad_utf8": content.BadUtf8,
    "hostile_text": content.HostileText,
    "hostile_numbers": content.HostileNumbers,
    "odd_sizes": book.OddSizes,
    "crossed": book.Crossed,
    "wrong_ticker": book.WrongTicker,
    "early_update": book.EarlyUpdate,
    "second_snapshot": book.SecondSnapshot,
    "split_snapshot": book.SplitSnapshot,
    "bad_updates": book.BadUpdates,
    "misnamed": book.Misnamed,
    "bare_ticker": book.BareTicker,
    "empty_snapshot": book.EmptySnapshot,
    "one_sided": book.OneSided,
    "huge_snapshot": book.HugeSnapshot,
    "unknown_channel": content.UnknownChannel,
    "unknown_event": content.UnknownEvent,
    "late_frames": products_module.LateFrames,
    "product_error": products_module.ProductError,
    "alias": products_module.Alias,
}
"""Faults of one connection, or of each."""

ON_VENUE: Final[dict[str, type[VenueEffect]]] = {
    "refuse_auth": handshake.RefuseAuth,
    "expire": handshake.Expire,
    "clock": handshake.WrongClock,
    "handshake": handshake.Handshake,
    "hang": handshake.Hang,
    "redirect": handshake.Redirect,
    "delist": products_module.Delist,
    "permissions": handshake.Permissions,
}
"""Faults of what all connections share."""


def venue_effect(order: Order) -> type[VenueEffect] | None:
    """What to put to work on the venue; None for a fault of connections."""
    if order.fault.name == "rate_limit" and order.settings.flag("http"):
        return handshake.TooManyHandshakes
    return ON_VENUE.get(order.fault.name)


@dataclass(slots=True)
class _Script:
    """An order and how far it has been obeyed."""

    order: Order
    draws: Draws
    due: float | None
    """Monotonic seconds of the next strike; None while it waits for a connection or a frame."""
    left: int | None
    """Strikes to come; None for no end."""

    def spend(self) -> bool:
        """Count one strike; False when there are none left."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0

    @property
    def is_spent(self) -> bool:
        return self.left is not None and self.left <= 0

    def next_after(self, now: float) -> float:
        every = self.order.when.every
        if self.order.when.is_random:
            every *= (500 + self.draws.below(1_001)) / 1_000
        return max(now, (self.due or now) + every)


class Injector:
    """All faults of one exchange.

    Args:
        venue: What they are done to.
        scripted: Faults to do, as written.
        seed: Of what they leave to chance.

    Raises:
        UsageError: One of them is not a fault, or names a product that is not traded.
    """

    def __init__(self, venue: Venue, scripted: Sequence[str], seed: int) -> None:
        self.journal = Journal()
        self._lines: dict[int, Line] = {}
        self._scene = Scene(venue, self.journal, self._lines, asyncio.Event())
        self._seed = seed
        self._origin: float | None = None
        self._opened = 0
        self._orders = 0
        self._scripts: list[_Script] = []
        self._venue_effects: list[VenueEffect] = []
        self._lasting: list[tuple[Order, float]] = []
        self._waiting: list[Order] = []
        for text in scripted:
            self._add(self._read(text, scripted=True))

    # --- what the exchange tells ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let those strike that are to be there before the first client."""
        for script in self._scripts:
            when = script.order.when
            if not when.is_by_frame and not when.after and venue_effect(script.order) is not None:
                script.due = self._scene.now()
        self.tick()

    def opened(self, line: Line) -> None:
        """Take a new connection in."""
        now = self._scene.now()
        self._lines[line.number] = line
        self._opened = max(self._opened, line.number)
        if self._origin is None:
            self._origin = now
            for script in self._scripts:
                if script.due is None and not script.order.when.is_by_frame:
                    script.due = now + (script.order.when.after or 0.0)
        for script in self._scripts:
            self._lie_in_wait(script, line)
        for order, until in self._lasting:
            if now < until and order.connection in {None, line.number}:
                self._put(order, line, until)
        waiting, self._waiting = self._waiting, []
        for order in waiting:
            self._strike(order)
        self.tick()

    def closed(self, line: Line) -> None:
        """Let a connection go."""
        self._lines.pop(line.number, None)

    def tick(self) -> None:
        """Let strike what is due, and time pass for what is at work."""
        if not (self._scripts or self._venue_effects or self._lines):
            return
        now = self._scene.now()
        for script in self._scripts:
            if script.due is None or now < script.due:
                continue
            if script.spend():
                self._strike(script.order)
            script.due = script.next_after(now)
        self._scripts = [script for script in self._scripts if not script.is_spent]
        for effect in tuple(self._venue_effects):
            effect.run(now)
        self._venue_effects = [effect for effect in self._venue_effects if not effect.is_over]
        self._lasting = [lasting for lasting in self._lasting if now < lasting[1]]
        for line in tuple(self._lines.values()):
            if not line.tampering.is_idle:
                line.tampering.run(now)

    def end(self) -> None:
        """End everything."""
        self._scripts.clear()
        self._lasting.clear()
        self._scene.closing.set()
        for effect in self._venue_effects:
            effect.finish()
        self._venue_effects.clear()
        for line in tuple(self._lines.values()):
            line.tampering.finish()

    async def at_the_door(self, request: HttpRequest, socket: ServerConnection) -> Response | None:
        """The answer to a WebSocket handshake, where a fault has one."""
        for effect in tuple(self._venue_effects):
            response = await effect.at_the_door(request, socket)
            if response is not None:
                return response
        return None

    # --- what a person says -----------------------------------------------------------------------------------------

    def provoke(self, text: str) -> None:
        """Let a fault strike: at once on all connections, the next one if there is none, unless the text says when.

        Raises:
            UsageError: It is not a fault, or names a product that is not traded.
        """
        order = self._read(text, scripted=False)
        if order.when.after is None and not order.when.is_by_frame:
            self._strike(order)
            times = order.when.times
            if not order.when.every or times == 1:
                return
            rest = replace(order.when, after=order.when.every, times=None if times is None else times - 1)
            order = replace(order, when=rest)
        script = self._add(order)
        if order.when.after is not None and not order.when.is_by_frame:
            script.due = self._scene.now() + order.when.after
        for line in tuple(self._lines.values()):
            self._lie_in_wait(script, line)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _read(self, text: str, *, scripted: bool) -> Order:
        order = parse(text, scripted=scripted)
        if not order.product:
            return order
        products = self._scene.venue.resolve([order.product])
        if not products:
            raise UsageError(f"fault {order.fault.name}: the exchange does not trade {order.product[:60]!a}")
        return replace(order, product=products[0])

    def _add(self, order: Order) -> _Script:
        self._orders += 1
        draws = Draws(f"{self._seed}/fault {self._orders}/{order.fault.name}")
        script = _Script(order, draws, None, order.when.times)
        self._scripts.append(script)
        return script

    def _lie_in_wait(self, script: _Script, line: Line) -> None:
        """Have a script that waits for a frame look for it on a connection."""
        order = script.order
        if not order.when.is_by_frame or script.is_spent or order.connection not in {None, line.number}:
            return

        def strike() -> None:
            if script.spend():
                if venue_effect(order) is None:
                    self._strike_lines(order, [line])
                else:
                    self._strike(order)

        line.tampering.wait(Trigger(order.when.at, order.when.frame, strike))

    def _strike(self, order: Order) -> None:
        on_venue = venue_effect(order)
        if on_venue is not None:
            self._strike_venue(order, on_venue)
            return
        lines = [line for line in self._lines.values() if order.connection in {None, line.number}]
        if not lines and (order.connection is None or order.connection > self._opened):
            self._waiting.append(order)
        self._strike_lines(order, lines)

    def _strike_venue(self, order: Order, kind: type[VenueEffect]) -> None:
        for effect in self._venue_effects:
            # Two of a kind would undo each other's work in the wrong order.
            if type(effect) is kind:
                effect.finish()
        effect = kind(order, self._scene, kind.ends_at(order, self._scene.now()))
        self._venue_effects.append(effect)
        effect.start()

    def _strike_lines(self, order: Order, lines: Sequence[Line]) -> None:
        kind = ON_LINES[order.fault.name]
        until = kind.ends_at(order, self._scene.now())
        if kind.sticks and lines:
            self._lasting.append((order, until))
        for line in lines:
            self._put(order, line, until)

    def _put(self, order: Order, line: Line, until: float) -> None:
        line.tampering.add(ON_LINES[order.fault.name](order, self._scene, until, line))
