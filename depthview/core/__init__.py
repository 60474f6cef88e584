"""Pure market logic: books, sequence numbers, measures, verdicts. No I/O and no clock.

May import nothing but ``errors``, and of others' code only msgspec, which reads numbers.
"""
