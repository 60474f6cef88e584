"""Frames in and commands out: sockets, recordings, and the worker that owns them. Knows nothing of Textual."""
