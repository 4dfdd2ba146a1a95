"""What tests of the outbox share: a county whose letters go to a platform of this process."""

import dataclasses

import pytest

from tests import fakes, make


@pytest.fixture
def box(tools):
    make.county(tools)
    return dataclasses.replace(
        tools, messenger=fakes.Messenger(), limiter=fakes.NoLimit(), jobs=fakes.RememberedJobs()
    )


@pytest.fixture
def account(box):
    return make.account(box)
