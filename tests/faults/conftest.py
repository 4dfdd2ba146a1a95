"""One running installation for the tests of a database; each start takes ten seconds."""

import pytest

from tests.faults.system import System
from tests.integration.test_launch import Run, pair_of_ports


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
)
def system(request, root, databases, tmp_path_factory):
    settings = {}
    if request.param == "postgresql":
        settings["XIANGYIN_DATABASE_URL"] = databases.clean("postgresql")
    run = Run(root, tmp_path_factory.mktemp("system") / "var", pair_of_ports(), **settings)
    try:
        system = System(run.ready())
    except BaseException:
        run.process.terminate()
        run.process.wait(20)
        raise
    yield system
    system.stop()
