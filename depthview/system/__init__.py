"""The operating system: private files, standard output, the event loop, logs and crash reports.

May import nothing else of depthview but ``errors`` and ``clock``.
"""
