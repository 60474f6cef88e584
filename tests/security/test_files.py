"""Every file that a command line can name is made anew, private, and never through a link that was planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.processes import COMMAND

if TYPE_CHECKING:
    from tests.support.processes import Bench

_WRITING = {
    "a recording": ("stream", "BTC-USD", "--demo", "--for", "2", "--record"),
    "another recording": ("record", "BTC-USD", "--demo", "--for", "2", "--output"),
    "a dump": ("stream", "BTC-USD", "--demo", "--for", "2", "--dump-book"),
    "a log": ("stream", "BTC-USD", "--demo", "--for", "2", "--log-file"),
    "what was injected": ("exchange", "--for", "0.2", "--injected"),
    "the truth": ("exchange", "--for", "0.2", "--truth"),
    "a key": ("exchange", "--for", "0.2", "--key-out"),
}


@pytest.mark.parametrize("words", _WRITING.values(), ids=_WRITING.keys())
def test_nothing_is_written_through_a_planted_link(bench: Bench, words: tuple[str, ...]) -> None:
    victim, nowhere = bench.folder / "victim", bench.folder / "nowhere"
    victim.write_text("mine")
    for name, target in (("to-a-file", victim), ("to-nothing", nowhere)):
        link = bench.folder / name
        link.symlink_to(target)
        done = bench.run(*words, name)
        assert done.code in (1, 2, 78), done.err
        assert name in done.one_line()
        assert link.is_symlink()
    assert victim.read_text() == "mine"
    assert not nowhere.exists()


@pytest.mark.parametrize("words", _WRITING.values(), ids=_WRITING.keys())
def test_what_is_made_is_its_owner_s_alone(bench: Bench, words: tuple[str, ...]) -> None:
    done = bench.run(*words, "made", command=("sh", "-c", 'umask 0; exec "$0" "$@"', *COMMAND))
    assert done.code == 0, done.err
    assert (bench.folder / "made").stat().st_mode & 0o777 == 0o600
