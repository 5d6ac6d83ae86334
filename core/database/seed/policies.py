"""Loads the policy and FAQ documents, one Markdown file each: header lines, ``---``, plain paragraphs."""

from datetime import date

from seamless_retail.core.database.seed.content import CONTENT
from seamless_retail.core.policies import PolicyDocument


def make_policies() -> list[PolicyDocument]:
    """All documents, by id."""
    pages = sorted((CONTENT / "policies").iterdir(), key=lambda page: page.name)
    return [_read(page.name.removesuffix(".md"), page.read_text(encoding="utf-8")) for page in pages]


def _read(document_id: str, text: str) -> PolicyDocument:
    header, body = text.split("\n---\n", 1)
    values = dict(line.split(": ", 1) for line in header.splitlines())
    return PolicyDocument(
        id=document_id,
        title=values["title"],
        topic=values["topic"],
        body=body.strip(),
        updated_on=date.fromisoformat(values["updated"]),
    )
