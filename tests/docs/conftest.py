"""Pages call ``cofund`` some hundred times: here every call is a fork of one warm process."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from warm_cofund import WarmCofund


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with WarmCofund(tmp_path_factory.mktemp("warm") / "bin") as warmed, pytest.MonkeyPatch.context() as patch:
        path = [str(warmed.folder), str(Path(sys.executable).parent), os.environ["PATH"]]
        patch.setenv("PATH", os.pathsep.join(path))
        yield
