"""Axis `callbacks`: verify, decrypt, claim, store, answer, encrypt, beside two baselines."""

import base64
import hashlib
import itertools
import os
import struct
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from server.inbox import keywords
from server.kernel.clock import SystemClock
from server.kernel.settings import Settings
from tests import make
from tests.bench import load
from tests.bench.baselines import APPID
from tests.bench.figures import progress, tell
from tests.bench.hosts import Installation, Web

RUNS = 5
MESSAGES = 3000  # in one run; all different
PEOPLE = 3000
PATH = "/wechat/yunxi/callback"
SAID = ("祝福", "咨询", "护照", "我想问一下老家修路的事")
_serial = itertools.count(1)


def run() -> None:
    with Installation() as installation:
        tools = make.toolbox(Settings.from_env(installation.env), SystemClock())
        county = make.county(tools)
        with tools.sessions.begin() as db:
            keywords.save(db, county.id, keywords.Keyword("护照", "请联系使领馆。"))
        tools.sessions.dispose()
        with (
            Web(installation, "tests.bench.baselines:hello", "/") as hello,
            Web(installation, "tests.bench.baselines:echo", "/") as echo,
            Web(installation, "server.wsgi:app", "/healthz") as ours,
        ):
            _measure(hello, echo, ours)


def _measure(hello: Web, echo: Web, ours: Web) -> None:
    hellos = [load.get("/")] * MESSAGES
    for web, requests in ((hello, hellos), (echo, messages()), (ours, messages())):
        _run(web, requests)  # warm: imports, caches, first connections, people known
    rates, to_hello, to_echo, middle, tail, by_cpu = [], [], [], [], [], []
    for number in range(1, RUNS + 1):
        before = hello.cpu(), ours.cpu()
        plain = _run(hello, hellos).rate
        echoed = _run(echo, messages()).rate
        full = _run(ours, messages()).rate
        by_cpu.append((hello.cpu() - before[0]) / (ours.cpu() - before[1]))
        half = _run(ours, messages(), rate=full / 2)
        rates.append(full)
        to_hello.append(full / plain)
        to_echo.append(full / echoed)
        middle.append(half.percentile(0.5))
        tail.append(half.percentile(0.99))
        progress(f"run {number}: hello {plain:.0f}/s, echo {echoed:.0f}/s, ours {full:.0f}/s")
    tell("callbacks", "rps", rates, "1/s")
    tell("callbacks", "ratio_to_hello", to_hello, "ratio")
    tell("callbacks", "ratio_to_wechatpy_echo", to_echo, "ratio")
    tell("callbacks", "cpu_ratio_to_hello", by_cpu, "ratio")
    tell("callbacks", "p50_ms", middle, "ms")
    tell("callbacks", "p99_ms", tail, "ms")
    tell("callbacks", "rss_mb", [ours.memory()], "MB")


def _run(web: Web, requests: list[bytes], rate: float | None = None) -> load.Result:
    result = load.run(web.port, requests, rate=rate)
    if result.failures:
        raise RuntimeError(f"{result.failures} answers were not 200")
    return result


def messages() -> list[bytes]:
    """Return one run's requests: safe mode, texts and menu taps of many people."""
    return [_message(next(_serial)) for _ in range(MESSAGES)]


def _message(serial: int) -> bytes:
    now = int(time.time())
    if serial % 5 == 0:
        kind, rest = "event", "<Event>CLICK</Event><EventKey>MENU_BLESSING</EventKey>"
    else:
        content = SAID[serial % len(SAID)]
        kind, rest = "text", f"<Content><![CDATA[{content}]]></Content><MsgId>{serial}</MsgId>"
    xml = (
        f"<xml><ToUserName>gh_yunxi</ToUserName><FromUserName>o{serial % PEOPLE:06}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>{kind}</MsgType>{rest}</xml>"
    )
    return load.post(*_sealed(xml.encode(), str(now)))


def _sealed(message: bytes, timestamp: str) -> tuple[str, bytes]:
    key = base64.b64decode(make.AES_KEY + "=")
    text = os.urandom(16) + struct.pack(">I", len(message)) + message + APPID.encode()
    padding = 32 - len(text) % 32
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = base64.b64encode(cipher.update(text + bytes([padding]) * padding) + cipher.finalize())
    nonce = os.urandom(8).hex()
    parts = sorted([make.TOKEN, timestamp, nonce])
    signature = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    parts = sorted([*parts, sealed.decode()])
    msg_signature = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    path = (
        f"{PATH}?signature={signature}&timestamp={timestamp}&nonce={nonce}&openid=o"
        f"&encrypt_type=aes&msg_signature={msg_signature}"
    )
    body = f"<xml><ToUserName>gh_yunxi</ToUserName><Encrypt>{sealed.decode()}</Encrypt></xml>"
    return path, body.encode()
