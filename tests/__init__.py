"""The checks. Real parts, sentences as names, any order, in parallel."""
