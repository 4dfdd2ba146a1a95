"""A county's server that speaks just enough of /api/v1 to try the mini-program alone."""

import datetime as dt
import threading
from contextlib import contextmanager
from io import BytesIO

from flask import Flask, Response, jsonify, request, send_file
from werkzeug.serving import make_server

from tests.make import call

TEMPLATE = "TPL-PROGRESS"
SITE = {
    "tenant": {"name": "云溪县侨联"},
    "service_promise": ["收到后一个工作日内登记"],
    "notices": {
        "before_submit": [
            "我们是群团组织，会把您的事情登记、转给有权处理的单位，并把结果告诉您。",
            "提交不会中断或延长诉讼时效、起诉、上诉、仲裁、复议等期限；期限临近的，请立即联系律师或有关机关。",
            "请勿上传涉密、内部文件以及与本事无关的他人信息。",
        ],
        "emergency": "在国外遇到人身危险，请先拨打当地报警电话，再拨外交部全球领事保护热线 12308。",
    },
    "office": {
        "address": "云溪县城关镇侨乡路 8 号三楼",
        "phone": "0590-5550123",
        "hours": "工作日 8:30–12:00，14:30–17:30",
    },
    "next_festival": {"name": "冬至", "date": "2026-12-22", "days_left": 32},
    "kinds": [
        {
            "code": "petition",
            "name": "信访",
            "hint": "房产、侨坟、户籍等事情，请侨联帮忙反映、转办",
        },
        {
            "code": "consultation",
            "name": "法律咨询",
            "hint": "继承、公证、婚姻等问题，公益律师解答",
        },
    ],
    "topics": {
        "petition": [{"code": "house", "name": "侨房、不动产"}, {"code": "grave", "name": "侨坟"}],
        "consultation": [
            {"code": "inheritance", "name": "继承、赠与", "note": None},
            {"code": "abroad", "name": "住在国的法律", "note": "请咨询当地执业律师或使领馆。"},
        ],
    },
    "countries": [
        {"code": "CN", "name": "中国", "zone": "Asia/Shanghai"},
        {"code": "IT", "name": "意大利", "zone": "Europe/Rome"},
        {"code": "US", "name": "美国", "zone": "America/New_York"},
    ],
    "subscription_templates": {"case_progress": TEMPLATE},
    "consent": {
        "version": "2026-11",
        "text": "您填写的内容只用来办理这件事；需要时会转给有权处理的单位。",
    },
}


class County:
    """Keeps what the phones sent. A real county can take its place: it needs `url` and `answer`."""

    def __init__(self, sign_in):
        self.cases, self.keys, self.tokens, self.people, self.files = {}, {}, {}, {}, {}
        self.sign_in = sign_in
        self.app = build(self)

    def answer(self, number: str, text: str) -> None:
        """The office writes on the case."""
        case = self.cases[number]
        case.update(state="answered", state_name="已答复", unread=True)
        case["timeline"].append(step("answered", "已答复", text, "office"))


def now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def step(state, name, text, actor):
    return {"at": now(), "state": state, "state_name": name, "text": text, "actor": actor}


def problem(status, code, title, detail="", errors=None):
    body = {"title": title, "detail": detail, "status": status, "code": code, "errors": errors}
    return Response(
        jsonify(body).get_data(), status=status, content_type="application/problem+json"
    )


def build(county: County) -> Flask:  # noqa: C901 (a list of small routes)
    app = Flask(__name__, static_folder=None)
    api = "/api/v1"

    def who():
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return county.tokens.get(token)

    def guarded(work, *args):
        person = who()
        if person is None:
            return problem(401, "not_signed_in", "请重新登录")
        return work(person, *args)

    def once(person, work):
        """The API's promise: one key, one deed."""
        key = request.headers.get("Idempotency-Key", "")
        if not 16 <= len(key) <= 64:
            return problem(400, "idempotency_key", "缺少 Idempotency-Key")
        body = request.get_json(silent=True) or list(request.files)
        known = county.keys.get((person, key))
        if known and known[0] != body:
            return problem(409, "idempotency_conflict", "这个编号已经用过")
        if known is None:
            answer = work()
            if isinstance(answer, Response):
                return answer
            county.keys[person, key] = known = (body, answer)
        return jsonify(known[1]), 201

    @app.get(f"{api}/site")
    def site():
        return jsonify(SITE)

    @app.post(f"{api}/sessions")
    def sessions():
        number = county.sign_in(request.json["code"])
        token = f"token-{len(county.tokens)}"
        county.tokens[token] = number
        empty = dict.fromkeys(["salutation", "country", "zone", "hometown"])
        person = county.people.setdefault(number, {"id": number, "language": "zh-Hans", **empty})
        return jsonify(token=token, expires_at="2099-01-01T00:00:00Z", person=person), 201

    @app.route(f"{api}/me", methods=["GET", "PUT"])
    def me():
        def work(person):
            county.people[person].update(request.get_json(silent=True) or {})
            return jsonify(county.people[person])

        return guarded(work)

    @app.post(f"{api}/me/subscriptions")
    def subscriptions():
        return guarded(lambda person: once(person, lambda: {"remaining": 1}))

    @app.post(f"{api}/files")
    def upload():
        def work():
            name = f"f{len(county.files) + 1}"
            county.files[name] = request.files["file"].read()
            return {"id": name, "content_type": "image/png", "size": len(county.files[name])}

        return guarded(lambda person: once(person, work))

    @app.get(f"{api}/files/<name>")
    def file(name):
        return guarded(lambda _: send_file(BytesIO(county.files[name]), "image/png"))

    @app.route(f"{api}/cases", methods=["GET", "POST"])
    def cases():
        return guarded(submit if request.method == "POST" else listing)

    def listing(person):
        mine = [case for case in county.cases.values() if case["owner"] == person][::-1]
        start = int(request.args.get("cursor") or 0)
        end = start + int(request.args["limit"])
        return jsonify(items=mine[start:end], next_cursor=str(end) if end < len(mine) else None)

    def submit(person):
        def work():
            body = request.json
            if "<" in body["subject"]:
                return problem(422, "invalid", "请改一改", "", {"subject": ["请不要用尖括号"]})
            number = f"YX2026{len(county.cases) + 1:04d}"
            topics = {topic["code"]: topic["name"] for topic in SITE["topics"][body["kind"]]}
            county.cases[number] = case = {
                **body,
                "owner": person,
                "number": number,
                "kind_name": "信访" if body["kind"] == "petition" else "法律咨询",
                "topic_name": topics[body["topic"]],
                "state": "submitted",
                "state_name": "已收到",
                "submitted_at": now(),
                "updated_at": now(),
                "unread": False,
                "files": [{"id": f, "url": f"/api/v1/files/{f}"} for f in body["files"]],
                "answer_by": "2026-12-05",
                "handler": "云溪县侨联权益保障部",
                "may_supplement": True,
                "timeline": [step("submitted", "已收到", "", "you")],
            }
            return case

        return once(person, work)

    @app.get(f"{api}/cases/<number>")
    def case(number):
        def work(person):
            found = county.cases.get(number)
            if not found or found["owner"] != person:
                return problem(404, "not_found", "没有找到")
            return jsonify({**found, "unread": found.update(unread=False) or False})

        return guarded(work)

    @app.post(f"{api}/cases/<number>/supplements")
    def supplement(number):
        def work():
            line = step("supplemented", "补充材料", request.json["body"], "you")
            county.cases[number]["timeline"].append(line)
            return line

        return guarded(lambda person: once(person, work))

    return app


@contextmanager
def running(sandbox: str, appid: str, secret: str):
    """Yield the county; its API is at county.url, its people sign in through the sandbox."""

    def sign_in(code):
        asked = f"appid={appid}&secret={secret}&js_code={code}&grant_type=authorization_code"
        return call("GET", f"{sandbox}/sns/jscode2session?{asked}")["openid"]

    county = County(sign_in)
    server = make_server("127.0.0.1", 0, county.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    county.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield county
    finally:
        server.shutdown()
