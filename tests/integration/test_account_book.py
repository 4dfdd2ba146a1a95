"""The accounts a process holds: a change is heard of soon, and one thread asks for all."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from server.accounts import book
from server.accounts import service as accounts
from server.kernel.errors import NotFound
from tests import make


@pytest.fixture
def held(tools):
    """A book that has looked the account up."""
    make.county(tools)
    ours = book.Book(tools.sessions, tools.vault, tools.clock)
    ours.by_slug("yunxi")
    return ours


def test_a_new_name_is_used_everywhere_ten_seconds_later(tools, held):
    with tools.sessions.begin() as db:
        accounts.change(db, "yunxi", {"name": "新名"}, vault=tools.vault)
    assert held.by_slug("yunxi").name != "新名"
    tools.clock.advance(seconds=10)
    assert held.by_slug("yunxi").name == "新名"


def test_a_retired_account_is_not_used_ten_seconds_later(tools, held):
    with tools.sessions.begin() as db:
        accounts.retire(db, "yunxi", now=make.NOON)
    tools.clock.advance(seconds=10)
    with pytest.raises(NotFound):
        held.by_slug("yunxi")


def test_while_one_looks_again_the_others_use_what_is_held(tools, held):
    asked, begun, may_go_on = [], threading.Event(), threading.Event()

    @event.listens_for(tools.sessions.engine, "checkout")
    def wait(*_):
        asked.append(threading.current_thread())
        begun.set()
        may_go_on.wait(10)

    tools.clock.advance(seconds=6)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(held.by_slug, "yunxi")
        assert begun.wait(10)
        others = [pool.submit(held.by_slug, "yunxi") for _ in range(20)]
        for one in others:
            assert one.result(5).slug == "yunxi"
        assert not first.done()
        may_go_on.set()
        first.result(5)
    assert len(asked) == 1
