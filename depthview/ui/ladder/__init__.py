"""The ladder: from a frozen view to lines of cells, and the widget that shows them.

May import ``ui`` and what that may; all but :mod:`depthview.ui.ladder.widget` is pure.
"""
