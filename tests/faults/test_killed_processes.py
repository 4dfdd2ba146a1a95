"""The whole system while its processes are killed; the sandbox's phones and log are the judges."""

import json
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from server.outbox.rules import Status
from server.ports import Channel
from tests.faults.system import (
    CUSTOMER_SEND,
    MASS_SEND,
    MASS_TO_TAG,
    TAGGING,
    WEB,
    WORKER,
    until,
)
from tests.servers import ONE_AT_A_TIME

pytestmark = [ONE_AT_A_TIME, pytest.mark.timeout(300)]

ARRIVALS = 16  # with the demo's own people some forty
TAKEN = {Status.ACCEPTED, Status.DELIVERED}
SETTLED = TAKEN | {Status.UNKNOWN, Status.SKIPPED}


class TheLetter:
    """A letter on its way while the worker dies again and again."""

    def __init__(self, system, **more):
        self.system, self.cut = system, Counter()
        self.id = system.approve_a_letter(**more)

    def while_it_is_planned(self):
        self.system.tools.jobs.ask("plan_greetings")
        time.sleep(random.uniform(0, 0.06))

    def while_it_goes_to_many(self):
        self._until_out(Channel.MASS)

    def while_it_goes_to_each(self):
        self._until_out(Channel.CUSTOMER)
        time.sleep(0.3)  # some are answered by then, most linger

    def _until_out(self, channel):
        """Wait for calls in flight; an earlier kill may have cut them already."""
        until(lambda: self.cut[channel] or self.system.in_flight(self.id)[channel])

    def right_after_the_start(self):
        until(lambda: self.system.in_flight(self.id))

    def kill_the_worker(self):
        """Note what was cut, end the leases of the dead, wait for the next worker."""
        (pid,) = self.system.pids(WORKER)
        self.system.kill([pid])
        time.sleep(0.2)  # PostgreSQL finishes what it was told last; the next start is a second off
        self.cut += self.system.in_flight(self.id)
        self.system.leases_end()
        until(lambda: self.system.pids(WORKER))
        self.system.tools.jobs.ask("release_stale")

    def settled(self) -> bool:
        self.system.a_minute_passes()
        lines = self.system.lines(self.id)
        return bool(lines) and {one.status for one in lines} <= SETTLED


def test_a_worker_killed_in_the_middle_of_a_letter_doubles_and_loses_nothing(system, request):
    system.people_arrive(ARRIVALS)
    people = system.followers()
    system.ask("DELETE", "/calls")
    system.fault(MASS_SEND, "latency", value=1.5)
    system.fault(CUSTOMER_SEND, "latency", value=2, chance=0.6)  # all go at once: some linger
    system.fault(CUSTOMER_SEND, "reset_after", times=1)
    letter = TheLetter(system)
    moments = [letter.while_it_is_planned, letter.while_it_goes_to_each]
    if request.config.getoption("--long"):
        moments.append(letter.right_after_the_start)
    moments.append(letter.while_it_goes_to_many)
    for moment in moments:
        moment()
        letter.kill_the_worker()
    system.fault(MASS_SEND, "reset_after", times=1)
    until(letter.settled, 90)
    system.ask("DELETE", "/faults")

    lines = system.lines(letter.id)
    assert len({one.person_id for one in lines}) == len(lines) == len(people)
    assert all(one.reason for one in lines if one.status == Status.SKIPPED)
    fates = Counter(one.status for one in lines)
    cut = letter.cut[Channel.CUSTOMER]
    print("fates", dict(fates), "cut", dict(letter.cut))
    assert cut >= 1, "some call was in flight"
    assert cut <= fates[Status.UNKNOWN] <= cut + 1, "what was in flight, and the answer reset"
    everyone_shows_what_the_ledger_says(system, letter, people)
    mass_calls_were_repeated_and_taken_once(system, letter)

    before = system.sends(), [(one.key, one.status) for one in lines]
    system.forget_that_it_was_planned(letter.id)
    for job in ("plan_greetings", "dispatch", "release_stale"):
        system.tools.jobs.ask(job)
    until(lambda: system.planned(letter.id))
    time.sleep(2.5)  # the scheduler's ticks do the same meanwhile
    again = system.sends(), [(one.key, one.status) for one in system.lines(letter.id)]
    assert again == before, "running it again sends nothing"
    everyone_shows_what_the_ledger_says(system, letter, people)


def test_a_worker_killed_while_it_tags_and_sends_reaches_everybody_once(system):
    """A 订阅号 has one call: it may come again, and never twice."""
    mark = "月在家山〇八"
    system.people_arrive(6)  # some of them silent: whoever wrote lately gets a letter of their own
    with system.as_subscription_account():
        letter = TheLetter(system, festival="lantern", mark=mark)
        system.ask("DELETE", "/calls")
        for path in (TAGGING, MASS_TO_TAG):
            system.fault(path, "latency", value=1.5)
        system.tools.jobs.ask("plan_greetings")
        until(lambda: system.in_flight(letter.id)[Channel.MASS_BY_TAG])
        letter.kill_the_worker()  # while the readers are tagged
        until(lambda: len(system.calls(TAGGING)) >= 1 and system.in_flight(letter.id))
        time.sleep(0.5)
        letter.kill_the_worker()  # while the one call is out
        system.fault(MASS_TO_TAG, "reset_after", times=1)

        def by_tag():
            system.a_minute_passes()
            found = [one for one in system.lines(letter.id) if one.channel == "mass_by_tag"]
            return found if found and {one.status for one in found} <= SETTLED else None

        lines = until(by_tag, 120)
        system.ask("DELETE", "/faults")
    print("by tag", Counter(one.status for one in lines), dict(letter.cut))
    assert letter.cut[Channel.MASS_BY_TAG] == 2
    assert {one.status for one in lines} <= TAKEN
    codes = [one["errcode"] for one in system.calls(MASS_TO_TAG)]
    assert codes.count(0) == 1
    assert set(codes) <= {0, 45065, 45066}
    with system.tools.sessions.read() as db:
        readers = {one.person_id for one in lines}
        phones = [one for one in system.followers() if system.person(db, one) in readers]
    until(lambda: all(system.letters(one, mark) for one in phones))
    assert [system.letters(one, mark) for one in phones] == [1] * len(readers)


def everyone_shows_what_the_ledger_says(system, letter, people):
    status = {one.person_id: one.status for one in system.lines(letter.id)}
    with system.tools.sessions.read() as db:
        told = {one["id"]: status[system.person(db, one)] for one in people}
    taken = sum(fate in TAKEN for fate in told.values())
    until(lambda: sum(map(system.letters, people)) >= taken)  # mass sends arrive a little later
    for one in people:
        possible = {Status.UNKNOWN: {0, 1}, Status.SKIPPED: {0}}.get(told[one["id"]], {1})
        assert system.letters(one) in possible, (one["nickname"], told[one["id"]])


def mass_calls_were_repeated_and_taken_once(system, letter):
    calls = defaultdict(list)
    for call in system.calls(MASS_SEND):
        calls[json.loads(call["body"])["clientmsgid"]].append(call["errcode"])
    print("mass", dict(calls))
    assert letter.cut[Channel.MASS] >= 1
    assert max(map(len, calls.values())) >= 2, "the call that was cut came again"
    for codes in calls.values():
        assert codes.count(0) == 1
        assert set(codes) <= {0, 45065, 45066}, "taken before; too soon to say"


def test_a_web_worker_killed_while_people_write_answers_everybody_once(system):
    people = system.followers()
    failures = [system.failures(one) for one in people]
    for kill_at in (while_all_wait_for_the_database, when_the_first_is_stored, anywhere):
        stored, answers = system.texts(), [system.answers(one) for one in people]
        master, *workers = until(lambda: system.pids(WEB)[2:] and system.pids(WEB))
        redelivered = everybody_writes(system, people, kill_at, workers)
        until(lambda: all(map(lambda p, n: system.answers(p) > n, people, answers)))  # noqa: B023
        time.sleep(1)
        assert [system.answers(one) for one in people] == [n + 1 for n in answers], kill_at
        assert [system.failures(one) for one in people] == failures
        assert system.texts() - stored == len(people)
        assert system.pids(WEB)[0] == master
        print(kill_at.__name__, redelivered)
        if kill_at is while_all_wait_for_the_database:
            assert redelivered, "answers were cut off, some not yet begun"


def everybody_writes(system, people, kill_at, workers) -> int:
    """Return how many messages WeChat had to deliver again."""
    system.ask("DELETE", "/callbacks")
    stored = system.texts()
    with ThreadPoolExecutor(len(people)) as pool:
        said = [pool.submit(system.speak, one, "办公时间") for one in people]
        kill_at(system, stored, lambda: system.kill(workers))
        ids = {one.result()["message_id"] for one in said}
    assert len(ids) == len(people)

    def over():
        log = system.ask("GET", "/callbacks")["items"]
        return log if {one["message_id"] for one in log if one["status"] == 200} >= ids else None

    return len({one["message_id"] for one in until(over) if one["attempt"] > 1})


def while_all_wait_for_the_database(system, _stored, kill):
    with system.tools.sessions.begin() as db:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(text("LOCK TABLE inbound_message IN ACCESS EXCLUSIVE MODE"))
        time.sleep(1.5)  # SQLite: the transaction alone locks the others out
        kill()


def when_the_first_is_stored(system, stored, kill):
    until(lambda: system.texts() > stored)
    kill()


def anywhere(_system, _stored, kill):
    time.sleep(random.uniform(0, 0.1))
    kill()


def test_a_whole_web_process_killed_while_people_write_doubles_nothing(system):
    people = system.followers()
    stored = system.texts()
    answers = [system.answers(one) for one in people]
    failures = sum(map(system.failures, people))
    everybody = system.pids(WEB)
    with ThreadPoolExecutor(len(people)) as pool:
        for one in people:
            pool.submit(system.speak, one, "办公时间")
        until(lambda: system.texts() > stored)
        system.kill(everybody)
    until(lambda: not {*everybody} & {*system.pids(WEB)} and system.pids(WEB)[2:])

    def told():
        """Everybody has an answer, or the platform's line that the service is out of order."""
        heard = sum(map(system.answers, people)) - sum(answers)
        return heard + sum(map(system.failures, people)) - failures

    until(lambda: told() >= len(people))
    time.sleep(1)
    assert told() == len(people)
    assert all(map(lambda p, n: system.answers(p) - n in (0, 1), people, answers))
    assert 1 <= system.texts() - stored <= len(people)
