"""Frozen values that the session fills and screens and streams read.

May import ``core`` only.
"""
