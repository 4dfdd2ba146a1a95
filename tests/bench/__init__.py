"""Measured speed: one JSON line per figure on standard output, progress on standard error."""
