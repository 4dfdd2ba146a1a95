"""Who is in the register twice: how alike two entries are, and why."""
