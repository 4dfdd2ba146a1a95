"""The door for the mini-program: /api/v1, JSON, one opaque token per sign-in."""
