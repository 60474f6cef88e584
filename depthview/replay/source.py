"""A recording as a feed: wires it to a session, its views and, on a screen, its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.clock import ManualClock, SystemClock
from depthview.core.sequence import Scope
from depthview.core.text import shown_path
from depthview.errors import NoBook
from depthview.recordings.completeness import completeness_of
from depthview.recordings.reader import open_recording
from depthview.replay.player import Player
from depthview.session.checkpoint import Rewind
from depthview.session.frame_log import FrameLog, FrameTap
from depthview.session.frame_view import FrameRows
from depthview.session.session import MarketSession
from depthview.session.views import Origin, ReplayViews
from depthview.views.market import Mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from depthview.config.run_options import RunOptions
    from depthview.errors import RecordingError
    from depthview.replay.controls import PlayerControls
    from depthview.views.market import ReplayView


class Replay:
    """A recording that drives a session.

    Args:
        settings: From the command line.
        file: The recording.
        speed: 1 is real time; None is as fast as it goes.

    Raises:
        RecordingError: It cannot be read, or is no recording that depthview knows.
    """

    def __init__(self, settings: RunOptions, file: Path, speed: float | None) -> None:
        self._recording = open_recording(file)
        self._scope = settings.sequence_scope
        self.completeness: Final = completeness_of(self._recording)
        self._products: tuple[str, ...] = tuple(settings.products)
        self._pace = SystemClock()
        self.session: Final = self._make_session()
        self.clock: Final = ManualClock()
        self.moved: Final[list[Callable[[], None]]] = []
        """Called whenever the recording's time has moved."""
        log = FrameLog()
        self._tap = FrameTap(self.session, log, handed_over=self._place, clock=self.clock)
        self._player = Player(
            self._recording,
            self._tap if settings.watched else self.session,
            self.clock,
            self._pace,
            speed=speed,
            file=file.name,
            moved=self._tell,
        )
        self._controls: PlayerControls | None = None
        session = self.session
        wire = FrameRows(log, lambda: session.subscriptions, passive=True, follow=self._tap.follow)
        origin = Origin(Mode.REPLAY, file.name, "a recording: no key, no connection")
        self.views: Final = ReplayViews(
            self.session,
            self.clock,
            origin,
            replay=self._position,
            group=settings.group,
            wire=wire if settings.watched else None,
            keep=lambda: "a replay is a recording already",
        )

    def attend(self) -> None:
        """Let somebody control it: the run goes on at the end, and the recording is indexed in the background."""
        from depthview.replay.controls import PlayerControls
        from depthview.replay.index import ReplayIndex

        player = self._player
        index = ReplayIndex(self._recording, player.unpacked, self._make_session, self._pace)
        memory = Rewind(self.session, self._tap.restored)
        self._controls = PlayerControls(player, memory, index, self._pace)
        self.views.attend(self._controls, self._show)

    async def run(self) -> None:
        """Play to the end; where somebody controls it, until stopped.

        Raises:
            RecordingError: The recording is damaged, or has no book.
        """
        if self._controls is None:
            await self._player.run()
        else:
            await self._controls.run()
        if self.damage is not None:
            raise self.damage

    def stop(self) -> None:
        """End it where it stands."""
        self._player.stop()

    @property
    def damage(self) -> RecordingError | None:
        """Once the end has been reached: what ended the recording early, or that it has no book."""
        driver, markets = self._player.driver, self.session.products.markets()
        if driver.damage is None and driver.place.ended and not any(market.ever_had_book for market in markets):
            return NoBook(f"cannot show {shown_path(self._recording.path)}: it contains no snapshot of a book")
        return driver.damage

    @property
    def notice(self) -> str:
        """That its sequence numbers prove nothing, and why; empty where they do."""
        return self.completeness.words if self.completeness.scope(self._scope) is Scope.NONE else ""

    def _make_session(self) -> MarketSession:
        products, found = self._products, self.completeness
        scope = found.scope(self._scope)
        sockets = found.sockets if self._scope is Scope.AUTO else 1
        session = MarketSession(products, scope=scope, sockets=sockets, passive=True, follow=not products)
        if self.notice:
            session.events.add(found.first_at, "note", self.notice)
        return session

    def _show(self, products: tuple[str, ...]) -> None:
        self._products = products
        if self._controls is not None:
            self._controls.restart()

    def _place(self) -> int:
        return self._player.driver.place.entries

    def _position(self) -> ReplayView:
        return self._player.position() if self._controls is None else self._controls.position()

    def _tell(self) -> None:
        for call in self.moved:
            call()
