"""What keys and the palette ask of the frames themselves."""

from __future__ import annotations

from depthview.ui.layout import Said
from depthview.ui.screens.frames import WireScreen
from depthview.ui.screens.replay import ReplayCommands


class WireCommands(ReplayCommands):
    """A screen whose market's frames can be looked at and kept."""

    def action_wire(self) -> None:
        """Open the wire view."""
        wire = self._market.wire
        if wire is None:
            self.tell(Said("nobody keeps the frames", severe=True))
            return
        mode = "LIVE" if self._view is None else self._view.feed.mode.value
        self.app.push_screen(WireScreen(wire, self, self._keymap, mode=mode, local_time=self.local_time))

    def action_flight(self) -> None:
        """Write what came in the last minutes to a file, and say what came of it."""
        refusal = self._market.keep_flight()
        said = refusal or "the last minutes are being written; the event log says where"
        self.tell(Said(said, severe=refusal is not None))
        self.draw()

    def tell_of(self, text: str) -> None:
        """Show a notice."""
        self.tell(Said(text))
