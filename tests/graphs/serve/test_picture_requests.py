"""Pictures over HTTP: in every form, by a client that can name no file, and refused with a reason."""

import base64
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from seamless_retail.core.settings import Settings
from seamless_retail.core.sightings import SeenProduct, Sighting
from seamless_retail.graphs import Parts, assemble
from seamless_retail.graphs.serve import create_app

NUTTY = "G00007"


class Eyes:
    """See one granola in every picture."""

    def look(self, pictures: Any, k: int = 5) -> list[Sighting]:
        found = (SeenProduct(product_id=NUTTY, score=0.97, found_by="picture"),)
        return [
            Sighting(
                sha256=p.sha256,
                source=p.source,
                width=p.width,
                height=p.height,
                recognised=True,
                sure=True,
                products=found,
            )
            for p in pictures
        ]


def _picture() -> str:
    file = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


PICTURE = _picture()
DATA_URL = f"data:image/png;base64,{PICTURE}"


@pytest.fixture(scope="module")
def client(parts: Parts, server_settings: Settings) -> Any:
    app = create_app(server_settings, parts=assemble(parts=parts, sight=Eyes()))
    with TestClient(app) as opened:
        yield opened


@pytest.mark.parametrize(
    "image",
    [DATA_URL, PICTURE, {"type": "image", "base64": PICTURE}, {"type": "image_url", "image_url": {"url": DATA_URL}}],
)
def test_a_picture_comes_with_a_question(client: TestClient, image: Any) -> None:
    reply = client.post("/ask", json={"query": "", "images": [image]}).json()
    assert reply["products"] == [NUTTY]
    assert any(citation["source_id"].startswith("picture:") for citation in reply["citations"])


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("/etc/hostname", "base64"),
        ("file:///etc/hostname", "base64"),
        ({"type": "image", "url": "/etc/hostname"}, "base64"),
        ("https://127.0.0.1/a.png", "not fetched from that host"),
        ("aGVsbG8=", "no image"),
        ({"type": "video"}, "no picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_remedy(client: TestClient, image: Any, told: str) -> None:
    response = client.post("/ask", json={"query": "what is it?", "images": [image]})
    assert response.status_code == 422
    assert told in response.json()["error"]
    assert response.json()["remedy"]


def test_the_playgrounds_take_pictures(client: TestClient) -> None:
    reply = client.post("/brain/invoke", json={"input": {"query": "how much is it?", "image": PICTURE}}).json()
    assert reply["output"]["products"] == [NUTTY]
    content = [{"type": "text", "text": "how much is it?"}, {"type": "image_url", "image_url": {"url": DATA_URL}}]
    said = client.post("/chat/invoke", json={"input": {"messages": [{"type": "human", "content": content}]}}).json()
    assert "$8.19" in said["output"]


def test_the_form_offers_a_picture(client: TestClient) -> None:
    schema = client.get("/brain/input_schema").json()
    assert schema["properties"]["image"]["widget"] == {"type": "base64file"}
