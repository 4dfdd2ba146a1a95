"""The door of 订阅通知: the page where followers of an official account allow notices."""
