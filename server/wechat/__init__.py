"""The only package that talks to WeChat, and the only one that may import wechatpy."""
