"""Every table of the house in one place, for migrations and their test. Nothing else needs it."""

from __future__ import annotations

from server.accounts import models as accounts
from server.cases import models as cases
from server.greetings import models as greetings
from server.inbox import models as inbox
from server.kernel.db import Base
from server.outbox import models as outbox
from server.people import models as people
from server.people.register import models as register
from server.places import models as places
from server.registers import models as registers
from server.staff import models as staff

ROOMS = (accounts, places, people, register, staff, inbox, outbox, greetings, cases, registers)
METADATA = Base.metadata
