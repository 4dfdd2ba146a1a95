"""Two thousand people, and everything breaks by a seed: nobody is lost, nobody gets it twice."""

import pytest

from server.outbox.rules import Status
from tests.faults.campaign import RECIPIENTS, House
from tests.servers import ONE_AT_A_TIME, Postgres

pytestmark = [ONE_AT_A_TIME, pytest.mark.timeout(400)]
SHORT, LAST = 4, 200


@pytest.fixture(scope="module")
def house(request, root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    postgres = Postgres() if request.param == "postgresql" else None  # its own: all are cut off
    if postgres:
        postgres.execute("CREATE DATABASE campaigns")
    url = postgres.url("campaigns") if postgres else f"sqlite:///{folder}/xiangyin.db"
    house = House(root, folder, url, postgres)
    yield house
    house.stop()
    if postgres:
        postgres.stop()


def campaigns():
    """Odd seeds on SQLite, even ones on PostgreSQL; most of them with --long only."""
    for database, first in (("sqlite", 1), ("postgresql", 2)):
        for seed in range(first, LAST + 1, 2):
            marks = () if seed <= SHORT else pytest.mark.long
            yield pytest.param(database, seed, marks=marks, id=f"{database}-{seed}")


@pytest.mark.parametrize(("house", "seed"), list(campaigns()), indirect=["house"], scope="module")
def test_a_campaign_survives_what_a_seed_breaks(house, seed):
    verdict = house.campaign(seed)
    print(verdict)
    assert sum(verdict.fates.values()) == RECIPIENTS
    assert (verdict.lost, verdict.doubled, verdict.unknown_excess) == (0, 0, 0), verdict
    assert verdict.fates[Status.ACCEPTED] + verdict.fates[Status.DELIVERED] > RECIPIENTS * 0.9


@pytest.mark.long
@pytest.mark.parametrize("house", ["postgresql"], indirect=True, scope="module")
def test_dead_work_moves_again_within_a_minute(house):
    """Without shortening a lease: one database is enough, the lease is the same."""
    verdict = house.campaign(9001, shorten_leases=False)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert verdict.recovery < 60
