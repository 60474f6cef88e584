"""Pure market logic: books, sequence, measures, trust. No I/O, no clock, no third party."""
