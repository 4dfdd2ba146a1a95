"""How a name may be written abroad: pinyin in either order, the spellings of the dialects. Pure.

Surnames by a table (Hokkien, Teochew, Cantonese, Hakka, Wade-Giles); given names by what a
Mandarin initial becomes in the dialects: 立群 Li Qun, Lip Khoon, Lap Kwan.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_SPELLINGS = {
    "chen": "tan chan chin ting dan tjan",
    "lin": "lim lam ling",
    "huang": "ng wong ooi wee hwang oei",
    "li": "lee lie lei",
    "wang": "ong wong heng",
    "zhang": "teo teoh chong cheung tiong chang cheong",
    "wu": "goh ng go gouw",
    "zheng": "tay teh cheng tee cheang",
    "zhou": "chew chow chau chiu",
    "liu": "lau low liew lauw",
    "cai": "chua choy tsai chai choi tjoa",
    "yang": "yeo yong yeung njoo",
    "xu": "koh khoo hui hsu chee tsui chi kho",
    "liang": "neo leong leung niu",
    "he": "ho hor",
    "ye": "yap yeap ip yip iap",
    "guo": "kuek quek kok kwok keh kwek kuo",
    "xie": "chia tse hsieh cheah",
    "zeng": "chan tsang tseng cheng can",
    "su": "soh so saw",
    "hong": "ang hung",
    "qiu": "khoo khu hew yau kho",
    "shen": "sim shum sum",
    "yu": "yee ee",
    "pan": "phua poon phoon puah",
    "lu": "loh lo loke look",
    "mai": "mak meh",
    "hu": "foo woo oh aw ow",
    "luo": "loh law lo low",
    "zhu": "choo chu chee",
    "fang": "png fong pang hong",
    "gao": "koh ko kou",
    "feng": "fung pang foong",
    "sun": "soon suen sng",
    "ma": "beh mah bay",
    "zhong": "cheong chung cheng",
    "shi": "sze see shih si sek",
    "zhuang": "chng chong chuang",
    "jiang": "kang kong keong chiang cheung",
    "zhao": "chiu chao chew tio",
    "ouyang": "auyong auyeung owyong",
    "situ": "szeto seeto",
    "xia": "ha hah hsia",
    "jin": "kim kam king",
    "xiang": "hong hang hsiang",
    "jia": "kah ka",
    "jie": "kai",
    "dai": "tai tye",
    "deng": "tang teng",
    "song": "soong sung",
    "tang": "thng tong",
    "tong": "tung thong",
    "wei": "gui ngai goi",
    "wen": "boon man oon",
    "yan": "gan ngan yim",
    "yuan": "wan yuen",
    "zou": "chow chau",
    "hou": "how hau",
    "ke": "kua kwa or",
    "lai": "lye loi",
    "lei": "looi lui",
    "mo": "mok",
    "ou": "au",
    "peng": "phang pang",
    "qian": "chee tsin",
    "ren": "yam jim",
    "tu": "thoo to",
    "shan": "sian",
    "liao": "liau liew leow",
}
_BY_SPELLING: dict[str, set[str]] = {}
for _mandarin, _written in _SPELLINGS.items():
    for _one in (_mandarin, *_written.split()):
        _BY_SPELLING.setdefault(_one, set()).add(_mandarin)

_INITIALS = {  # a Mandarin initial -> what it may be abroad; "" is none
    "b": "b p",
    "p": "p ph b",
    "m": "m b",
    "f": "f h p hw b",
    "d": "d t th",
    "t": "t th d",
    "n": "n l j g y ng",
    "l": "l d n",
    "g": "g k kh kw gw c",
    "k": "k kh kw g h f",
    "h": "h k hw f w ng x g v",
    "j": "j k kw ch c ts g gw z",
    "q": "q k kh kw ch ts c s h g t",
    "x": "x h s sh k ch ts y",
    "zh": "zh ch t ts j c d z k",
    "ch": "ch t th ts s c k d sh",
    "sh": "sh s ch ts t x c",
    "r": "r j l n y d z ng",
    "z": "z ts ch j t c k",
    "c": "c ts ch s t z",
    "s": "s ts sh ch c x",
    "y": "y i j ng h g k u e w o a n",
    "w": "w b m ng u o g h v y a n",
    "": " a e o i u ng k h g n",
}
_ALLOWED = {initial: frozenset(written.split(" ")) for initial, written in _INITIALS.items()}
_MANDARIN = re.compile(r"^(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)")
_ABROAD = re.compile(r"^(zh|ch|sh|ts|tz|th|ph|kh|kw|gw|hw|ng|[bcdfghjklmnpqrstvwxyz]?)")
_SYLLABLE = re.compile(r"[^aeiou]*[aeiou]+(?:ng|[nmptkh](?![aeiou]))?")
MOST_TOKENS = 6


def tokens(latin: str) -> tuple[str, ...]:
    """Split a name in Latin letters: "TAN, Lip-Khoon" → tan, lip, khoon."""
    plain = unicodedata.normalize("NFKD", latin).lower()
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return tuple(re.findall(r"[a-z]+", plain)[:MOST_TOKENS])


def orders(parts: tuple[str, ...]) -> frozenset[str]:
    """Return the name run together with the surname first, whichever end it was written at."""
    if not parts:
        return frozenset()
    moved = (parts, parts[1:] + parts[:1], parts[-1:] + parts[:-1])
    return frozenset("".join(one) for one in moved)


def surnames(token: str) -> frozenset[str]:
    """Return the Mandarin surnames that one spelling may stand for."""
    return frozenset(_BY_SPELLING.get(token, ()))


@cache
def syllables(token: str) -> tuple[str, ...]:
    """Cut what was written together: khoonlip → khoon, lip; ng stays ng."""
    found = _SYLLABLE.findall(token)
    return tuple(found) if found and "".join(found) == token else (token,)


@cache
def may_be(mandarin: str, abroad: str) -> bool:
    """Tell whether a syllable written abroad may be this one of Mandarin, by how it begins."""
    wanted = _MANDARIN.match(mandarin)
    found = _ABROAD.match(abroad)
    if wanted is None or found is None:
        return False
    initial = found[0]
    if not initial:
        initial = abroad[:1]
    allowed = _ALLOWED[wanted[0]]
    return initial in allowed or (not found[0] and "" in allowed)
