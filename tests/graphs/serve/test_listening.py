"""The port is taken before anything slow starts, and a taken one is refused."""

import socket
from collections.abc import Iterator

import pytest

from seamless_retail.core.errors import ConfigurationError, PortInUseError
from seamless_retail.graphs.serve.listening import take_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_taken_port_is_refused_with_the_next_one_to_try(taken: int) -> None:
    with pytest.raises(PortInUseError, match=f"Port {taken} .* is in use") as refused:
        take_port("127.0.0.1", taken)
    assert f"--port {taken + 1}" in refused.value.remedy


def test_what_was_taken_is_refused_to_the_next() -> None:
    with take_port("127.0.0.1", 0) as mine, pytest.raises(PortInUseError):
        take_port("127.0.0.1", mine.getsockname()[1])


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match=host):
        take_port(host, 8000)
