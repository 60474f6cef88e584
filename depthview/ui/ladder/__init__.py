"""The ladder, as pure functions from a frozen view to lines of cells."""
