"""Which addresses are fetched: listed hosts, public addresses, https, within limits."""

import httpx
import pytest

from seamless_retail.core.errors import ImageRefusedError
from seamless_retail.core.images import ImageDownload, ImageLimits

PUBLIC = "93.184.216.34"
FILE = b"the bytes of a picture"


def download(handler, hosts=("img.example",), resolve=lambda host: [PUBLIC], **limits):
    return ImageDownload(hosts, ImageLimits(**limits), resolve, httpx.MockTransport(handler))


def refusal_of(call) -> ImageRefusedError:
    with pytest.raises(ImageRefusedError) as refusal:
        call()
    return refusal.value


def test_a_listed_host_is_asked_at_the_address_that_was_checked():
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(200, content=FILE)

    assert download(answer)("https://img.example/a.jpg?size=2") == FILE
    assert str(asked[0].url) == f"https://{PUBLIC}/a.jpg?size=2"
    assert asked[0].headers["host"] == "img.example"
    assert asked[0].extensions["sni_hostname"] == "img.example"


def test_nothing_is_fetched_by_default():
    assert refusal_of(lambda: ImageDownload()("https://img.example/a.jpg")).reason == "place"


@pytest.mark.parametrize(
    "url",
    [
        "http://img.example/a.jpg",
        "https://img.example:8443/a.jpg",
        "https://user:secret@img.example/a.jpg",
        "https://img.example.evil.test/a.jpg",
        "https://evil.test/img.example",
        "https://evil.test\\@img.example/",
        "https://[::1/a.jpg",
        "ftp://img.example/a.jpg",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_other_addresses_are_refused_unasked(url):
    def never(request):
        raise AssertionError(request.url)

    assert refusal_of(lambda: download(never)(url)).reason == "place"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "::ffff:10.0.0.1"],
)
def test_private_addresses_are_refused_even_beside_a_public_one(address):
    def never(request):
        raise AssertionError(request.url)

    found = download(never, resolve=lambda host: [PUBLIC, address])
    assert refusal_of(lambda: found("https://img.example/a.jpg")).reason == "place"


def test_a_wildcard_lists_what_lies_below_a_name():
    found = download(lambda request: httpx.Response(200, content=FILE), hosts=("*.shop.example",))
    assert found("https://cdn.shop.example/a.jpg") == FILE
    for host in ("shop.example", "evilshop.example"):
        assert refusal_of(lambda host=host: found(f"https://{host}/a.jpg")).reason == "place"


def test_redirects_are_checked_like_the_first_address():
    def redirect(to):
        return lambda request: httpx.Response(302, headers={"location": to})

    for to in ("https://evil.test/a.jpg", "http://img.example/a.jpg", "https://169.254.169.254/latest"):
        assert refusal_of(lambda to=to: download(redirect(to))("https://img.example/")).reason == "place"
    assert refusal_of(lambda: download(redirect("/again"))("https://img.example/")).reason == "download"

    def once(request):
        moved = request.url.path == "/old.jpg"
        return httpx.Response(301, headers={"location": "/new.jpg"}) if moved else httpx.Response(200, content=FILE)

    assert download(once)("https://img.example/old.jpg") == FILE


def test_size_is_limited_by_what_is_declared_and_by_what_comes():
    def declared(request):
        return httpx.Response(200, headers={"content-length": "5000"}, content=b"")

    def streamed(request):
        return httpx.Response(200, content=iter([b"x" * 60] * 10))

    for answer in (declared, streamed):
        assert refusal_of(lambda a=answer: download(a, bytes=100)("https://img.example/a")).reason == "too_large"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(200, headers={"content-encoding": "gzip"}, content=b""),
        httpx.ConnectTimeout("slow"),
    ],
)
def test_what_gives_no_file_is_told(answer):
    def handler(request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert refusal_of(lambda: download(handler)("https://img.example/a.jpg")).reason == "download"


def test_a_host_without_an_address_is_told():
    def nowhere(host):
        raise OSError("no such host")

    found = download(lambda request: httpx.Response(200), resolve=nowhere)
    assert refusal_of(lambda: found("https://img.example/a.jpg")).reason == "download"
