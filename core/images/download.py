"""Pictures from the web: only from hosts that the operator listed, and never from inside the operator's own network."""

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from seamless_retail.core.errors import ImageRefusedError
from seamless_retail.core.images.decoding import LIMITS, ImageLimits, check_size

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 3
CONNECT_S, READ_S, TOTAL_S = 3.0, 5.0, 10.0
SEND_FILE = "Send the picture itself."


def addresses_of(host: str) -> list[str]:
    """The IP addresses of a host.

    Raises:
        OSError: It has none.
    """
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class ImageDownload:
    """Fetches pictures by HTTPS.

    A host must be listed, and so must every host that it redirects to. The name is resolved once, every address of it
    must be public, and the connection goes to the address that was checked.
    """

    hosts: Sequence[str] = ()
    """Exact names, or ``*.example.com`` for those below a name; empty: nothing is fetched."""
    limits: ImageLimits = LIMITS
    resolve: Callable[[str], Sequence[str]] = addresses_of
    transport: "httpx.BaseTransport | None" = None
    """Instead of the network."""

    def __call__(self, url: str) -> bytes:
        """The file behind an address.

        Raises:
            ImageRefusedError: ``place``: the address is none that may be asked; ``download``: it gave no file in time;
                ``too_large``: more bytes than the limit.
        """
        import httpx

        deadline = time.monotonic() + TOTAL_S
        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        with httpx.Client(transport=self.transport, timeout=timeout, trust_env=False, follow_redirects=False) as client:
            for _ in range(MAX_REDIRECTS + 1):
                try:
                    found = self._get(client, url, deadline)
                except httpx.HTTPError as error:
                    raise _failed(f"could not be fetched ({type(error).__name__})") from error
                if isinstance(found, bytes):
                    return found
                url = urljoin(url, found)
        raise _failed("redirects too often")

    def _get(self, client: "httpx.Client", url: str, deadline: float) -> bytes | str:
        """The file, or the address that is redirected to."""
        place = self._checked(url)
        host = place.hostname or ""
        address = self._public_address(host)
        pinned = place._replace(netloc=f"[{address}]" if ":" in address else address).geturl()
        headers = {"Host": host, "Accept": "image/*", "Accept-Encoding": "identity"}
        with client.stream("GET", pinned, headers=headers, extensions={"sni_hostname": host}) as response:
            if response.is_redirect:
                return response.headers["location"]
            if response.status_code != 200 or response.headers.get("content-encoding", "identity") != "identity":
                raise _failed(f"answered with status {response.status_code}")
            check_size(int(response.headers.get("content-length", "0") or 0), self.limits)
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                check_size(len(content), self.limits)
                if time.monotonic() > deadline:
                    raise _failed("was too slow")
        return bytes(content)

    def _checked(self, url: str) -> SplitResult:
        try:
            place = urlsplit(url)
            port = place.port
        except ValueError:
            raise ImageRefusedError("place", "The address of the picture is not valid.", SEND_FILE) from None
        if place.scheme != "https" or place.username or place.password or port not in (None, 443):
            raise ImageRefusedError("place", "Pictures are only fetched by plain https addresses.", SEND_FILE)
        if not self._is_listed((place.hostname or "").lower().rstrip(".")):
            raise ImageRefusedError("place", "Pictures are not fetched from that host.", SEND_FILE)
        return place

    def _is_listed(self, host: str) -> bool:
        return any(
            host == listed or (listed.startswith("*.") and host.endswith(listed[1:]))
            for listed in (name.lower() for name in self.hosts)
        )

    def _public_address(self, host: str) -> str:
        try:
            addresses = list(self.resolve(host))
            private = [address for address in addresses if not ipaddress.ip_address(address).is_global]
        except (OSError, ValueError):
            raise _failed("has a host that is not found") from None
        if private or not addresses:
            raise ImageRefusedError("place", "Pictures are not fetched from private addresses.", SEND_FILE)
        return addresses[0]


def _failed(what: str) -> ImageRefusedError:
    return ImageRefusedError("download", f"The address of the picture {what}.", SEND_FILE)
