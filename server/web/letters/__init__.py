"""The door of 电子家书: letters as pages, open to whoever has the link. No account, no cookie."""
