from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.views.audience.people import People


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    opened = People(tmp_path)
    yield opened
    opened.close()
