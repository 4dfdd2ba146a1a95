"""What we compare with: a bare Flask hello, and wechatpy's echo that stores nothing."""

from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import create_reply

from tests.make import AES_KEY, TOKEN

hello = Flask("hello")


@hello.get("/")
def say_hello():
    return "hello"


APPID = "wxyunxi00000000000"
echo = Flask("echo")
_crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)


@echo.get("/")
def alive():
    return "echo"


@echo.post("/wechat/yunxi/callback")
def answer():
    query = request.args
    text = _crypto.decrypt_message(
        request.get_data(), query["msg_signature"], query["timestamp"], query["nonce"]
    )
    message = parse_message(text)
    reply = create_reply(getattr(message, "content", "event"), message).render()
    return _crypto.encrypt_message(reply, query["nonce"], query["timestamp"])
