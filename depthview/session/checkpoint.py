"""A session's whole state, to go back to.

The form is a pickle of everything that the session holds. Measured on a recording of two products with 69,000 levels
(1.9 MB, of which the books are nearly all): 3 ms to take and 7 ms to put back, where ``copy.deepcopy`` takes 37 ms each
time, and cannot be compressed or counted in bytes. Methods of our own on some twenty classes would have to be kept in
step with every field that any of them ever gets; one that is forgotten would show as a replay that lies.

What is restored is the session's content, not the session: whoever refers to it, views and feed, goes on doing so.
The bytes never leave the process, so nothing foreign is ever unpickled.
"""

from __future__ import annotations

import io
import pickle
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from depthview.session.session import MarketSession
    from depthview.views.market import EventView

_OF_THE_PERSON: Final = ("first_product",)
"""What a person at the screen has chosen: going back in the recording does not take it back."""


def _the_session() -> MarketSession:
    """Stands in a checkpoint for the session itself."""
    raise LookupError("only a checkpoint knows which session it is of")


class _Pickler(pickle.Pickler):
    """Leaves out the session itself, to which its rooms refer."""

    def __init__(self, file: io.BytesIO, session: MarketSession) -> None:
        super().__init__(file, protocol=5)
        self._session = session

    def reducer_override(self, found: object) -> Any:  # noqa: ANN401  # one of six forms of pickle's
        return (_the_session, ()) if found is self._session else NotImplemented


class _Unpickler(pickle.Unpickler):
    """Puts the session in again."""

    def __init__(self, file: io.BytesIO, session: MarketSession) -> None:
        super().__init__(file)
        self._session = session

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401  # whatever is called so
        if name == _the_session.__name__:
            return lambda: self._session
        return super().find_class(module, name)


class Rewind:
    """Takes checkpoints of a session, and tells apart what a replay can be sent to.

    Args:
        session: Its state is what is kept; restored in place.
        restored: Called whenever it has been restored, for whoever keeps what has passed.
    """

    def __init__(self, session: MarketSession, restored: Callable[[], None] = lambda: None) -> None:
        self._session = session
        self._restored = restored

    def checkpoint(self) -> bytes:
        """The state as it is now."""
        file = io.BytesIO()
        state = {name: value for name, value in vars(self._session).items() if name not in _OF_THE_PERSON}
        _Pickler(file, self._session).dump(state)
        return file.getvalue()

    def restore(self, state: bytes) -> None:
        """Be as :meth:`checkpoint` has found this session, or one like it."""
        vars(self._session).update(_Unpickler(io.BytesIO(state), self._session).load())
        self._restored()

    def changes(self) -> Mapping[str, int]:
        """How often each book on show has changed since the start, by the name asked for."""
        session = self._session
        return MappingProxyType({name: session.market(name).revision for name in session.products()})

    def changes_of(self, product: str) -> int:
        """How often one of them has; 0 where it is not on show."""
        session = self._session
        return session.market(product).revision if product in session.subscriptions.wants else 0

    def last_event(self) -> int:
        """The newest log entry's id."""
        return self._session.events.last_id

    def incidents_since(self, event_id: int) -> tuple[EventView, ...]:
        """Log entries that tell of something wrong and came after one, as they stand now."""
        return tuple(entry for entry in self._session.events.since(event_id) if entry.is_incident)
