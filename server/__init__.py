"""乡音 Xiangyin: the server. The map is ARCHITECTURE.md beside this file."""
