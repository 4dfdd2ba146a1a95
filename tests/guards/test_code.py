"""Tests about the code itself."""

import ast
from pathlib import Path

from server.scheduler import TIMETABLE
from server.web import DOORS
from server.web.callback.handlers import HANDLERS
from server.web.console.shell import require_officer
from server.web.mini.guard import require_person
from server.worker import JOBS

SERVER = Path(__file__).parents[2] / "server"
MODULES = sorted(SERVER.rglob("*.py"))
OPEN_CONSOLE = {"console_auth", "console_language"}  # before anybody signs in
OPEN_API = {"api_public", "api_docs"}


def test_every_module_says_what_it_is_for():
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_files_stay_readable():
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_only_doors_jobs_commands_and_the_dispatcher_open_writing_transactions():
    allowed = {"web", "worker.py", "cli.py", "commands", "demo", "outbox", "kernel"}
    for path in MODULES:
        jobs = path.name.endswith("_jobs.py")
        if not jobs and "sessions.begin(" in path.read_text(encoding="utf-8"):
            assert path.relative_to(SERVER).parts[0] in allowed, path


def test_nobody_commits_by_hand():
    for path in MODULES:
        if path.name != "migrate.py":
            assert ".commit(" not in path.read_text(encoding="utf-8"), path


def test_every_tick_has_its_job_and_every_job_a_docstring():
    assert {tick.job for tick in TIMETABLE} <= set(JOBS)
    assert all(job.__doc__ for job in JOBS.values())


def test_every_message_and_event_of_the_platform_is_in_the_table():
    """WECHAT §1.4, §1.5, §1.7."""
    messages = [
        "text",
        "image",
        "voice",
        "video",
        "shortvideo",
        "location",
        "link",
        "miniprogrampage",
    ]
    events = [
        "subscribe",
        "unsubscribe",
        "SCAN",
        "LOCATION",
        "CLICK",
        "VIEW",
        "view_miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "TEMPLATESENDJOBFINISH",
        "MASSSENDJOBFINISH",
        "PUBLISHJOBFINISH",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "user_info_modified",
        "user_authorization_revoke",
        "user_authorization_cancellation",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "qualification_verify_success",
        "qualification_verify_fail",
        "naming_verify_success",
        "naming_verify_fail",
        "annual_renew",
        "verify_expired",
        "user_enter_tempsession",
        "wxa_media_check",
        "weapp_audit_success",
        "weapp_audit_fail",
        "weapp_audit_delay",
        "wxa_nickname_audit",
        "wxa_category_audit",
        "wxa_privacy_apply",
        "wxa_illegal_record",
        "wxa_appeal_record",
    ]
    assert set(HANDLERS) == {*messages, *(f"event.{name.lower()}" for name in events)}


def test_every_route_stands_behind_its_guard():
    for door in DOORS:
        name = door.blueprint.name
        if name.startswith("console_") and name not in OPEN_CONSOLE:
            assert door.guard is require_officer, name
        if name.startswith("api_") and name not in OPEN_API:
            assert door.guard is require_person, name
