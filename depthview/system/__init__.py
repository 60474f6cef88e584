"""The operating system: private files, standard output, the event loop, logs and crash reports.

May import ``core``, ``preferences``, ``errors`` and ``clock``.
"""
