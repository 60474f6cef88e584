"""Foreign clients of the embedded exchange: `make interop`."""
