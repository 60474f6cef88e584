"""The session of a replay as screens see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.session.views import SessionViews

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.views.market import ReplayControls


class ReplayViews(SessionViews):
    """A replay can be told what to do, and can show a product as if it had been on show from the start."""

    _controls: ReplayControls | None = None
    _recast: Callable[[tuple[str, ...]], None] | None = None

    def attend(self, controls: ReplayControls, recast: Callable[[tuple[str, ...]], None]) -> None:
        """Have somebody at the controls.

        Args:
            controls: What the replay can be told to do.
            recast: Plays again up to the present place with other products on show.
        """
        self._controls, self._recast = controls, recast

    @property
    def controls(self) -> ReplayControls | None:
        """See :meth:`depthview.views.market.Market.controls`."""
        return self._controls

    def add_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.add_product`; its book is there at once, if the recording has it."""
        name, roster = product.strip().upper(), self._session.roster
        if self._recast is None:
            return super().add_product(product)
        refusal = roster.refusal_to_admit(name)
        if refusal is None:
            self._recast((*roster.names(), name))
        return refusal

    def remove_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.remove_product`."""
        roster = self._session.roster
        if self._recast is None:
            return super().remove_product(product)
        refusal = roster.refusal_to_remove(product)
        if refusal is None:
            self._recast(tuple(name for name in roster.names() if name != product))
        return refusal
