"""Lists of towns and villages: read as offices have them, taken in whole or not at all."""

import subprocess
import sys
from datetime import date

import openpyxl
import pytest

from server.cli import create_app
from server.kernel.errors import Invalid
from server.places import changes, imports, lists, national, service
from server.places.search import search
from tests import make

STREETS = """code,name,areaCode,provinceCode,cityCode
331121001,"鹤城街道",331121,33,3311
331121003,"油竹街道",331121,33,3311
441900101,"石碣镇",441900,44,4419
"""
VILLAGES = """code,name,streetCode,provinceCode,cityCode,areaCode
331121001001,"清溪社区居委会",331121001,33,3311,331121
331121003201,"油竹下村",331121003,33,3311,331121
441900101001,"石碣社区",441900101,44,4419,441900
"""


@pytest.fixture
def db(tools):
    with tools.sessions.begin() as db:
        national.load(db)
        yield db


def saved(folder, text, name="list.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder, rows, *, before=()):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (*before, *rows):
        sheet.append(row)
    if before:
        sheet.merge_cells("A1:C1")
    path = folder / "list.xlsx"
    book.save(path)
    return path


def planned(db, path, under="331121", tenant_id=None):
    top = service.find(db, under, tenant_id=tenant_id)
    return imports.plan(db, lists.read(path), under=top, tenant_id=tenant_id)


def taken_in(db, path, under="331121", tenant_id=None, *, end_vanished=False):
    plan = planned(db, path, under, tenant_id)
    day = date(2026, 11, 20)
    imports.carry_out(db, plan, source="the office", on=day, end_vanished=end_vanished)
    return plan


def test_the_public_data_set_is_taken_in_for_one_county_only(db, tmp_path):
    towns = taken_in(db, saved(tmp_path, STREETS))
    assert (len(towns.new), towns.elsewhere, towns.problems) == (2, 1, ())
    villages = taken_in(db, saved(tmp_path, VILLAGES))
    assert (len(villages.new), villages.elsewhere) == (2, 1)
    assert service.describe(db, "331121003201") == "浙江省丽水市青田县油竹街道油竹下村"
    taken_in(db, saved(tmp_path, STREETS), under="441900")
    assert service.describe(db, "441900101") == "广东省东莞市石碣镇"


def test_taking_in_the_same_list_twice_changes_nothing(db, tmp_path):
    taken_in(db, saved(tmp_path, STREETS))
    again = taken_in(db, saved(tmp_path, STREETS), end_vanished=True)
    assert (again.new, again.renamed, again.vanished, again.same) == ((), (), (), 2)
    assert len(service.children(db, "331121").items) == 2


def test_a_workbook_as_an_office_has_it(db, tmp_path):
    path = workbook(
        tmp_path,
        [
            ["序号", "行政区划代码", "乡镇（街道）名称", "曾用名", "原公社"],
            [1, 331121001000, "鹤城街道", "鹤城镇", None],  # a spreadsheet made it a number
            [2, "３３１１２１００３", " 油竹街道 ", "油竹乡、油竹", "油竹公社"],
            [None, None, None, None, None],
            [3, 331121104.0, "船寮镇(新)", "", ""],
        ],
        before=[["青田县乡镇街道名单", None, None], ["2026 年 6 月制表"]],
    )
    plan = taken_in(db, path)
    assert plan.problems == ()
    assert [one.name for one in service.children(db, "331121").items] == [
        "鹤城街道", "油竹街道", "船寮镇（新）",
    ]  # fmt: skip
    said = service.describe(db, "331121003")
    assert said == "浙江省丽水市青田县油竹街道（曾称油竹乡、油竹；公社时期称油竹公社）"


def test_a_list_in_the_encoding_of_old_spreadsheets(db, tmp_path):
    text = "名称,代码\n鹤城街道,331121001\n"
    plan = planned(db, saved(tmp_path, text, encoding="gb18030"))
    assert [one.name for one in plan.new] == ["鹤城街道"]


def test_every_mistake_is_told_with_its_row_and_nothing_is_taken_in(db, tmp_path):
    text = "代码,名称\n" + "\n".join(
        [
            "331121001,鹤城街道",
            "33112100,少一位",
            "3.31121E+11,科学记数",
            ",没有代码",
            "331121005,",
            "330102001,别处的街道",
            "331121001,另一个名字",
            "331121777201,没有上级的村",
            "331121001,鹤城街道",
        ]
    )
    path = saved(tmp_path, text)
    plan = planned(db, path)
    assert [problem.row for problem in plan.problems] == [3, 4, 5, 6, 7, 8, 9]
    assert "科学记数" in plan.problems[1].text
    assert "不在浙江省丽水市青田县之内" in plan.problems[4].text
    assert "第 2 行" in plan.problems[5].text
    assert "331121777" in plan.problems[6].text
    with pytest.raises(Invalid):
        taken_in(db, path)
    assert service.children(db, "331121").items == ()


def test_what_the_list_no_longer_has_ends_only_when_asked(db, tmp_path):
    taken_in(db, saved(tmp_path, STREETS))
    taken_in(db, saved(tmp_path, VILLAGES))
    shorter = saved(tmp_path, "代码,名称\n331121001,鹤城街道\n")
    plan = taken_in(db, shorter)
    assert [one.name for one in plan.vanished] == ["油竹街道"]  # villages: not in such a list
    assert service.find(db, "331121003").exists
    taken_in(db, shorter, end_vanished=True)
    assert service.find(db, "331121003").valid_to == date(2026, 11, 20)
    assert not service.find(db, "331121003201").exists
    back = taken_in(db, saved(tmp_path, STREETS))
    assert [one.name for one in back.revived] == ["油竹街道"]
    assert service.find(db, "331121003").exists


def test_a_list_of_one_town_ends_nothing_in_another_and_no_county(db, tmp_path):
    taken_in(db, saved(tmp_path, STREETS))
    taken_in(db, saved(tmp_path, VILLAGES))
    one_town = "代码,名称\n331121003202,油竹上村\n331121000,青田县\n"
    plan = taken_in(db, saved(tmp_path, one_town), under="331100", end_vanished=True)
    assert [one.name for one in plan.vanished] == ["油竹下村"]
    assert plan.same == 1


def test_towns_of_a_city_whose_only_county_is_a_heading(db, tmp_path):
    taken_in(db, saved(tmp_path, "代码,名称\n620201401,钢城街道\n"), under="620000")
    assert service.describe(db, "620201401") == "甘肃省嘉峪关市钢城街道"
    wrong = planned(db, saved(tmp_path, "代码,名称\n331199001,某街道\n"), under="330000")
    assert "331199" in wrong.problems[0].text


def test_what_was_added_by_hand_never_vanishes(db, tmp_path):
    ours = county(db)
    changes.add_node(db, tenant_id=ours, parent_code="331121", name="新设镇")
    plan = taken_in(db, saved(tmp_path, STREETS), tenant_id=ours, end_vanished=True)
    assert plan.vanished == ()
    assert service.find(db, "331121901", tenant_id=ours).exists


def test_a_new_name_in_the_list_is_a_renaming(db, tmp_path):
    taken_in(db, saved(tmp_path, STREETS))
    plan = taken_in(db, saved(tmp_path, "代码,名称\n331121003,油竹新城街道\n"))
    assert [(one.name, name) for one, name in plan.renamed] == [("油竹街道", "油竹新城街道")]
    assert service.describe(db, "331121003").endswith("油竹新城街道（曾称油竹街道）")


def county(db):
    from server.accounts import service as accounts

    return accounts.add_tenant(
        db, slug="yunxi", name="云溪", home_zone="Asia/Shanghai", office={}, now=make.NOON
    ).id


def test_a_county_cannot_rename_the_nation_by_a_list(db, tmp_path):
    taken_in(db, saved(tmp_path, STREETS))
    ours = county(db)
    plan = planned(db, saved(tmp_path, "代码,名称\n331121003,我们的街道\n"), tenant_id=ours)
    assert "油竹街道" in plan.problems[0].text
    own = "代码,名称\n331121003,油竹街道\n331121003299,山口村\n"
    assert len(taken_in(db, saved(tmp_path, own), tenant_id=ours).new) == 1
    assert service.find(db, "331121003299", tenant_id=ours).tenant_id == ours


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", b"code,name\n"),
        ("list.xlsx", b"PK not really"),
        ("list.csv", b"\xff\xff\xff\xff"),
        ("list.csv", "甲,乙\n1,2\n".encode()),
        ("list.csv", b""),
    ],
)
def test_files_that_are_no_list_are_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Invalid):
        lists.read(path)


def test_the_land_of_the_demo_county(db):
    from server.demo import land, seed

    ours = county(db)
    seed.lay_land(db, ours)
    seed.lay_land(db, ours)
    assert service.seat(db, ours).full_name == "云溪县"
    towns = service.children(db, land.COUNTY, tenant_id=ours).items
    assert [town.name for town in towns] == ["泮坑镇", "石桥镇", "白沙镇"]
    for town in towns:
        assert len(service.children(db, town.code, tenant_id=ours).items) >= 6
    assert [one.alias for one in search(db, ours, "云溪红星公社")] == ["红星公社"]
    assert [one.place.name for one in search(db, ours, "hxgs")] == ["石桥镇"]
    assert (
        service.describe(db, "990121101", tenant_id=ours)
        == "云溪县泮坑镇（曾称泮水乡；公社时期称泮坑公社）"
    )
    assert search(db, None, "云溪县") == []


def test_the_commands_load_show_and_do(tools, tmp_path, monkeypatch):
    monkeypatch.setattr("server.commands.divisions.toolbox", lambda: tools)
    run = create_app().test_cli_runner().invoke

    def say(*words):
        done = run(args=["divisions", *words])
        return done.exit_code, done.output

    path = str(saved(tmp_path, STREETS))
    assert say("load") == (0, "3341 added\n")
    assert say("load") == (0, "0 added\n")
    code, told = say("import", path, "--under", "331121")
    assert (code, "2 new" in told, "nothing was changed" in told) == (0, True, True)
    assert say("find", "油竹") == (0, "")
    assert say("import", path, "--under", "331121", "--yes")[1].endswith("done\n")
    assert "浙江省丽水市青田县油竹街道" in say("find", "yzjd")[1]
    wrong = str(saved(tmp_path, "代码,名称\n331121,青田\n33,浙江\n"))
    code, told = say("import", wrong, "--under", "331121", "--yes")
    assert code == 1
    assert "row 3" in told
    assert say("find", "青田")[1].startswith("331121                   浙江省丽水市青田县\n")
    assert say("import", wrong, "--under", "777777")[0] == 1


def test_the_commands_that_change_one_division(tools, tmp_path, monkeypatch):
    monkeypatch.setattr("server.commands.divisions.toolbox", lambda: tools)
    run = create_app().test_cli_runner().invoke
    with tools.sessions.begin() as db:
        national.load(db)
        county(db)

    def say(*words):
        return run(args=["divisions", *words]).output.strip()

    assert say("seat", "yunxi", "331121") == "浙江省丽水市青田县"
    assert say("add", "yunxi", "新设镇", "--under", "331121").startswith("331121901 ")
    told = say("alias", "331121901", "新设公社", "--kind", "commune", "--tenant", "yunxi")
    assert told.endswith("新设镇（公社时期称新设公社）")
    assert say("rename", "331121", "青田市") == "浙江省丽水市青田市（曾称青田县）"
    assert say("end", "331121", "--by", "331102", "--on", "2026-05-01").endswith(
        "（曾称青田县；2026 年改为浙江省丽水市莲都区）"
    )
    assert "division has ended" in say("end", "331121", "--on", "2026-06-01")


def test_the_web_process_starts_without_the_dictionaries(root):
    loaded = "import sys, server.app; print({'pypinyin', 'openpyxl'} & set(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", loaded], cwd=root, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "set()"
