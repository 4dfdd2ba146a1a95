"""The office's work on the register: who may see and change it, lists in, lists out."""
