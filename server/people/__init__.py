"""People (乡亲): who follows us, where they live, what they allow, how they can be reached."""
