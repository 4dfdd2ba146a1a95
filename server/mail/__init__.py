"""The other outer wall: letters by e-mail. Only wiring knows which adapter sends them."""
