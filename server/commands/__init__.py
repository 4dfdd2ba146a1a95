"""Groups of commands that are too large for `cli`, and what all groups share."""
