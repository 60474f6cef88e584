"""Playing a recording in its own time, with pause, speed and seek.

Drives a session only through :mod:`depthview.recordings.driver`; never imports a network, keys or the screen.
"""
