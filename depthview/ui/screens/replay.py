"""What keys, clicks and the palette ask of a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.ui.layout import Said
from depthview.ui.screens.actions import ProductCommands
from depthview.ui.screens.destination import DestinationScreen
from depthview.views.market import ReplayView

if TYPE_CHECKING:
    from depthview.ui.replay_bar import Destination, TransportBar
    from depthview.views.market import ReplayControls


class ReplayCommands(ProductCommands):
    """A screen whose market may be a replay."""

    local_time = False
    """Whether times are local rather than UTC."""

    @property
    def in_replay(self) -> bool:
        """Whether there are controls."""
        return self._market.controls is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is a replay to act on; where not, its keys are free for others."""
        if action == "replay":
            return self.in_replay
        return super().check_action(action, parameters)

    def action_replay(self, name: str, amount: int = 0) -> None:
        """Do what a key of the replay says.

        Args:
            name: What.
            amount: How far, or which way.
        """
        controls = self._market.controls
        if controls is None:
            self.tell(Said("only a replay can be told that", severe=True))
            return
        if name == "go":
            self.app.push_screen(DestinationScreen(self._place, self._keymap, local=self.local_time), self._go)
            return
        self._act(controls, name, amount)
        self.draw()

    def on_transport_bar_sought(self, event: TransportBar.Sought) -> None:
        """The bar was clicked."""
        controls = self._market.controls
        if controls is not None:
            controls.seek_to(event.seconds)
            self.draw()

    def _act(self, controls: ReplayControls, name: str, amount: int) -> None:
        match name:
            case "pause":
                controls.pause_or_play()
            case "step":
                controls.step(amount)
            case "change":
                controls.step_change(self._shelf.front, amount)
            case "speed":
                controls.change_speed(amount)
            case "seek":
                controls.seek_by(amount)
            case "incident":
                controls.seek_incident(amount)
            case "stop":
                if not controls.stop_work():
                    self.tell(Said("nothing is being gone through"))
            case _:
                raise ValueError(f"no such act of a replay: {name}")

    def _place(self) -> ReplayView:
        view = self._view
        return view.replay if view is not None and view.replay is not None else ReplayView("", 0.0, None, 1.0, False)

    def _go(self, to: Destination | None) -> None:
        controls = self._market.controls
        if to is None or controls is None:
            return
        if to.number is not None:
            controls.seek_number(to.number)
        elif to.seconds is not None:
            controls.seek_to(to.seconds)
        self.draw()
