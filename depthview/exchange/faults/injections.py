"""The record of what faults did: kept in memory, and written at once as JSON Lines."""

from __future__ import annotations

import json
import logging
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from depthview.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.system.files import NewFile

_log = logging.getLogger(__name__)

_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Injection:
    at: float
    """Unix seconds by the machine's clock, whatever the venue's own says."""
    fault: str
    what: Literal["begin", "frame", "end"]
    """``frame``: the fault touched one; ``end``: from here on nothing is wrong."""
    connection: int | None = None
    """Counted from 1; None where the fault is the venue's and not a connection's."""
    sequence: int | None = None
    """The number of the frame that was touched."""
    product: str | None = None
    channel: str = ""
    """As on the wire."""
    action: str = ""
    """What was done to the frame: dropped, repeated, held, sent late, replaced, changed, added, cut, slowed."""
    frames: int = 0
    """With ``end``: how many frames were touched in all."""
    keys: dict[str, str] = field(default_factory=dict)
    """The fault's keys, with ``begin``."""


class InjectionLog:
    """Keeps the latest entries, and writes all of them to a file if there is one."""

    def __init__(self) -> None:
        self.entries: deque[Injection] = deque(maxlen=_KEPT)
        """Oldest first."""
        self._file: NewFile | None = None
        self._failure: ConfigurationError | None = None

    def open(self, path: Path) -> None:
        """Write to a new file, readable by its owner only, from now on.

        Raises:
            ConfigurationError: It exists or cannot be created.
        """
        from depthview.system.files import NewFile

        self._file = NewFile(path)

    def add(self, entry: Injection) -> None:
        """Keep and write an entry. After a failed write the file is left alone, and :meth:`close` raises."""
        self.entries.append(entry)
        _log.debug("fault %s: %s %s", entry.fault, entry.what, entry.action)
        if self._file is None or self._failure is not None:
            return
        try:
            self._file.append(json.dumps(asdict(entry)) + "\n")
        except ConfigurationError as failure:
            _log.warning("%s", failure)
            self._failure = failure

    def close(self) -> None:
        """Close the file.

        Raises:
            ConfigurationError: Not everything could be written.
        """
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
