"""The life of a case: one table of moves (信访工作条例 §§22–36, DOMAIN §2.4). Pure."""

from __future__ import annotations

from enum import StrEnum

from server.kernel.errors import Conflict


class Kind(StrEnum):
    PETITION = "petition"  # 信访诉求
    CONSULTATION = "consultation"  # 法律咨询


class State(StrEnum):
    SUBMITTED = "submitted"
    REGISTERED = "registered"
    NEED_SUPPLEMENT = "need_supplement"
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    ROUTED = "routed_legal_path"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  # by the person, who closed their account


class Action(StrEnum):
    REGISTER = "register"
    ASK_SUPPLEMENT = "ask_supplement"
    SUPPLEMENT = "supplement"  # by the person
    ACCEPT = "accept"
    TRANSFER = "transfer"
    ROUTE = "route"
    PROGRESS = "progress"  # 进展告知: told how it stands, the state stays
    REPLY = "reply"
    CLOSE = "close"
    REOPEN = "reopen"  # only with new facts
    WITHDRAW = "withdraw"  # by the person, with the account


_OPEN = (
    State.REGISTERED,
    State.NEED_SUPPLEMENT,
    State.ACCEPTED,
    State.TRANSFERRED,
    State.ROUTED,
)
MOVES: dict[tuple[State, Action], State] = {
    (State.SUBMITTED, Action.REGISTER): State.REGISTERED,
    (State.REGISTERED, Action.ASK_SUPPLEMENT): State.NEED_SUPPLEMENT,
    (State.ACCEPTED, Action.ASK_SUPPLEMENT): State.NEED_SUPPLEMENT,
    (State.NEED_SUPPLEMENT, Action.SUPPLEMENT): State.REGISTERED,
    (State.REGISTERED, Action.ACCEPT): State.ACCEPTED,
    (State.NEED_SUPPLEMENT, Action.ACCEPT): State.ACCEPTED,
    (State.REGISTERED, Action.TRANSFER): State.TRANSFERRED,
    (State.ACCEPTED, Action.TRANSFER): State.TRANSFERRED,
    (State.REGISTERED, Action.ROUTE): State.ROUTED,
    (State.ACCEPTED, Action.ROUTE): State.ROUTED,
    **{(state, Action.PROGRESS): state for state in _OPEN},
    **{(state, Action.WITHDRAW): State.WITHDRAWN for state in (State.SUBMITTED, *_OPEN)},
    **{(state, Action.REPLY): State.REPLIED for state in _OPEN},
    **{
        (state, Action.SUPPLEMENT): state
        for state in (State.REGISTERED, State.ACCEPTED, State.TRANSFERRED, State.ROUTED)
    },
    (State.REPLIED, Action.SUPPLEMENT): State.REGISTERED,  # new facts: the desk looks again
    (State.REPLIED, Action.REPLY): State.REPLIED,  # a second, better answer
    (State.REPLIED, Action.CLOSE): State.CLOSED,  # never without a written answer (来函必复)
    (State.REPLIED, Action.REOPEN): State.ACCEPTED,
    (State.CLOSED, Action.REOPEN): State.ACCEPTED,
}
OFFICER_ACTIONS = (
    Action.ACCEPT,
    Action.ASK_SUPPLEMENT,
    Action.TRANSFER,
    Action.ROUTE,
    Action.PROGRESS,
    Action.REPLY,
    Action.CLOSE,
    Action.REOPEN,
)
MUST_TELL = frozenset(  # moves that are nothing without words to the person
    {
        Action.ASK_SUPPLEMENT,
        Action.TRANSFER,
        Action.ROUTE,
        Action.PROGRESS,
        Action.REPLY,
        Action.REOPEN,
    }
)
WAITING = frozenset({State.SUBMITTED, *_OPEN})  # somebody still owes the person an answer


def after(state: State, action: Action) -> State:
    """Return the state after a move. Raise Conflict when there is no such move."""
    try:
        return MOVES[state, action]
    except KeyError:
        raise Conflict("no such move", state=state, action=action) from None


def possible(state: State) -> list[Action]:
    """Return what an officer may do in this state, in the order of the desk."""
    return [action for action in OFFICER_ACTIONS if (state, action) in MOVES]
