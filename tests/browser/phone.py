"""A phone with the mini-program open, as tests hold it."""

import json
from pathlib import Path

SHOTS = Path(__file__).parent / "shots"

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

    def __init__(self, browser, base, appid, *, width=390, height=844, launch=None, mock=None):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
        )
        given = (
            f"window.__mpLaunch={json.dumps(launch or {})};window.__wxMock={json.dumps(mock or {})}"
        )
        self.context.add_init_script(given)
        self.base, self.appid = base, appid
        self.page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.errors, self.expected = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message) -> None:
        if message.type == "error" and not any(word in message.text for word in self.expected):
            self.errors.append(message.text)

    def open(self, page="home", query="", *, follower=1):
        """Start the mini-program on one of its pages, as from cold."""
        hash_ = f"#/pages/{page}/{page}" + (f"?{query}" if query else "")
        url = f"{self.base}/mp/{self.appid}/index.html"
        self.page.goto("about:blank")  # a new hash alone would not restart it
        self.page.goto(f"{url}?follower={follower}&api=/mp-api/{self.appid}{hash_}")
        return self.page

    def tap(self, name, role="button"):
        self.page.get_by_role(role, name=name).first.tap()

    def write(self, label, text):
        self.page.get_by_label(label, exact=True).fill(text)

    def sees(self, text):
        """Wait until the words are on the page in front."""
        self.page.locator("wx-page:not([data-hidden])").get_by_text(text).first.wait_for()

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
