"""侨情调查: a yearly round, village by village, signed off and kept as it then was (S004:L51)."""
