"""Lists as offices have them: checked cell by cell, entered whole or not at all, undone whole."""

import io
import re
from datetime import date

import pytest
from openpyxl import Workbook

from server.people.register import reading
from server.registers import columns, import_jobs, imports, sheets
from server.registers.imports import State
from tests import make
from tests.console import Browser

HEADINGS = [
    "序号",
    "姓 名",
    "性别",
    "出生年月",
    "侨居国（地区）",
    "籍贯",
    "联系电话*",
    "类别",
    "备注",
]
ROWS = [
    [1, "陈立群", "男", date(1950, 3, 7), "意大利", "石桥镇", "333 1234567", "华侨", "不详"],
    [2, "林秀英", "女", "1962年5月", "西班牙", "泮坑镇", 13800138000.0, "侨眷、归侨", None],
    [3, "王芳", "女", "２００１．０９", "中国香港", "白沙镇", "+852 9123 4567；无", "港澳居民", ""],
    [4, "", "男", "1970", "法国", "", "", "华侨", ""],
    [5, "李强", "男", "昨天", "火星", "", "12", "神仙", ""],
    [6, "陈立群", "男", "1950-03-07", "意大利", "石桥镇", "", "华侨", "同一个人又抄了一遍"],
]


def workbook(rows=ROWS, headings=HEADINGS, *, titles=True):
    book = Workbook()
    sheet = book.active
    if titles:
        sheet.append(["云溪县石桥镇2026年侨情登记表"])
        sheet.merge_cells("A1:I1")
        sheet.append(["填表人：王", None, None, "2026年11月"])
        sheet.append([])
    sheet.append(headings)
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def office(app, tools):
    return Office(app, tools, make.county(tools).id)


class Office:
    def __init__(self, app, tools, county):
        self.app, self.tools, self.county = app, tools, county
        self.browser = Browser(app, tools, tenant_id=county)

    def upload(self, content, name="名单.xlsx"):
        answer = self.browser.post("/console/imports", data={"file": (io.BytesIO(content), name)})
        assert answer.status_code == 302, answer.text
        batch = int(answer.location.rpartition("/")[2])
        import_jobs.check_import(self.tools, batch)
        return batch

    def move(self, batch, move):
        answer = self.browser.post(f"/console/imports/{batch}/{move}")
        import_jobs.resume_imports(self.tools)
        return answer.status_code

    def show(self, batch):
        with self.tools.sessions.read() as db:
            return imports.show(db, self.browser.officer, batch, vault=self.tools.vault)

    def people(self):
        with self.tools.sessions.read() as db:
            return [one.name for one in reading.listing(db, self.county, limit=999)]


def test_a_list_as_offices_have_it_is_checked_cell_by_cell(office):
    batch = office.show(office.upload(workbook()))
    assert batch.state is State.CHECKED
    assert (batch.good, batch.alike, batch.bad, batch.total) == (3, 1, 2, 6)
    found = {one.row: one for one in batch.findings}
    assert found[8].wrong == {"name": ["请填写姓名"]}
    assert set(found[9].wrong) == {"born", "country", "phone", "identities"}
    assert found[10].alike
    assert office.people() == [], "checking enters nobody"


def test_entering_takes_the_good_rows_only_and_once(office):
    batch = office.upload(workbook())
    assert office.move(batch, "apply") == 302
    assert sorted(office.people()) == ["林秀英", "王芳", "陈立群"]
    assert office.show(batch).entered == 3
    assert office.move(batch, "apply") == 409
    again = office.upload(workbook())
    assert (office.show(again).good, office.show(again).alike) == (0, 4)


def test_an_undo_takes_out_all_but_what_was_changed_since(office):
    batch = office.upload(workbook())
    office.move(batch, "apply")
    page = office.browser.get("/console/people?q=王芳").text
    number = re.search(r'href="/console/people/(\d+)"', page)[1]
    form = {"name": "王芳", "city": "香港", "seen": "1"}
    assert office.browser.post(f"/console/people/{number}/edit", data=form).status_code == 302
    assert office.move(batch, "undo") == 302
    assert office.people() == ["王芳"]
    assert office.show(batch).kept == 1
    assert office.move(batch, "undo") == 409


def test_a_job_killed_in_the_middle_enters_nobody(office, monkeypatch):
    batch = office.upload(workbook())
    office.browser.post(f"/console/imports/{batch}/apply")

    def dies(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(import_jobs.writing, "_write_contacts", dies)
    with pytest.raises(KeyboardInterrupt):
        import_jobs.apply_import(office.tools, batch)
    monkeypatch.undo()
    assert office.people() == []
    assert import_jobs.resume_imports(office.tools) == 3, "the tick goes on with it"
    assert len(office.people()) == 3


def test_columns_are_corrected_and_checked_again(office):
    batch = office.upload(workbook([["陈立群", "石桥镇", "意大利"]], ["名字", "老家在哪", "国家"]))
    assert office.show(batch).columns == ("name", "", "country")
    form = {"column": ["name", "hometown", "country"]}
    assert office.browser.post(f"/console/imports/{batch}/columns", data=form).status_code == 302
    import_jobs.check_import(office.tools, batch)
    office.move(batch, "apply")
    assert "石桥镇" in office.browser.get("/console/people").text
    assert office.browser.post(f"/console/imports/{batch}/columns", data=form).status_code == 409


def test_a_list_without_names_is_not_mapped(office):
    batch = office.upload(workbook())
    form = {"column": ["sex", "hometown"]}
    answer = office.browser.post(f"/console/imports/{batch}/columns", data=form)
    assert answer.status_code == 400
    assert "要有一列是姓名" in answer.text


def test_giving_up_enters_nobody(office):
    batch = office.upload(workbook())
    assert office.move(batch, "cancel") == 302
    assert office.show(batch).state is State.CANCELLED
    assert import_jobs.check_import(office.tools, batch) == 0
    assert office.move(batch, "apply") == 409
    assert office.people() == []


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"not a workbook", "a.xlsx", "打不开"),
        (b"PK\x03\x04broken", "a.xlsx", "打不开"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "另存为 .xlsx"),
        (b"x", "a.pdf", ".xlsx 或 .csv"),
        ("甲,乙\n1,2".encode(), "a.csv", "找不到表头"),
        (b"", "a.csv", None),
    ],
)
def test_what_cannot_be_read_says_so(office, content, name, words):
    if words is None:
        answer = office.browser.post("/console/imports", data={"file": (io.BytesIO(content), name)})
        assert answer.status_code == 400
        return
    batch = office.show(office.upload(content, name))
    assert batch.state is State.UNREADABLE
    assert words in batch.trouble


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("comma", [",", "\t", ";"])
def test_text_files_in_usual_encodings(encoding, comma):
    text = f"姓名{comma}性别\n陈立群{comma}男\n\n"
    assert sheets.rows(text.encode(encoding), "a.csv") == [["姓名", "性别"], ["陈立群", "男"]]


def test_headings_are_found_below_titles_and_of_two_the_first_counts():
    rows = [["登记表"], [], ["姓名", "名字", "联系方式", "手机", "不认识"]]
    assert columns.header(rows) == (2, ["name", "", "phone", "", ""])


@pytest.mark.parametrize("role", ["petitions", "lawyer", "editor", "leader"])
def test_lists_are_for_administrators(office, role):
    batch = office.upload(workbook())
    browser = Browser(office.app, office.tools, tenant_id=office.county, role=role)
    for path in ("/console/imports", f"/console/imports/{batch}"):
        assert browser.get(path).status_code == 403
    assert browser.post(f"/console/imports/{batch}/apply").status_code == 403


def test_another_county_does_not_see_the_list(office):
    batch = office.upload(workbook())
    other = make.county(office.tools, slug="shiqiao", name="石桥县侨联").id
    stranger = Browser(office.app, office.tools, tenant_id=other)
    assert stranger.get(f"/console/imports/{batch}").status_code == 404
    assert stranger.post(f"/console/imports/{batch}/apply").status_code == 404


def test_findings_and_files_lie_sealed(office):
    office.upload(workbook())
    with office.tools.sessions.read() as db:
        raw = str(list(db.connection().exec_driver_sql("SELECT * FROM import_batch")))
    assert "李强" not in raw
    for one in office.tools.settings.data_dir.rglob("*"):
        assert not one.is_file() or b"PK\x03\x04" not in one.read_bytes()[:4]
