"""By when the person must have heard from us. Pure; days in the county's own zone.

Petitions: written notice within 15 calendar days of receipt (信访工作条例 §23); the day of receipt
is day 0, the last day ends at 24:00, and the rule is silent on holidays, so nothing is shifted.
Consultations: three working days, our own promise (服务承诺), not a rule of law. Working days are
Monday to Friday; the yearly table of holidays and exchanged days (调休) is not known here: in a
long holiday we promise a day too early, beside a working weekend at most two days too late.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from server.cases.states import Kind
from server.kernel.clock import known_zone

NOTICE_DAYS = 15
PROMISED_WORKING_DAYS = 3


def answer_by(kind: Kind, received: datetime, home_zone: str) -> date:
    """Return the last day on which notice or answer is in time."""
    day = received.astimezone(known_zone(home_zone, fallback="Asia/Shanghai")).date()
    if kind is Kind.PETITION:
        return day + timedelta(days=NOTICE_DAYS)
    left = PROMISED_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def days_left(last: date, now: datetime, home_zone: str) -> int:
    """Return how many days remain; 0 on the last day, negative when overdue."""
    return (last - now.astimezone(known_zone(home_zone, fallback="Asia/Shanghai")).date()).days
