"""Hometowns as people write them, told apart by the gazetteer of the district."""

import pytest

from server.demo import seed
from server.kernel.errors import Invalid
from server.people.register import reading
from server.places import gazetteer
from server.registers import import_jobs
from tests import make
from tests.console import Browser
from tests.integration.test_imports import Office


@pytest.fixture
def county(tools):
    county = make.county(tools).id
    with tools.sessions.begin() as db:
        seed.lay_land(db, county)
    return county


@pytest.fixture
def land(tools, county):
    with tools.sessions.read() as db:
        return gazetteer.load(db, county)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("石桥镇岭脚村", "990121102202"),
        ("岭脚村", "990121102202"),
        ("岭脚", "990121102202"),
        ("嶺腳村", "990121102202"),
        ("云溪县石桥镇岭脚村二组", "990121102202"),
        ("云溪石桥岭脚", "990121102202"),
        ("石桥镇 岭脚村 12 号", "990121102202"),
        ("石桥镇石桥村", "990121102201"),
        ("石桥村", "990121102201"),
        ("石桥", "990121102"),  # the town or its village of that name: the town holds both
        ("石桥镇", "990121102"),
        ("石桥镇某某村", "990121102"),
        ("云溪县", "990121"),
    ],
)
def test_what_means_one_place_is_found(land, written, meant):
    found = land.place(written)
    assert found is not None
    assert found.code == meant


@pytest.mark.parametrize(
    "written",
    ["", "不详", "浙江省青田县", "青田县石桥村", "广东省台山市石桥镇", "意大利", "桥", "某村"],
)
def test_what_means_none_or_another_county_s_is_left_alone(land, written):
    assert land.place(written) is None


def test_every_place_is_found_by_what_it_is_called(land):
    for path, one in land.by_path.items():
        if path != land.seat.path and path.startswith(land.seat.path):
            assert land.place(land.said(path)) == one


def test_old_names_mean_the_place_of_today(land):
    from server.demo.land import ALIASES

    for code, name, _kind in ALIASES:
        if code.startswith(land.seat.path) and len(code) > 6:
            found = land.place(name)
            assert found is None or found.code.startswith(code[:9]), name
    assert any(land.place(name) for _code, name, _kind in ALIASES)


def test_staff_name_a_place_and_are_told_when_it_is_not_clear(tools, county, land):
    with tools.sessions.read() as db:
        take = lambda text: gazetteer.code_of(db, land, text, tenant_id=county)  # noqa: E731
        assert take("石桥镇岭脚村") == "990121102202"
        assert take("990121102202") == "990121102202"
        assert take("丽水市青田县") == take("青田县") == "331121"
        with pytest.raises(Invalid) as refused:
            take("火星村")
        assert "没有找到" in refused.value.details["fields"]["division"][0]


def test_the_form_takes_and_shows_a_place_by_its_name(app, tools, county):
    admin = Browser(app, tools, tenant_id=county)
    answer = admin.post("/console/people/new", data={"name": "陈立群", "division": "岭脚村"})
    form = admin.get(f"{answer.location}/edit").text
    assert 'value="石桥镇岭脚村"' in form
    kept = {"name": "陈立群", "division": "石桥镇岭脚村", "seen": "1"}
    assert admin.post(f"{answer.location}/edit", data=kept).status_code == 302
    answer = admin.post("/console/people/new", data={"name": "陈立群", "division": "火星村"})
    assert answer.status_code == 400
    assert "没有找到“火星村”" in answer.text
    assert 'value="火星村"' in answer.text


def test_a_list_brought_in_is_laid_in_the_villages(app, tools, county):
    office = Office(app, tools, county)
    lines = ["姓名,籍贯", "甲,云溪县石桥镇岭脚村", "乙,岭脚", "丙,意大利", "丁,青田县石桥村"]
    batch = office.upload("\n".join(lines).encode(), "a.csv")
    office.move(batch, "apply")
    with tools.sessions.read() as db:
        found = {
            one.name: (one.division, one.hometown) for one in reading.listing(db, county, limit=9)
        }
    assert found == {
        "甲": ("990121102202", "云溪县石桥镇岭脚村"),
        "乙": ("990121102202", "岭脚"),
        "丙": (None, "意大利"),
        "丁": (None, "青田县石桥村"),
    }
    assert import_jobs.resume_imports(tools) == 0
