"""Where a follower allows notices of their cases (服务号订阅通知): one tap, one message.

The tap happens in WeChat's own button (`wx-open-subscribe`); the answer comes back as an event to
the callback. The page opens without WeChat: only its script asks for the signature.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts import service as accounts
from server.greetings import wording
from server.greetings.wording import Script
from server.kernel.errors import Invalid, NotFound, TooMany
from server.people import subscriptions
from server.ports import Account, AccountKind
from server.web.context import caller_address, script, tools

bp = APIBlueprint("notices", __name__, url_prefix="/notices", enable_openapi=False)
OUR_COPY = "vendor/weixin-js-sdk/index.js"
LONGEST = 2000  # characters of an address


def _policy(wechat_js: str) -> str:
    """Allow our own files and, where another copy of WeChat's script is set, its server.

    WeChat draws its button in a frame of its own; pages about open tags name these two sources. The
    script's report of timings to open.weixin.qq.com is no part of the service and stays out.
    """
    parts = urlsplit(wechat_js)
    theirs = f" {parts.scheme}://{parts.netloc}" if wechat_js else ""
    return (
        f"default-src 'none'; script-src 'self'{theirs}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{theirs}; frame-src https://*.qq.com webcompt:; form-action 'none'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


@bp.after_request
def harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _policy(tools().settings.wechat_js)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _account(slug: str) -> tuple[Account, str]:
    """Return an account that can send such notices and its template; raise NotFound."""
    account = tools().accounts.by_slug(slug)
    template = account.templates.get(subscriptions.ASKED_BY[AccountKind.OFFICIAL])
    if account.kind is not AccountKind.OFFICIAL or not template:
        raise NotFound("account", slug=slug)
    return account, template


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    account, template = _account(slug)
    with tools().sessions.read() as db:
        county = accounts.tenant(db, account.tenant_id)
    chosen = script()
    html = render_template(
        "notices/allow.html",
        t=wording.traditional if chosen is Script.HANT else str,
        script=chosen,
        account=account,
        template=template,
        county=county,
        sdk=tools().settings.wechat_js or url_for("static", filename=OUR_COPY),
    )
    return Response(html, mimetype="text/html")


@bp.get("/<slug>/signature")
def signature(slug: str) -> ResponseReturnValue:
    """Sign the page for WeChat's browser, at the address at which the phone has it open."""
    box, url = tools(), request.args.get("url", "")
    account, _ = _account(slug)
    page = f"{box.settings.base_url}{url_for('notices.show', slug=slug)}"
    if url.partition("#")[0].partition("?")[0] != page or len(url) > LONGEST:
        raise Invalid(fields={"url": ["不是这里的页面"]})
    if box.limiter.take(f"sign_page:{caller_address()}", box.clock.now()) > timedelta(0):
        raise TooMany
    signed = box.platform.sign_page(account.id, url)
    return jsonify(
        appId=signed.appid,
        timestamp=signed.timestamp,
        nonceStr=signed.nonce,
        signature=signed.signature,
    )
