"""A member of staff at the console: signed in, with the form token a browser would send."""

import re

from server.staff import service as staff
from server.staff import sessions
from server.web.console.shell import COOKIE

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """Signed in as somebody with a role; posts forms as a page would."""

    def __init__(self, app, tools, *, tenant_id, role="admin", login=None, path=""):
        now = tools.clock.now()
        with tools.sessions.begin() as db:
            self.officer = staff.create(
                db, tenant_id=tenant_id, name="王", role=role, path=path,
                login=login or f"{role}{tenant_id}".replace("_", "-"),
                password="a-long-password", now=now,
            )  # fmt: skip
            cookie = sessions.open_session(db, self.officer, now=now)
        self.client = app.test_client()
        self.client.set_cookie(COOKIE, cookie, path="/console")
        self.get = self.client.get

    def post(self, path, data=None, *, token=True):
        """Post a form; without `token` as another site would."""
        given = {}
        if token:
            given["csrf_token"] = _TOKEN.search(self.get("/console/me").text)[1]
        return self.client.post(path, data={**given, **(data or {})})
