"""A plugin whose own dependency is not installed."""

import antigravity_drive  # noqa: F401


def make_lobe(services):
    """Never reached."""
