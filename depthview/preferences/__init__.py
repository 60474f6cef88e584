"""Values that a user chooses: display, keys, colors. Pure.

May import nothing else of depthview.
"""
