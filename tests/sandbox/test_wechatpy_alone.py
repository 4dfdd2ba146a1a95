"""The sandbox driven by wechatpy's own client, its callbacks opened by wechatpy's own crypto."""

from io import BytesIO

import pytest
import requests
from wechatpy import WeChatClient, parse_message
from wechatpy.client.api import WeChatWxa
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import APILimitedException, WeChatClientException
from wechatpy.replies import ArticlesReply, TextReply, TransferCustomerServiceReply
from wechatpy.session.memorystorage import MemoryStorage

from tests.sandbox.conftest import AES_KEY, GOOD, MINI, OFFICIAL, SECRET, TOKEN, picture


class RewritingSession(requests.Session):
    """Sends everything meant for the platform to the sandbox, and never waits for ever."""

    def __init__(self, base):
        super().__init__()
        self.trust_env = False
        self.base = base

    def request(self, method, url, **more):
        url = url.replace("https://api.weixin.qq.com", self.base, 1)
        url = url.replace("https://mp.weixin.qq.com", self.base, 1)
        if more.get("timeout") is None:
            more["timeout"] = (3, 10)
        return super().request(method, url, **more)


def made(platform, appid):
    client = WeChatClient(appid, SECRET, session=MemoryStorage(), auto_retry=False)
    client._http.close()
    client._http = RewritingSession(platform.url)
    return client


@pytest.fixture
def client(official):
    client = made(official, OFFICIAL)
    yield client
    client._http.close()


@pytest.fixture
def mini(both):
    client = made(both, MINI)
    yield client
    client._http.close()


@pytest.fixture
def card(official):
    card = official.follower()
    official.act(card, "text", content="在吗", wait=True)
    return card


@pytest.fixture
def openid(card):
    return card["openids"][OFFICIAL]


def refused(errcode, work, *args, **more):
    with pytest.raises(WeChatClientException) as caught:
        work(*args, **more)
    assert caught.value.errcode == errcode
    assert " rid: " in caught.value.errmsg


def test_it_fetches_and_uses_a_token(client):
    told = client.fetch_access_token()
    assert told["expires_in"] == 7200
    assert client.access_token == told["access_token"]
    assert client.misc.get_wechat_ips()
    refused(40125, made_wrong(client).fetch_access_token)


def made_wrong(client):
    client.secret = "wrong"
    return client


def test_auto_retry_fetches_a_new_token_when_the_old_one_is_refused(official):
    client = made(official, OFFICIAL)
    client.auto_retry = True
    client.misc.get_wechat_ips()
    official.post(f"/sandbox/accounts/{OFFICIAL}/tokens", {"action": "expire"})
    assert client.misc.get_wechat_ips()
    logged = official.get("/sandbox/calls", path="/cgi-bin/token")["items"]
    assert len(logged) == 2
    client._http.close()


def test_the_daily_limit_raises_its_own_error(official, client):
    official.fault(path="/cgi-bin/user/get", kind="errcode", value=45009)
    with pytest.raises(APILimitedException):
        client.user.get_followers()


def test_followers(official, client, openid):
    openids = official.post("/sandbox/followers/bulk", {"count": 3, "appid": OFFICIAL})["openids"]
    assert list(client.user.iter_followers()) == [openid, *openids]
    assert client.user.get(openid)["subscribe"] == 1
    listed = client.user.get_batch([openid, *openids])
    assert [one["openid"] for one in listed] == [openid, *openids]
    assert client.user.update_remark(openid, "泮坑林")["errcode"] == 0
    refused(40003, client.user.get, "oNobody")
    refused(40032, client.user.get_batch, [openid] * 101)


def test_tags(client, openid):
    tag = client.tag.create("泮坑")
    client.tag.update(tag["id"], "石桥")
    assert client.tag.get()[0]["name"] == "石桥"
    client.tag.tag_user(tag["id"], [openid])
    assert client.tag.get_user_tag(openid) == [tag["id"]]
    assert client.tag.get_tag_users(tag["id"])["data"]["openid"] == [openid]
    assert list(client.tag.iter_tag_users(tag["id"])) == [openid]
    client.tag.untag_user(tag["id"], [openid])
    client.tag.delete(tag["id"])
    assert client.tag.get() == []
    refused(45158, client.tag.create, "长" * 11)
    client.tag.get_black_list()


def test_menus(official, client, openid):
    assert client.menu.get() is None
    client.menu.create({"button": [{"type": "click", "name": "乡讯", "key": "NEWS"}]})
    assert client.menu.get()["menu"]["button"][0]["key"] == "NEWS"
    assert client.menu.get_menu_info()["is_menu_open"] == 1
    rule = {"client_platform_type": "2"}
    button = [{"type": "view", "name": "站", "url": "https://example.org"}]
    menuid = client.menu.add_conditional({"button": button, "matchrule": rule})["menuid"]
    assert client.menu.try_match(openid)["button"][0]["name"] == "站"
    client.menu.del_conditional(menuid)
    client.menu.delete()
    assert client.menu.get() is None


def test_qrcodes(official, client):
    scene = {"scene": {"scene_str": "泮坑"}}
    made = client.qrcode.create(
        {"expire_seconds": 1800, "action_name": "QR_STR_SCENE", "action_info": scene}
    )
    url = client.qrcode.get_url(made).replace("https://mp.weixin.qq.com", official.url, 1)
    answer = official.http.get(url, timeout=5)
    assert answer.headers["Content-Type"] == "image/jpg"


def test_customer_messages(official, client, card, openid):
    media = client.media.upload("image", ("a.png", BytesIO(picture()), "image/png"))["media_id"]
    message = client.message
    message.send_text(openid, "您好 ]]> 👵🏽")
    message.send_image(openid, media)
    article = {"title": "题", "description": "d", "url": "https://example.org", "image": ""}
    message.send_articles(openid, [article])
    message.send_msg_menu(openid, {"head_content": "请选", "list": [{"id": "1", "content": "甲"}]})
    page = {"title": "咨询", "appid": MINI, "pagepath": "pages/a", "thumb_media_id": media}
    message.send_mini_program_page(openid, page)
    kinds = [one["kind"] for one in official.timeline(card) if one["channel"] == "customer"]
    assert kinds == ["text", "image", "news", "menu", "miniprogrampage"]
    for _ in range(3):
        message.send_text(openid, "再")
    refused(45047, message.send_text, openid, "超")
    official.act(card, "unfollow", wait=True)
    refused(45015, message.send_text, openid, "走了")


def test_template_and_subscription_messages(official, client, card, openid):
    assert client.message.send_template(openid, "TPL", GOOD)["msgid"]
    refused(40037, client.message.send_template, openid, "nothing", GOOD)
    refused(43101, client.message.send_subscribe_message, openid, "TPL", GOOD)
    where = f"/sandbox/followers/{card['id']}/mini/{OFFICIAL}/subscribe"
    official.post(where, {"decisions": {"TPL": "accept"}})
    client.message.send_subscribe_message(openid, "TPL", GOOD)
    listed = client.template.get_all_private_template()["template_list"]
    assert [one["template_id"] for one in listed] == ["TPL"]
    added = client.template.add("TM00015")
    client.template.del_private_template(added)


def test_mass_sending(official, client):
    openids = official.post("/sandbox/followers/bulk", {"count": 2, "appid": OFFICIAL})["openids"]
    sent = client.message.send_mass_text("佳节问候", openids)
    assert sent["msg_id"]
    told = official.settled(
        lambda: client.message.get_mass(sent["msg_id"])["msg_status"] == "SEND_SUCCESS"
    )
    assert told
    tag = client.tag.create("泮坑")["id"]
    client.tag.tag_user(tag, openids)
    thumb = client.material.add("thumb", ("a.jpg", BytesIO(picture("JPEG")), "image/jpeg"))
    article = {"title": "乡讯", "content": "<p>好</p>", "thumb_media_id": thumb["media_id"]}
    draft = client.draft.add([article])["media_id"]
    assert client.message.send_mass_article(draft, tag)["msg_data_id"]


def test_drafts_and_publishing(official, client, callback):
    thumb = client.material.add("thumb", ("a.jpg", BytesIO(picture("JPEG")), "image/jpeg"))
    article = {"title": "乡讯", "content": "<p>好</p>", "thumb_media_id": thumb["media_id"]}
    draft = client.draft.add([article])["media_id"]
    assert client.draft.count()["total_count"] == 1
    assert client.draft.get(draft)["news_item"][0]["title"] == "乡讯"
    client.draft.update(draft, 0, {**article, "title": "新"})
    assert client.draft.batchget(no_content=1)["item"][0]["media_id"] == draft
    job = client.freepublish.submit(draft)["publish_id"]
    told = official.settled(
        lambda: (found := client.freepublish.get(job))["publish_status"] == 0 and found
    )
    assert client.freepublish.getarticle(told["article_id"])["news_item"]
    client.freepublish.delete(told["article_id"])
    refused(53600, client.freepublish.getarticle, told["article_id"])


def test_media(client):
    made = client.media.upload("image", ("a.png", BytesIO(picture()), "image/png"))
    answer = client.media.download(made["media_id"])
    assert answer.content == picture()
    assert client.media.upload_image(("a.png", BytesIO(picture()), "image/png"))
    refused(40007, client.media.download, "nothing")
    kept = client.material.add("image", ("a.png", BytesIO(picture()), "image/png"))
    assert client.material.get(kept["media_id"]).content == picture()
    assert client.material.get_count()["image_count"] == 1
    assert client.material.batchget("image")["item"][0]["media_id"] == kept["media_id"]
    client.material.delete(kept["media_id"])


def test_the_mini_program(both, mini):
    wxa: WeChatWxa = mini.wxa
    card = both.follower(None)
    code = both.mini(card, "login")["code"]
    session = wxa.code_to_session(code)
    assert session["openid"] == card["openids"][MINI]
    told = both.mini(card, "group")
    opened = WeChatWxaCrypto(session["session_key"], told["iv"], MINI)
    assert opened.decrypt_message(told["encryptedData"])["opengid"] == told["opengid"]
    both.mini(card, "subscribe", decisions={"TPL": "accept"})
    wxa.send_subscribe_message(session["openid"], "TPL", GOOD, "pages/a")
    refused(43101, wxa.send_subscribe_message, session["openid"], "TPL", GOOD)
    phone = wxa.get_phone_number(both.mini(card, "phone")["code"])
    assert phone["phone_info"]["watermark"]["appid"] == MINI
    assert wxa.get_wxa_code_unlimited("g=1", page="pages/a").content.startswith(b"\x89PNG")
    refused(87014, wxa.check_text_security, "博彩")


# callbacks


def opened(heard, appid=OFFICIAL):
    query = heard.query
    crypto = WeChatCrypto(TOKEN, AES_KEY, appid)
    told = crypto.decrypt_message(
        heard.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]
    )
    return parse_message(told), crypto


def test_its_crypto_opens_messages_and_its_replies_are_shown(official, callback, card):
    official.account(mode="safe")

    def answer(heard):
        message, crypto = opened(heard)
        reply = TextReply(message=message, content=f"您说：{message.content}")
        return 200, crypto.encrypt_message(reply.render(), "nonce", "1700000005").encode()

    callback.answer = answer
    told = official.act(card, "text", content="阿公 👵🏽 𠮷", wait=True)
    assert told["outcome"]["state"] == "replied", told
    assert official.timeline(card)[-1]["content"]["content"] == "您说：阿公 👵🏽 𠮷"


def test_its_articles_and_its_transfer_are_understood(official, callback, card):
    official.account(mode="safe")
    replies = []

    def answer(heard):
        message, crypto = opened(heard)
        reply = replies.pop()(message=message)
        if isinstance(reply, ArticlesReply):
            reply.add_article(
                {"title": "题", "description": "", "image": "", "url": "https://e.org"}
            )
        return 200, crypto.encrypt_message(reply.render(), "nonce", "1700000005").encode()

    callback.answer = answer
    replies.append(ArticlesReply)
    official.act(card, "text", content="乡讯", wait=True)
    assert official.timeline(card)[-1]["content"]["articles"][0]["title"] == "题"
    replies.append(TransferCustomerServiceReply)
    told = official.act(card, "text", content="人工", wait=True)
    assert told["outcome"]["state"] == "transferred"


def test_a_reply_of_its_that_forgets_to_escape_breaks_the_service(official, callback, card):
    official.account(mode="safe")

    def answer(heard):
        message, crypto = opened(heard)
        xml = TextReply(message=message, content="a]]>b").render()
        return 200, crypto.encrypt_message(xml, "nonce", "1700000005").encode()

    callback.answer = answer
    assert official.act(card, "text", content="?", wait=True)["outcome"]["state"] == "broken"


def test_it_parses_every_message_and_event(official, callback, card):
    official.account(mode="safe")
    official.call("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "k", "key": "K"}]})
    callback.heard.clear()
    where = f"/sandbox/followers/{card['id']}/image?wait=1"
    upload = {"file": ("a.png", picture())}
    official.send("POST", where, data={"appid": OFFICIAL}, files=upload)
    official.act(card, "voice", wait=True)
    official.act(card, "location", wait=True, lat=41.9, lon=12.5, label="罗马")
    official.act(card, "link", wait=True, title="题", url="https://example.org")
    official.act(card, "menu", wait=True, path=[0])
    official.act(card, "scan", wait=True, scene="泮坑")
    official.act(card, "unfollow", wait=True)
    official.act(card, "follow", wait=True, scene="泮坑")
    messages = [opened(one)[0] for one in callback.heard]
    kinds = [getattr(one, "event", one.type) for one in messages]
    assert kinds == [
        "image", "voice", "location", "link", "click", "scan", "unsubscribe", "subscribe_scan",
    ]  # fmt: skip
    assert messages[2].location == ("41.9", "12.5")
    assert messages[4].key == "K"
    assert (messages[5].scene_id, messages[7].scene_id) == ("泮坑", "泮坑")
    assert all(one.source == card["openids"][OFFICIAL] for one in messages)


def test_it_parses_job_results_and_subscriptions(official, callback, card):
    official.account(mode="safe")
    callback.heard.clear()
    openids = official.post("/sandbox/followers/bulk", {"count": 2, "appid": OFFICIAL})["openids"]
    text = {"msgtype": "text", "text": {"content": "好"}}
    sent = official.call("/cgi-bin/message/mass/send", {"touser": openids, **text})
    mass, _ = opened(callback.wait(1)[0])
    assert (mass.event, mass.id, mass.sent_count) == ("masssendjobfinish", sent["msg_id"], 2)
    where = f"/sandbox/followers/{card['id']}/mini/{OFFICIAL}/subscribe"
    official.post(where, {"decisions": {"TPL": "accept"}})
    popup, _ = opened(callback.wait(2)[1])
    assert popup.event == "subscribe_msg_popup_event"
    assert popup.subscribes[0]["TemplateId"] == "TPL"
