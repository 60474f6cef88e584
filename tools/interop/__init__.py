"""Third-party clients of the embedded exchange: `make interop`."""
