"""What a test may ask for from the machine, and a plain reason where the machine does not have it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

# Shared cores make time limits lie; in CI a law is tried on the same examples every time, so that a red run
# is about the change. Elsewhere the search goes on.
settings.register_profile("house", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NODE_MAJOR_MIN = 18  # the first with a built-in test runner, fetch and ES modules without a flag


def find_chromium() -> Path | None:
    """Return the installed Chromium, or None. Nothing is ever downloaded for a test."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def find_node() -> Path | None:
    """Return Node.js where it is new enough, or None."""
    found = shutil.which("node")
    if not found:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.lstrip("v").split(".", 1)[0]
    return Path(found) if major.isdigit() and int(major) >= NODE_MAJOR_MIN else None


def find_bench_data() -> Path | None:
    """Return the folder of benchmark data sets, or None."""
    folder = Path(os.environ.get("MAATWERK_BENCH_DATA") or ROOT / "../shared/data").resolve()
    return folder if folder.is_dir() else None


NEEDS = {
    "browser": (find_chromium, "no Chromium on this machine (Debian: apt-get install chromium)"),
    "node": (find_node, f"no Node.js {NODE_MAJOR_MIN} or later on this machine"),
    "bench_data": (find_bench_data, "no benchmark data here (MAATWERK_BENCH_DATA names its folder)"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, saying what is missing."""
    missing = {name: reason for name, (find, reason) in NEEDS.items() if find() is None}
    for item in items:
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The installed Chromium; for tests marked `browser`."""
    found = find_chromium()
    assert found, "mark this test with `browser`"
    return found


@pytest.fixture(scope="session")
def node_path() -> Path:
    """The installed Node.js; for tests marked `node`."""
    found = find_node()
    assert found, "mark this test with `node`"
    return found


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """The folder of benchmark data sets; for tests marked `bench_data`."""
    found = find_bench_data()
    assert found, "mark this test with `bench_data`"
    return found
