"""What a user has settled once and for all: a file, the environment, and how the screen was left."""
