"""Inbox: what comes in is handled once; a retry gets the first answer; questions wait for staff."""
