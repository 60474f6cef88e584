"""The Coinbase Advanced Trade wire, sans-I/O: text in, typed values and commands out."""
