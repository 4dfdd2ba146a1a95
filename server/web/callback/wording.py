"""What the account says. One place, so that an editor can read it through."""

from __future__ import annotations

from server.web.callback.desk import Desk

HOME = "pages/home/home"
PETITION = "pages/submit/submit?kind=petition"
CONSULTATION = "pages/submit/submit?kind=consultation"
CASES = "pages/cases/cases"
NO_MONEY = "侨联办事不收费，不会向您要验证码或转账。"


def welcome(desk: Desk, *, returning: bool, hometown: str | None) -> str:
    greeting = "欢迎再次回家" if returning else "您好，欢迎回家"
    home = f"我们记下您从“{hometown}”来。\n" if hometown else ""
    return (
        f"{greeting}！这里是{desk.county.name}，乡亲在外的一个家。\n{home}"
        f"• {desk.link('法律咨询', CONSULTATION)}：房产、继承、公证等\n"
        f"• {desk.link('反映诉求', PETITION)}：有事请讲，件件有回音\n"
        f"• {desk.link('我的诉求', CASES)}：看办到哪一步\n"
        "也可以直接打字，例如“进度”“祝福”“找群”“人工”。\n"
        "逢年过节，家乡的问候信会寄到这里；不想收，回复“退订”。\n"
        f"{NO_MONEY}"
    )


def scanned(desk: Desk, hometown: str) -> str:
    return f"您扫的是“{hometown}”的码。想找这里的乡亲群，请回复“找群 {hometown}”。"


def consultation(desk: Desk) -> str:
    return (
        f"法律咨询请点这里：{desk.link('我要咨询', CONSULTATION)}\n"
        "由公益律师答复，不收费。起诉、上诉等期限不会因咨询而延长，期限临近请先联系律师。"
    )


def petition(desk: Desk, notices: str | None) -> str:
    return (
        f"有诉求请点这里：{desk.link('反映诉求', PETITION)}\n"
        f"提交后有编号，可随时看进展：{desk.link('我的诉求', CASES)}{_allow(notices)}"
    )


def progress(desk: Desk, notices: str | None) -> str:
    return f"办到哪一步，点这里看：{desk.link('我的诉求', CASES)}{_allow(notices)}"


def _allow(notices: str | None) -> str:
    """Offer the page where somebody allows a notice; nothing when there is no need of it."""
    return f'\n<a href="{notices}">以后办理有进展时通知我</a>' if notices else ""


def blessing(desk: Desk, festival: str | None) -> str:
    coming = f"下一个节日是{festival}，" if festival else ""
    return (
        f"谢谢您惦记家乡！{coming}到时家乡的问候信会在您当地的早上寄到这里。"
        "不想收，回复“退订”。"
        f"\n想让家里称呼得更亲切，请到{desk.link('我的资料', HOME)}填上称呼和所在地。"
    )


def no_letters(desk: Desk) -> str:
    return (
        "好的，节日问候和侨刊乡讯都不再寄给您了。办事的通知、您的留言照常答复。\n"
        "哪天想收了，回复“恢复问候”就行。"
    )


def letters_again(desk: Desk) -> str:
    return "好的，以后的节日问候和侨刊乡讯照常寄给您。不想收时，回复“退订”就行。"


def newsletter(desk: Desk) -> str:
    return f"{desk.county.name}的侨刊乡讯正在筹备，第一期出来就从这里寄给您。"


def find_group(desk: Desk) -> str:
    return "请回复“找群”加上家乡的镇或村，例如：找群 泮坑镇。工作人员会帮您联系群主。"


def group_asked(desk: Desk) -> str:
    return "已记下您要找的乡亲群，工作人员会在这里回复您。" + office(desk)


def to_people(desk: Desk) -> str:
    return "好的，已转给工作人员，会在 48 小时内从这里回复您。" + office(desk)


def not_understood(desk: Desk) -> str:
    return (
        "您的话已转给工作人员，会从这里回复您。\n"
        "也可以回复：咨询、反映、祝福、乡讯、找群、人工。" + office(desk)
    )


def media_received(desk: Desk, what: str) -> str:
    return f"收到您发来的{what}，工作人员看后会从这里回复您。" + office(desk)


def code_scanned(desk: Desk) -> str:
    return "已扫码。请把想办的事打字告诉我们。"


def broken(desk: Desk) -> str:
    return "抱歉，系统刚才没能处理您的消息，已转给工作人员。" + office(desk)


def office(desk: Desk) -> str:
    phone = desk.county.office.get("phone")
    return f"\n急事请打办公室电话 {phone}。" if phone else ""
