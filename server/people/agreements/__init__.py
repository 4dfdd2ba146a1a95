"""Agreements (同意): what a person allows us to do with their data, purpose by purpose."""
