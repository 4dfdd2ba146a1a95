"""Greetings: festivals, campaigns, and who gets which letter at which moment."""
