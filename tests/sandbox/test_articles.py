"""Media, drafts and publishing (WECHAT §4.6, §4.7)."""

import json

import pytest

from deploy.sandbox import wire
from tests.sandbox.conftest import OFFICIAL, picture

# media


def test_temporary_media_live_three_days(official):
    media = official.upload("/cgi-bin/media/upload", picture(), "a.png", type="image")
    assert set(media) >= {"type", "media_id", "created_at"}
    where = {"access_token": official.token(), "media_id": media["media_id"]}
    assert official.send("GET", "/cgi-bin/media/get", params=where).content == picture()
    official.advance(3 * 86400 + 1)
    gone = official.call("/cgi-bin/media/get", method="GET", media_id=media["media_id"])
    assert gone["errcode"] == 40007


@pytest.mark.parametrize(
    ("kind", "content", "name", "errcode"),
    [
        ("smell", b"x", "a.png", 40004),
        ("image", b"no picture", "a.png", 40137),
        ("image", picture(), "a.exe", 40005),
        ("thumb", picture("JPEG", 900) + bytes(70_000), "a.jpg", 40006),
        ("voice", bytes(2 * 1024 * 1024 + 1), "a.mp3", 45001),
        ("image", b"", "a.png", 44001),
    ],
)
def test_wrong_media_are_refused(official, kind, content, name, errcode):
    told = official.upload("/cgi-bin/media/upload", content, name, type=kind)
    assert told["errcode"] == errcode


def test_a_thumb_has_a_name_of_its_own_and_a_video_an_address(official):
    thumb = official.upload("/cgi-bin/media/upload", picture("JPEG"), "a.jpg", type="thumb")
    assert "thumb_media_id" in thumb
    video = official.upload("/cgi-bin/media/upload", b"mp4", "a.mp4", type="video")
    told = official.call("/cgi-bin/media/get", method="GET", media_id=video["media_id"])
    assert official.http.get(told["video_url"], timeout=5).content == b"mp4"


def test_permanent_material_is_counted_listed_and_deleted(official):
    add = "/cgi-bin/material/add_material"
    made = official.upload(add, picture(), "a.png", type="image")
    assert official.http.get(made["url"], timeout=5).content == picture()
    story = json.dumps({"title": "片", "introduction": "介绍"})
    video = official.upload(add, b"mp4", "a.mp4", type="video", description=story)
    told = official.call("/cgi-bin/material/get_material", {"media_id": video["media_id"]})
    assert (told["title"], told["description"]) == ("片", "介绍")
    assert official.upload(add, b"mp4", "a.mp4", type="video")["errcode"] == 47001
    counts = official.call("/cgi-bin/material/get_materialcount", method="GET")
    assert (counts["image_count"], counts["video_count"]) == (1, 1)
    listing = {"type": "image", "offset": 0, "count": 20}
    listed = official.call("/cgi-bin/material/batchget_material", listing)
    assert (listed["total_count"], listed["item"][0]["media_id"]) == (1, made["media_id"])
    delete = {"media_id": made["media_id"]}
    assert official.call("/cgi-bin/material/del_material", delete)["errcode"] == 0
    assert official.call("/cgi-bin/material/get_material", delete)["errcode"] == 40007


# drafts and publishing


@pytest.fixture
def thumb(official):
    add = "/cgi-bin/material/add_material"
    return official.upload(add, picture("JPEG"), "a.jpg", type="thumb")["media_id"]


def article(thumb, **changes):
    return {"title": "中秋乡讯", "content": "<p>月圆</p>", "thumb_media_id": thumb, **changes}


def add(platform, *articles):
    return platform.call("/cgi-bin/draft/add", {"articles": list(articles)})


def test_a_draft_keeps_its_articles_without_foreign_images_and_scripts(official, thumb):
    ours = official.upload("/cgi-bin/media/uploadimg", picture(), "a.png")["url"]
    content = (
        f'<p onclick="x()">好</p><img src="{ours}"><img src="https://evil.example/x.png">'
        "<script>alert(1)</script>"
    )
    made = add(official, article(thumb, content=content, author="侨联"))
    [kept] = official.call("/cgi-bin/draft/get", {"media_id": made["media_id"]})["news_item"]
    assert kept["content"] == f'<p>好</p><img src="{ours}">'
    assert (kept["author"], kept["digest"]) == ("侨联", "好")
    assert official.call("/cgi-bin/draft/count", method="GET")["total_count"] == 1
    change = {"media_id": made["media_id"], "index": 0, "articles": article(thumb, title="新题")}
    assert official.call("/cgi-bin/draft/update", change)["errcode"] == 0
    listed = official.call("/cgi-bin/draft/batchget", {"offset": 0, "count": 20, "no_content": 1})
    assert listed["item"][0]["content"]["news_item"][0]["title"] == "新题"
    assert "content" not in listed["item"][0]["content"]["news_item"][0]
    assert official.call("/cgi-bin/draft/delete", {"media_id": made["media_id"]})["errcode"] == 0
    assert official.call("/cgi-bin/draft/get", {"media_id": made["media_id"]})["errcode"] == 40007


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"title": ""}, 45003),
        ({"title": "长" * 33}, 45003),
        ({"title": "\\u4e2d"}, 40033),
        ({"author": "长" * 17}, 45110),
        ({"digest": "长" * 121}, 45004),
        ({"content": "长" * 20_000}, 45002),
        ({"content": ""}, 44004),
        ({"thumb_media_id": "x"}, 40007),
        ({"article_type": "poem"}, 40097),
        ({"article_type": "newspic"}, 40007),
    ],
)
def test_wrong_articles_are_refused(official, thumb, changes, errcode):
    assert add(official, article(thumb, **changes))["errcode"] == errcode


def test_a_draft_has_eight_articles_at_most_and_permanent_covers(official, thumb):
    assert add(official, *[article(thumb)] * 9)["errcode"] == 45008
    assert "media_id" in add(official, *[article(thumb)] * 8)
    passing = official.upload("/cgi-bin/media/upload", picture("JPEG"), "a.jpg", type="thumb")
    assert add(official, article(passing["thumb_media_id"]))["errcode"] == 40007
    image = {"image_list": [{"image_media_id": thumb}]}
    assert "media_id" in add(official, article(thumb, article_type="newspic", image_info=image))
    count = {"offset": 0, "count": 21}
    assert official.call("/cgi-bin/draft/batchget", count)["errcode"] == 40097


def published(official, callback):
    def look():
        found = [wire.from_xml(one.body) for one in callback.heard]
        return [one for one in found if one.get("Event") == "PUBLISHJOBFINISH"]

    return official.settled(look)[0]["PublishEventInfo"]


def test_a_draft_is_published_later_and_then_has_a_page(official, callback, thumb):
    draft = add(official, article(thumb), article(thumb, title="第二篇"))["media_id"]
    sent = official.call("/cgi-bin/freepublish/submit", {"media_id": draft})
    assert sent["errcode"] == 0
    info = published(official, callback)
    assert (info["publish_id"], info["publish_status"]) == (sent["publish_id"], "0")
    links = [one["article_url"] for one in info["article_detail"]["item"]]
    assert len(links) == 2
    assert "第二篇" in official.http.get(links[1], timeout=5).text
    told = official.call("/cgi-bin/freepublish/get", {"publish_id": sent["publish_id"]})
    assert told["publish_status"] == 0
    assert told["article_id"] == info["article_id"]
    assert official.call("/cgi-bin/draft/count", method="GET")["total_count"] == 0
    which = {"article_id": info["article_id"]}
    shown = official.call("/cgi-bin/freepublish/getarticle", which)["news_item"]
    assert shown[0]["url"] == links[0]
    page = {"offset": 0, "count": 10, "no_content": 1}
    assert official.call("/cgi-bin/freepublish/batchget", page)["total_count"] == 1
    card = official.follower()
    message = {"touser": card["openids"][OFFICIAL], "msgtype": "mpnewsarticle"}
    body = {**message, "mpnewsarticle": which}
    assert official.call("/cgi-bin/message/custom/send", body)["errcode"] == 0
    assert official.timeline(card)[-1]["content"]["articles"][0]["url"] == links[0]
    assert official.call("/cgi-bin/freepublish/delete", which)["errcode"] == 0
    assert official.http.get(links[0], timeout=5).status_code == 404
    assert official.call("/cgi-bin/freepublish/getarticle", which)["errcode"] == 53600


def test_publishing_may_fail_and_unknown_jobs_are_named(official, callback, thumb):
    official.account(publish_status=4)
    draft = add(official, article(thumb))["media_id"]
    sent = official.call("/cgi-bin/freepublish/submit", {"media_id": draft})
    assert published(official, callback)["publish_status"] == "4"
    told = official.call("/cgi-bin/freepublish/get", {"publish_id": sent["publish_id"]})
    assert (told["publish_status"], told["fail_idx"]) == (4, [1])
    assert official.call("/cgi-bin/freepublish/get", {"publish_id": "7"})["errcode"] == 53502
    assert official.call("/cgi-bin/freepublish/submit", {"media_id": "x"})["errcode"] == 40007


def test_a_mass_sent_draft_leaves_the_box_and_opens_on_the_phone(official, callback, thumb):
    card = official.follower()
    draft = add(official, article(thumb))["media_id"]
    everybody = {"filter": {"is_to_all": True}, "msgtype": "mpnews", "mpnews": {"media_id": draft}}
    sent = official.call("/cgi-bin/message/mass/sendall", everybody)
    assert "msg_data_id" in sent
    shown = official.settled(
        lambda: [one for one in official.timeline(card) if one["channel"] == "mass"]
    )[0]
    [first] = shown["content"]["articles"]
    assert first["title"] == "中秋乡讯"
    assert "月圆" in official.http.get(first["url"], timeout=5).text
    assert official.send("GET", first["picurl"]).content == picture("JPEG")
    assert official.call("/cgi-bin/draft/count", method="GET")["total_count"] == 0
    delete = {"msg_id": sent["msg_id"]}
    assert official.call("/cgi-bin/message/mass/delete", delete)["errcode"] == 0
    assert official.http.get(first["url"], timeout=5).status_code == 404
