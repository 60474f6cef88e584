"""Coinbase's wire, sans-I/O: frames to messages, requests to bytes, and the state of subscriptions and tokens.

May import ``core`` only.
"""
