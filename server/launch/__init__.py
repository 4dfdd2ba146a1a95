"""`make run`: everything on one machine, without root and without services. For trials."""
