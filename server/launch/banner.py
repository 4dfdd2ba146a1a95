"""What a start tells: the lines on the screen for people, `var/demo.json` for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.demo import county
from server.demo.phone import callback_url
from server.staff.permissions import ROLE_NAMES, Role


def demo(base_url: str, sandbox_url: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What scripts need to know. Secrets of the demo only; to be written for this user alone."""
    official = county.ACCOUNTS[0]
    return {
        "base_url": base_url,
        "sandbox_url": sandbox_url,
        "console_url": f"{base_url}/console/",
        "callback_url": callback_url(base_url, official.slug),
        "appid": official.appid,
        "token": kept["accounts"][official.slug]["token"],
        "aes_key": kept["accounts"][official.slug]["aes_key"],
        "accounts": {
            account.slug: {
                "kind": account.kind,
                "name": account.name,
                "appid": account.appid,
                "original_id": account.original_id,
                "callback_url": callback_url(base_url, account.slug),
                "mode": "safe",
                "format": account.data_format,
                **kept["accounts"][account.slug],
            }
            for account in county.ACCOUNTS
        },
        "sign_ins": [
            {
                "login": officer.login,
                "password": kept["staff"][officer.login],
                "name": officer.name,
                "role": officer.role,
                "role_name": ROLE_NAMES[Role(officer.role)],
            }
            for officer in county.STAFF
        ],
    }


def lines(told: Mapping[str, Any]) -> str:
    sign_ins = "\n".join(
        f"        {row['login']:<10}{row['password']:<18}{row['role_name']} {row['name']}"
        for row in told["sign_ins"]
    )
    return f"""
  乡音已就绪 Xiangyin is ready. 演示县「{county.NAME}」，人物事件皆为虚构 (nothing in it is real).

    手机 the phone              {told["sandbox_url"]}/
    平台故障与日志 its control  {told["sandbox_url"]}/control
    工作台 staff console        {told["console_url"]}
{sign_ins}
    接口文档 API                {told["base_url"]}/api/docs

    脚本 for scripts: var/demo.json    日志 logs: var/log/    停止 stop: Ctrl-C
"""
