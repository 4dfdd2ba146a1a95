"""What people mean when they type a word or tap the menu: 祝福 乡讯 咨询 反映 找群 人工."""

from __future__ import annotations

from collections.abc import Callable

from server.inbox.keywords import fold
from server.inbox.service import Handled
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose, Way
from server.web.callback import wording
from server.web.callback.visit import Visit

Intent = Callable[[Visit, str], Handled]


def blessing(visit: Visit, text: str) -> Handled:
    return visit.say(wording.blessing(visit.desk, None))


def no_letters(visit: Visit, text: str) -> Handled:
    """退订: taking back is as easy as following was (PIPL §15)."""
    _letters(visit, given=False)
    return visit.say(wording.no_letters(visit.desk))


def letters_again(visit: Visit, text: str) -> Handled:
    _letters(visit, given=True)
    return visit.say(wording.letters_again(visit.desk))


def _letters(visit: Visit, *, given: bool) -> None:
    person_id = visit.person_id()
    if person_id is None:
        return
    for purpose in (Purpose.GREETINGS, Purpose.NEWSLETTER):
        ledger.record(
            visit.db,
            person_id=person_id,
            purpose=purpose,
            given=given,
            way=Way.OFFICIAL,
            vault=visit.vault,
            now=visit.now,
        )


def newsletter(visit: Visit, text: str) -> Handled:
    return visit.say(wording.newsletter(visit.desk))


def consultation(visit: Visit, text: str) -> Handled:
    return visit.say(wording.consultation(visit.desk))


def petition(visit: Visit, text: str) -> Handled:
    return visit.say(wording.petition(visit.desk, visit.notices_page()))


def progress(visit: Visit, text: str) -> Handled:
    return visit.say(wording.progress(visit.desk, visit.notices_page()))


def find_group(visit: Visit, text: str) -> Handled:
    place = fold(text).removeprefix("找群")
    if not place or place == fold(text):
        return visit.say(wording.find_group(visit.desk))
    return visit.for_staff("text", text, wording.group_asked(visit.desk))


def people(visit: Visit, text: str) -> Handled:
    return visit.for_staff("text", text, wording.to_people(visit.desk))


WORDS: dict[str, Intent] = {
    "祝福": blessing,
    "问候": blessing,
    "退订": no_letters,
    "不收问候": no_letters,
    "不收祝福": no_letters,
    "恢复问候": letters_again,
    "恢复祝福": letters_again,
    "恢复": letters_again,
    "恢复订阅": letters_again,
    "订阅问候": letters_again,
    "订阅": letters_again,
    "重新订阅": letters_again,
    "乡讯": newsletter,
    "侨刊": newsletter,
    "咨询": consultation,
    "法律咨询": consultation,
    "律师": consultation,
    "反映": petition,
    "诉求": petition,
    "信访": petition,
    "投诉": petition,
    "进度": progress,
    "进展": progress,
    "查进度": progress,
    "办理进度": progress,
    "找群": find_group,
    "进群": find_group,
    "人工": people,
    "客服": people,
}
KEYS: dict[str, Intent] = {
    "MENU_BLESSING": blessing,
    "MENU_NEWS": newsletter,
    "MENU_LEGAL": consultation,
    "MENU_PETITION": petition,
    "MENU_PROGRESS": progress,
    "MENU_GROUP": find_group,
    "MENU_PEOPLE": people,
}


def of_text(text: str) -> Intent | None:
    """Return the intent of a message: the word itself, or 找群 followed by a place."""
    typed = fold(text)
    found = WORDS.get(typed)
    if found is None and typed.startswith("找群"):
        return find_group
    return found


def of_key(key: str) -> Intent | None:
    """Return the intent of a menu key; a key may also be one of the words."""
    return KEYS.get(key) or of_text(key)


def hometown_of(scene: str | None) -> str | None:
    """Read the place from a QR scene `home:<place>`; other scenes name none."""
    if scene and scene.startswith("home:"):
        return scene.removeprefix("home:")[:20] or None
    return None
