"""A collect surface over a real log, for each test its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.surfaces.collect.server import Peer


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """The surface with the write and the secret key of `tests.surfaces.collect.server`."""
    peer = Peer(tmp_path)
    yield peer
    peer.close()
