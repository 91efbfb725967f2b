"""What every service's tests need."""

import pytest
from web import positions


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """A read answers late rather than without what it was told to wait for, however busy the machine."""
    positions.WAIT_SECONDS = 60.0
