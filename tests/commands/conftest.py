"""What the tests of the command line share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.processes import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A folder to start depthview in."""
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def busy_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An exchange process that never rests, for a whole module: its address and its key file."""
    folder = tmp_path_factory.mktemp("exchange")
    key = folder / "key.json"
    words = ["--products", "BTC-USD,ETH-USD,ETH-EUR", "--levels", "200", "--key-out", str(key)]
    with Bench(folder).exchange(*words) as url:
        yield url, key
