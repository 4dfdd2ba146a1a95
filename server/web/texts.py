"""The words for each error code, chosen at the door. Chinese for people, English for the API."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    detail: str
    english: str


_WORDS = {
    "invalid": Words(
        "填写有误", "请检查标出的内容后再提交。", "Some fields are not valid; see errors."
    ),
    "not_signed_in": Words(
        "请先登录",
        "登录已过期或尚未登录，请重新进入。",
        "Sign in first; the token is missing or over.",
    ),
    "not_allowed": Words(
        "没有权限", "您的角色不能做这件事，如有需要请联系管理员。", "Your role may not do this."
    ),
    "not_found": Words(
        "没有找到", "没有这项内容，或者它不属于您。", "No such thing, or not yours."
    ),
    "conflict": Words(
        "暂时不能这样做",
        "情况已经变化，请刷新后再看。",
        "The state has changed; reload and look again.",
    ),
    "idempotency_conflict": Words(
        "这次提交和上次不同",
        "同一个提交编号已经用于另一份内容，请重新打开页面再提交。",
        "This Idempotency-Key was used for a different request.",
    ),
    "too_many": Words("操作太频繁", "请稍等一分钟再试。", "Too many requests; wait a minute."),
    "too_many_requests": Words("操作太频繁", "请稍等一分钟再试。", "Too many requests; wait."),
    "busy": Words(
        "系统正忙", "请稍候几秒再试，您填写的内容没有丢失。", "Busy; try again in a few seconds."
    ),
    "platform": Words(
        "微信暂时没有回应",
        "请稍后再试，您填写的内容没有丢失。",
        "WeChat did not answer; try again.",
    ),
    "outage": Words("服务暂时不可用", "请稍后再试。", "Temporarily unavailable; try again."),
    "internal": Words(
        "系统出了一点问题",
        "我们已经记下，请稍后再试；急事请直接打办公室电话。",
        "Something broke on our side; it was logged.",
    ),
    "method_not_allowed": Words("不支持这个操作", "请从页面重新进入。", "Method not allowed."),
    "request_entity_too_large": Words(
        "文件太大", "单个文件不能超过 10 MB。", "The upload is larger than 10 MB."
    ),
    "unsupported_media_type": Words(
        "内容格式不对", "请用 JSON 提交。", "Unsupported media type; send JSON."
    ),
    "bad_request": Words("请求有误", "请刷新页面后再试。", "Bad request."),
}
LOST = Words(  # somebody with an old link in their hand, not a member of staff
    "这一页找不到了",
    "链接可能不完整，或者这封信已经收回。请回到公众号，从最近的消息里再点一次；"
    "也可以在公众号里留言，家乡的同志会帮您找。",
    "No such page.",
)
_CLIENT = Words("请求有误", "请刷新页面后再试。", "The request cannot be served.")


def words_for(code: str, status: int) -> Words:
    """Return the words for a code; an unknown one gets general words, never the code itself."""
    return _WORDS.get(code) or (_WORDS["internal"] if status >= 500 else _CLIENT)


def catalogue() -> list[tuple[str, Words]]:
    """Return every code a client may meet, with its words, for the documentation."""
    return sorted(_WORDS.items())
