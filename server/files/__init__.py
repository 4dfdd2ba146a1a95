"""Encrypted files on disk, behind the Files port."""
