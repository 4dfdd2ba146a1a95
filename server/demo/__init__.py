"""A believable county to try things with: data in `county`, the seeding in `seed`."""
