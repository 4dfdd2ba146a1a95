"""台账 out of the register: whom it may hold, what a cell may do, who gets the file, how long."""

import io

import pytest
from openpyxl import load_workbook

from server.demo import seed
from server.kernel.errors import Conflict, Invalid, NotAllowed
from server.people.register import writing
from server.people.register.terms import ContactKind, Facts, Identity, NameKind
from server.registers import export_jobs, exports
from server.registers.exports import State, Wish
from server.registers.models import RollExport
from tests import make
from tests.console import Browser

WISH = Wish("年终慰问", "石桥镇侨联", contacts=True, hardship=True)
SHIQIAO, PANKENG = "990121102201", "990121101201"
EVIL = '=HYPERLINK("http://evil","点我")'


class Office:
    def __init__(self, app, tools):
        self.app, self.tools, self.county = app, tools, make.county(tools).id
        with tools.sessions.begin() as db:
            seed.lay_land(db, self.county)
        self.admin = Browser(app, tools, tenant_id=self.county)

    def person(self, name, **facts):
        with self.tools.sessions.begin() as db:
            return writing.add(
                db, self.county, Facts(name=name, **facts),
                vault=self.tools.vault, now=self.tools.clock.now(),
            )  # fmt: skip

    def ask(self, wish=WISH, browser=None):
        with self.tools.sessions.begin() as db:
            officer = (browser or self.admin).officer
            return exports.ask(db, officer, wish, now=self.tools.clock.now())

    def fetch(self, export, browser=None):
        return (browser or self.admin).post(f"/console/exports/{export}/file")

    def state(self, export):
        with self.tools.sessions.read() as db:
            return db.get_one(RollExport, export).state

    def roll(self, wish=WISH, browser=None):
        """Order, write and take a 台账; return its rows below the headings, as dicts."""
        export = self.ask(wish, browser)
        export_jobs.write_export(self.tools, export)
        answer = self.fetch(export, browser)
        assert answer.status_code == 200, answer.text
        return rows(answer.data)


def rows(content):
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    lines = list(sheet.iter_rows(values_only=True))
    at = next(number for number, line in enumerate(lines) if line[0] == "序号")
    return [
        dict(zip(lines[at], line, strict=True)) for line in lines[at + 1 :] if type(line[0]) is int
    ]


@pytest.fixture
def office(app, tools):
    return Office(app, tools)


def test_a_roll_holds_what_the_register_knows_in_fixed_columns(office):
    office.person(
        "陈立群", sex="m", born="1950-03", country="IT", left_on="1978", hardship="独居",
        identities=(Identity.HUAQIAO,), other_names=((NameKind.FOREIGN, "Tan Lip Khoon"),),
        contacts=((ContactKind.PHONE, "+393331234567"),),
    )  # fmt: skip
    (row,) = office.roll()
    told = {
        "序号": 1, "姓名": "陈立群", "外文名": "Tan Lip Khoon", "性别": "男",
        "出生年月": "1950年3月", "住在国（地区）": "意大利", "老侨/新侨": "老侨",
        "身份类别": "华侨", "困难与健康情况": "独居",
    }  # fmt: skip
    assert {**row, **told} == row
    assert "333 123 4567" in row["电话"]


def test_who_filled_it_in_when_and_what_for_stands_on_the_sheet_and_on_every_page(office):
    office.person("陈立群")
    export = office.ask()
    export_jobs.write_export(office.tools, export)
    book = load_workbook(io.BytesIO(office.fetch(export).data))
    sheet = book.worksheets[0]
    top = " ".join(
        str(cell) for line in sheet.iter_rows(max_row=3, values_only=True) for cell in line
    )
    for words in ("填表人：王", "填表日期：2", "年终慰问", "石桥镇侨联", exports.number(export)):
        assert words in top
    assert exports.number(export) in sheet.oddFooter.left.text
    assert sheet.oddHeader.center.text == "&G", "the watermark of printed pages"


@pytest.mark.parametrize("evil", [EVIL, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula_or_becomes_one(office, evil):
    office.person("陈" + evil, occupation=evil)
    export = office.ask()
    export_jobs.write_export(office.tools, export)
    book = load_workbook(io.BytesIO(office.fetch(export).data))
    cells = [cell for line in book.worksheets[0].iter_rows(min_row=5) for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    named = [cell for cell in cells if isinstance(cell.value, str) and evil.strip() in cell.value]
    assert named
    assert all(cell.quotePrefix for cell in named), "it stays text when it is edited"


def test_contacts_and_hardship_are_left_out_unless_asked_for(office):
    office.person("陈立群", hardship="独居", contacts=((ContactKind.PHONE, "+393331234567"),))
    (row,) = office.roll(Wish("走访", "本单位"))
    assert not {"电话", "国外住址", "困难与健康情况"} & set(row)


def test_a_choice_holds_for_the_roll_as_for_the_list(office):
    office.person("甲", country="IT", division=SHIQIAO, identities=(Identity.HUAQIAO,))
    office.person("乙", country="IT", division=PANKENG)
    office.person("丙", country="FR")
    chosen = {"country": "IT"}, {"division": SHIQIAO}, {"identity": Identity.HUAQIAO}, {}
    found = [
        {row["姓名"] for row in office.roll(Wish("走访", "本单位", **choice))} for choice in chosen
    ]
    assert found == [{"甲", "乙"}, {"甲"}, {"甲"}, {"甲", "乙", "丙"}]
    page = office.admin.get(f"/console/people?division={SHIQIAO}").text
    assert "甲" in page
    assert "乙" not in page
    assert "共 1 位" in page


def test_a_roll_never_holds_more_than_the_places_of_its_officer(office):
    office.person("甲", division=SHIQIAO)
    office.person("乙", division=PANKENG)
    local = Browser(office.app, office.tools, tenant_id=office.county, login="local", path=SHIQIAO)
    assert [row["姓名"] for row in office.roll(Wish("走访", "本单位"), local)] == ["甲"]
    with pytest.raises(Invalid):
        office.ask(Wish("走访", "本单位", division=PANKENG), local)


def test_the_file_is_its_officer_s_alone_for_one_day(office, tools):
    office.person("陈立群")
    other = Browser(office.app, tools, tenant_id=office.county, login="other")
    export = office.ask()
    assert office.fetch(export).status_code == 409, "not written yet"
    export_jobs.write_export(tools, export)
    assert office.fetch(export, other).status_code == 404
    assert other.post(f"/console/exports/{export}/cancel").status_code == 404
    assert other.get(f"/console/exports/{export}").status_code == 200, "they read the audit"
    tools.clock.advance(hours=25)
    with pytest.raises(Conflict), tools.sessions.begin() as db:
        exports.fetch(db, office.admin.officer, export, now=tools.clock.now())
    assert export_jobs.remove_expired(tools) == 1
    assert office.state(export) == State.EXPIRED


def test_rights_taken_away_meanwhile_count(office, tools):
    office.person("陈立群", division=SHIQIAO)
    leader = Browser(office.app, tools, tenant_id=office.county, role="leader")
    with pytest.raises(NotAllowed):
        office.ask(browser=leader)
    export = office.ask()
    with tools.sessions.begin() as db:
        db.get_one(RollExport, export).created_by = leader.officer.id  # as if degraded
    assert export_jobs.write_export(tools, export) == 0
    assert office.state(export) == State.CANCELLED


def test_cancelled_while_it_is_written_leaves_no_file(office, tools, monkeypatch):
    for number in range(5):
        office.person(f"陈{number}")
    monkeypatch.setattr(export_jobs, "TOGETHER", 2)
    export = office.ask()
    assert office.admin.post(f"/console/exports/{export}/cancel").status_code == 302
    assert export_jobs.write_export(tools, export) == 0
    assert office.state(export) == State.CANCELLED
    assert not list((tools.settings.data_dir / "unsealed").glob("*"))


def test_a_roll_left_by_a_dead_worker_is_written_by_the_next(office, tools):
    office.person("陈立群")
    export = office.ask()
    with tools.sessions.begin() as db:
        db.get_one(RollExport, export).worked_at = tools.clock.now()
    assert export_jobs.resume_exports(tools) == 0, "somebody is at it"
    tools.clock.advance(seconds=export_jobs.SILENCE.total_seconds() + 1)
    assert export_jobs.resume_exports(tools) == 1
    assert office.state(export) == State.READY


def test_every_step_is_recorded_and_a_reason_is_demanded(office):
    office.person("陈立群")
    answer = office.admin.post("/console/exports", data={"purpose": " ", "receiver": "本单位"})
    assert answer.status_code == 400
    assert "请写明做什么用" in answer.text
    assert 'value="本单位"' in answer.text, "what was typed is still there"
    answer = office.admin.post("/console/exports", data={"purpose": "走访", "receiver": "本单位"})
    export = int(answer.location.rpartition("/")[2])
    export_jobs.write_export(office.tools, export)
    office.fetch(export)
    office.admin.post(f"/console/exports/{export}/cancel")
    audit = office.admin.get("/console/audit").text
    for words in ("导出台账", "下载台账", "取消导出、删除文件"):
        assert words in audit


def test_a_cell_never_shows_a_code(office):
    """The form shows what a roll shows: 意大利, not IT; and reads it back."""
    person = office.person("陈立群", country="IT", nationality="IT")
    form = office.admin.get(f"/console/people/{person}/edit").text
    assert 'value="意大利"' in form
