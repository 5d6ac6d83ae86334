"""The citable text of a picture: what it is, and what was made out on it. Nothing written on it is read."""

from seamless_retail.core.evidence import Source
from seamless_retail.core.sightings import Label, Sighting
from seamless_retail.core.source_text import SourceText


def picture_source(sighting: Sighting) -> Source:
    """Render a picture.

    Fields: ``picture``, ``sha256``, ``size``, and ``seen``, which holds what it may be called, or that nothing was made
    out.
    """
    text = SourceText()
    text.value("Picture", sighting.source, "picture")
    text.value("SHA-256", sighting.sha256, "sha256")
    text.value("Size", f"{sighting.width} x {sighting.height} pixels", "size")
    seen = ", ".join(map(written_label, sighting.labels[:3])) if sighting.recognised and sighting.labels else ""
    text.value("Seen", seen or ("a picture of a product" if sighting.recognised else "nothing that is known"), "seen")
    return Source(
        id=f"picture:{sighting.sha256[:16]}",
        kind="picture",
        title=f"Your picture {sighting.source}",
        text=text.text,
        fields=text.fields,
    )


def written_label(label: Label) -> str:
    """``Granny Smith apple (87 %)``."""
    return f"{label.name} ({written_share(label.probability)})"


def written_share(probability: float) -> str:
    """``87 %``; never all, as no picture makes anything certain."""
    return f"{min(99, round(100 * probability))} %"
