"""A phone with the mini-program open, as tests hold it."""

import json
import re
from pathlib import Path

from tests.make import call

SHOTS = Path(__file__).parents[1] / "shots"

IN_FRONT = "wx-page:not([data-hidden])"
TAPPABLE = (
    "wx-button, [role=button], [role=link], [role=checkbox], [role=radio], wx-input, wx-textarea"
)
SEEN = """const seen = selector => [...document.querySelectorAll(selector)]
    .filter(e => e.getClientRects().length);"""
TOO_SMALL = f"""() => {{
  {SEEN}
  return seen('{IN_FRONT} :is({TAPPABLE})')
    .map(e => [e.getAttribute('aria-label') || e.innerText, e.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 44)
    .map(([name, box]) => `${{name}}: ${{box.width | 0}} x ${{box.height | 0}}`) }}"""
SMALL_TEXT = f"""() => {{
  {SEEN}
  return seen('{IN_FRONT} *')
    .filter(e => [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(e => parseFloat(getComputedStyle(e).fontSize) < 18).map(e => e.innerText) }}"""
SPILLED = f"""() => {{
  {SEEN}
  return seen('{IN_FRONT} *')
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.className + ' ' + (e.innerText || '').slice(0, 20)) }}"""


class Phone:
    """One browser context, so one storage, though several followers may use it in turn."""

    def __init__(self, browser, sandbox, appid, follower, *, width=390, launch=None):
        self.context = browser.new_context(
            viewport={"width": width, "height": 844},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
        )
        self.context.add_init_script(f"window.__mpLaunch = {json.dumps(launch or {})}")
        self.sandbox, self.appid, self.follower = sandbox, appid, follower
        self.page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.errors, self.expected = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message) -> None:
        if message.type == "error" and not any(word in message.text for word in self.expected):
            self.errors.append(message.text)

    def open(self, page="home", query="", *, follower=None):
        """Start the mini-program on one of its pages, as from cold."""
        hash_ = f"#/pages/{page}/{page}" + (f"?{query}" if query else "")
        url = f"{self.sandbox}/mp/{self.appid}/index.html"
        who = follower or self.follower
        self.page.goto("about:blank")  # a new hash alone would not restart it
        self.page.goto(f"{url}?follower={who}&api=/mp-api/{self.appid}{hash_}")

    def tap(self, name, role="button"):
        self.page.get_by_role(role, name=name).first.tap()

    def write(self, label, text):
        self.page.get_by_label(label, exact=True).fill(text)

    def sees(self, text):
        """Wait until the words are on the page in front."""
        self.page.locator("wx-page:not([data-hidden])").get_by_text(text).first.wait_for()

    def number(self) -> str:
        """The number of the case on the page in front."""
        return self.page.locator(f"{IN_FRONT} .number").inner_text()

    def cases(self) -> list[str]:
        """The subjects under 我的诉求, newest first."""
        self.open("cases")
        self.sees(re.compile("更新|还没有提交过"))
        return self.page.locator(f"{IN_FRONT} .item .title").all_inner_texts()

    def consents(self) -> dict[str, int]:
        """What the platform knows: how many messages each template may still bring."""
        place = f"/sandbox/followers/{self.follower}/mini/{self.appid}/consents"
        return call("GET", self.sandbox + place)["remaining"]

    def shot(self, name) -> None:
        """A picture of the whole page, from its top, without what is gone in a second."""
        SHOTS.mkdir(exist_ok=True)
        self.page.evaluate("scrollTo(0, 0), document.querySelector('.mp-toast')?.remove()")
        self.page.screenshot(path=str(SHOTS / f"{name}.png"), animations="disabled", full_page=True)

    def complaints(self) -> list[str]:
        """What would trouble an old person on the page in front."""
        return [
            *(f"spills: {one}" for one in self.page.evaluate(SPILLED)),
            *(f"small target: {one}" for one in self.page.evaluate(TOO_SMALL)),
            *(f"small text: {one}" for one in self.page.evaluate(SMALL_TEXT)),
        ]
