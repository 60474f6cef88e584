"""Recordings: files of what came off the wire, and what drives a session from one."""
