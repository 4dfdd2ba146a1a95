"""A stand-in for the WeChat platform: an independent reading of its rules, for demos and tests."""
