"""Divisions in the database: loaded, found as one types, changed without losing anything."""

from datetime import date

import pytest
from sqlalchemy import select, text

from server.kernel.errors import Conflict, Invalid, NotFound
from server.places import changes, codes, national, service
from server.places.changes import NewDivision
from server.places.codes import Level, Scope
from server.places.models import Division
from server.places.names import AliasKind, keys
from server.places.search import search
from tests import make

QINGTIAN = [
    ("331121001", "鹤城街道"),
    ("331121003", "油竹街道"),
    ("331121003201", "油竹下村"),
    ("331121104", "船寮镇"),
]


@pytest.fixture
def db(tools):
    """A writing transaction with the shipped divisions and some towns of 青田."""
    with tools.sessions.begin() as db:
        national.load(db)
        write(db, QINGTIAN)
        yield db


def write(db, rows, tenant_id=None):
    changes.write(
        db, [NewDivision(*row) for row in rows], tenant_id=tenant_id, source="a list of the office"
    )


def names(found):
    return [one.place.full_name for one in found]


def test_what_is_shipped_is_loaded_once_and_whole(tools):
    with tools.sessions.begin() as db:
        assert national.load(db) == 3341
        assert national.load(db) == 0
    with tools.sessions.read() as db:
        provinces = service.children(db, None).items
        assert len(provinces) == 34
        assert {"台湾省", "香港特别行政区", "澳门特别行政区"} <= {one.name for one in provinces}
        assert {one.level for one in provinces} == {Level.PROVINCE}
        orphans = select(Division.name).where(
            Division.parent_code.is_(None), Division.level != Level.PROVINCE
        )
        assert db.scalars(orphans).all() == []


def test_a_place_is_said_in_full_with_the_names_it_had(db):
    for code, said in {
        "331121": "浙江省丽水市青田县",
        "331121003": "浙江省丽水市青田县油竹街道",
        "440781": "广东省江门市台山市（曾称台山县；旧县名新宁县）",
        "441900": "广东省东莞市（曾称东莞县）",
        "429004": "湖北省仙桃市",
        "110101": "北京市东城区",
        "460400": "海南省儋州市",
        "710000": "台湾省",
    }.items():
        assert service.describe(db, code) == said


def test_towns_of_a_city_without_counties_hang_below_it(db):
    write(db, [("441900101", "石碣镇")])
    assert service.describe(db, "441900101") == "广东省东莞市石碣镇"
    assert [one.name for one in service.children(db, "441900").items] == ["石碣镇"]
    assert [one.name for one in service.lineage(db, "441900101")] == ["广东省", "东莞市", "石碣镇"]


def test_children_come_in_pages(db):
    seen, after = [], None
    while True:
        page = service.children(db, "440000", after=after, limit=8)
        seen += [one.code for one in page.items]
        after = page.after
        if after is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == 21


def test_a_place_is_found_as_one_types_it(db):
    for typed, first in {
        "青田": "浙江省丽水市青田县",
        "油竹": "浙江省丽水市青田县油竹街道",
        "丽水 油竹": "浙江省丽水市青田县油竹街道",
        "青田油竹": "浙江省丽水市青田县油竹街道",
        "浙江省丽水市青田县油竹街道": "浙江省丽水市青田县油竹街道",
        "广东台山": "广东省江门市台山市",
        "臺山": "广东省江门市台山市",
        "taishanshi": "广东省江门市台山市",
        "Qing Tian": "浙江省丽水市青田县",
        "lishui qingtian": "浙江省丽水市青田县",
        "ｑｔｘ": "浙江省丽水市青田县",
        "新宁县": "湖南省邵阳市新宁县",
        "广东 新宁": "广东省江门市台山市",
        "香山": "广东省中山市",
        "yueqing": "浙江省温州市乐清市",
        "lvliang": "山西省吕梁市",
        "lüliang": "山西省吕梁市",
        "台湾": "台湾省",
    }.items():
        assert names(search(db, None, typed))[:1] == [first], typed


def test_a_place_found_by_an_old_name_says_so(db):
    found = {one.place.name: one.alias for one in search(db, None, "新宁县")}
    assert found == {"新宁县": None, "台山市": "新宁县"}


def test_nonsense_finds_nothing(db):
    for typed in (
        "",
        "  ",
        "不存在的地方",
        "%",
        "_",
        "'; DROP TABLE",
        "x" * 500,
        "省" * 500,
        "\uffff",
    ):
        assert search(db, None, typed) == [], typed


def test_a_search_stays_inside_its_scope(db):
    inside = Scope(("44",))
    assert names(search(db, None, "新", inside=inside))
    assert all(name.startswith("广东省") for name in names(search(db, None, "新", inside=inside)))
    assert search(db, None, "青田", inside=inside) == []
    assert search(db, None, "青田", inside=codes.NOWHERE) == []


def test_what_a_county_keeps_for_itself_is_its_own(tools, db):
    ours = make_tenant(db, "yunxi")
    theirs = make_tenant(db, "shanxi")
    made = changes.add_node(db, tenant_id=ours, name="上垟自然村", parent_code="331121003201")
    assert (made.code, made.level) == ("331121003201001", Level.HAMLET)
    assert made.full_name == "浙江省丽水市青田县油竹街道油竹下村上垟自然村"
    changes.add_alias(db, "331121003201", "红旗大队", AliasKind.COMMUNE, tenant_id=ours)
    found = search(db, ours, "hongqi", near=Scope(("331121",)))[0]
    assert (found.place.name, found.alias) == ("油竹下村", "红旗大队")
    assert search(db, theirs, "红旗大队") == search(db, None, "红旗大队") == []
    assert search(db, theirs, "上垟") == []
    with pytest.raises(NotFound):
        service.find(db, made.code, tenant_id=theirs)
    same = changes.add_node(db, tenant_id=theirs, name="下垟", parent_code="331121003201")
    assert same.code == made.code  # each county numbers for itself
    assert service.describe(db, "331121003201", tenant_id=ours).endswith("（公社时期称红旗大队）")
    assert service.describe(db, "331121003201", tenant_id=theirs).endswith("油竹下村")


def make_tenant(db, slug):
    from server.accounts import service as accounts

    return accounts.add_tenant(
        db, slug=slug, name=slug, home_zone="Asia/Shanghai", office={}, now=make.NOON
    ).id


def test_own_numbers_for_what_the_list_does_not_have_yet(db):
    ours = make_tenant(db, "yunxi")
    town = changes.add_node(db, tenant_id=ours, name="新设镇", parent_code="331121")
    assert (town.code, town.level) == ("331121901", Level.TOWN)
    village = changes.add_node(db, tenant_id=ours, name="新设村", parent_code=town.code)
    assert (village.code, village.level) == ("331121901901", Level.VILLAGE)
    official = changes.add_node(db, tenant_id=ours, name="章村乡", code="331121210")
    assert official.parent_code == "331121"


def test_nodes_that_cannot_be_are_refused(db):
    ours = make_tenant(db, "yunxi")
    with pytest.raises(Conflict):
        changes.add_node(db, tenant_id=ours, name="重复", code="331121001")
    with pytest.raises(Invalid):
        changes.add_node(db, tenant_id=ours, name="别处", code="330101001", parent_code="331121")
    with pytest.raises(Invalid):
        changes.add_node(db, tenant_id=ours, name="", parent_code="331121")
    with pytest.raises(Invalid):
        changes.add_node(db, tenant_id=ours, name="无上级")
    with pytest.raises(NotFound):
        changes.add_node(db, tenant_id=ours, name="无上级", parent_code="999999")


def test_a_new_name_keeps_the_old_one_findable(db):
    changes.rename(db, "331121", "青田市")
    assert service.describe(db, "331121003201") == "浙江省丽水市青田市油竹街道油竹下村"
    assert service.describe(db, "331121") == "浙江省丽水市青田市（曾称青田县）"
    assert [(one.place.code, one.alias) for one in search(db, None, "青田县")] == [
        ("331121", "青田县")
    ]
    assert names(search(db, None, "qts"))[0] == "浙江省丽水市青田市"
    changes.rename(db, "331121", "青田市")
    assert len(service.aliases(db, service.find(db, "331121").id)) == 1


def test_a_county_may_not_rename_the_nation(db):
    ours = make_tenant(db, "yunxi")
    with pytest.raises(Conflict):
        changes.rename(db, "331121", "青田市", tenant_id=ours)
    with pytest.raises(Conflict):
        changes.replace(db, "331121", by=None, on=date(2026, 1, 1), tenant_id=ours)


def test_what_has_ended_is_kept_and_seen_by_its_successor(db):
    write(db, [("331198", "青田区")])
    changes.replace(db, "331121", by="331198", on=date(2026, 5, 1))
    assert service.describe(db, "331121") == "浙江省丽水市青田县（2026 年改为浙江省丽水市青田区）"
    assert service.find(db, "331121003201").valid_to == date(2026, 5, 1)
    heirs = service.scope_of(db, "331198")
    assert heirs == Scope(("331121", "331198"))
    assert heirs.covers("331121003201")
    assert not service.scope_of(db, "331102").covers("331121003201")
    assert service.scope_of(db, "330000") == Scope(("33",))
    assert "青田县" not in {one.name for one in service.children(db, "331100").items}
    assert "青田县" in {one.name for one in service.children(db, "331100", ended=True).items}
    assert names(search(db, None, "青田"))[:2] == ["浙江省丽水市青田区", "浙江省丽水市青田县"]
    with pytest.raises(Conflict):
        changes.replace(db, "331121", by=None, on=date(2026, 6, 1))


def test_successors_of_successors_see_what_was_before(db):
    write(db, [("331197", "甲县"), ("331198", "乙县"), ("331199", "丙县")])
    changes.replace(db, "331197", by="331198", on=date(1958, 1, 1))
    changes.replace(db, "331198", by="331199", on=date(1986, 1, 1))
    assert service.scope_of(db, "331199").paths == ("331197", "331198", "331199")
    with pytest.raises(Invalid):
        changes.replace(db, "331199", by="331199", on=date(2026, 1, 1))


def test_the_subtree_is_one_range_on_both_databases(db):
    for path in ("33", "3311", "331121", "4419", "4290", "4690", "81"):
        inside = db.scalars(
            select(Division.path).where(service.within(Division.path, Scope((path,))))
        ).all()
        everything = db.scalars(select(Division.path)).all()
        assert sorted(inside) == sorted(one for one in everything if one.startswith(path))


def test_the_seat_of_a_federation(db):
    ours = make_tenant(db, "yunxi")
    assert service.seat(db, ours) is None
    changes.set_seat(db, ours, "331121")
    assert changes.set_seat(db, ours, "331121") == service.seat(db, ours)


def test_a_search_among_45000_divisions_uses_the_index(tools):
    counties = [f"{99 - number // 40}{number % 40 + 1:02}01" for number in range(90)]
    towns = [
        NewDivision(f"{county}{town:03}", f"{'甲乙丙丁戊己庚辛壬癸'[town % 10]}{town}镇")
        for county in counties
        for town in range(1, 464)
    ]
    with tools.sessions.begin() as db:
        national.load(db)
        changes.write(db, towns, tenant_id=None, source="a test")
    statements = []
    with tools.sessions.read() as db:
        from sqlalchemy import event

        def note(_connection, _cursor, statement, parameters, *_rest):
            statements.append((statement, parameters))

        event.listen(tools.sessions.engine, "before_cursor_execute", note)
        found = search(db, 1, "青田")
        event.remove(tools.sessions.engine, "before_cursor_execute", note)
        assert found[0].place.code == "331121"
        assert len(statements) == 1
        statement, parameters = statements[0]
        if tools.sessions.engine.dialect.name == "sqlite":
            plan = db.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
            lines = [row[-1] for row in plan]
            assert any("ix_division_key_key_division_id (key>? AND key<?)" in one for one in lines)
            assert not any(line.startswith("SCAN") for line in lines)
        else:
            db.execute(text("ANALYZE division_key"))
            plan = db.connection().exec_driver_sql("EXPLAIN " + statement, parameters)
            assert any("ix_division_key_key_division_id" in row[0] for row in plan)


def test_every_shipped_name_has_its_keys():
    assert keys("丽水市") == ("丽水市", "lishuishi", "lss")
    assert keys("长子县")[1] == "zhangzixian"
    assert keys("朝阳区")[1] == "chaoyangqu"
    assert keys("701社区") == ("701社区", "701shequ", "701sq")
