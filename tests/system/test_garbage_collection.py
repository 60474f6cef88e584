"""Python's search for garbage, as the screen has it."""

from __future__ import annotations

import json
import subprocess
import sys

_COUNT = """
import gc, json
import depthview.ui.app
before = len(gc.get_objects())
from depthview.system.event_loop import tune_gc
tune_gc()
print(json.dumps([before, len(gc.get_objects()), gc.get_threshold()[0]]))
"""


def test_what_was_imported_is_searched_no_more_and_the_rest_more_rarely() -> None:
    done = subprocess.run([sys.executable, "-c", _COUNT], capture_output=True, check=True, timeout=30)
    before, after, threshold = json.loads(done.stdout)
    assert before > 20_000
    assert after < before / 100
    assert threshold > 700
