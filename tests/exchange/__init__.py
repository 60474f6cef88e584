"""Tests of the embedded exchange, from outside wherever that is possible."""
