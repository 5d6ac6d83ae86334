"""A picture that was checked: plain RGB values, without file format or metadata."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright RGB picture.

    Raises:
        ValueError: ``rgb`` does not hold ``width * height`` pixels.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)
    """Rows from top to bottom, three bytes a pixel: ``numpy.frombuffer(rgb, "uint8").reshape(height, width, 3)``."""
    sha256: str
    """Of the file as it came, in hexadecimal; not of ``rgb``."""
    source: str = "upload"
    """Where it came from, as it may be shown: a file's name, a host, ``upload``."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.rgb) != 3 * self.width * self.height:
            raise ValueError(f"{len(self.rgb)} bytes are not {self.width} x {self.height} RGB pixels")
