"""Say in plain words from which device somebody signed in. Pure; a guess, never a proof."""

from __future__ import annotations

_SYSTEMS = (  # the first that occurs; phones name their ancestors as well
    ("HarmonyOS", "鸿蒙手机"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ 浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def described(user_agent: str) -> str:
    """Describe a User-Agent: Windows 电脑 · Chrome; 不认识的设备 when it says nothing we know."""
    found = (
        next((words for sign, words in signs if sign in user_agent), "")
        for signs in (_SYSTEMS, _BROWSERS)
    )
    return " · ".join(words for words in found if words) or "不认识的设备"
