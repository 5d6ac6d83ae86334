"""What this machine can do: cores, memory, accelerators, and the compression tier that fits them.

Memory and cores are what this process may use: the limits of its control group (containers) and its CPU affinity count,
not what the board holds.
"""

import math
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One GPU. ``memory_bytes`` is 0 where the driver does not say; MPS shares the machine's memory."""

    kind: Literal["cuda", "mps"]
    name: str
    memory_bytes: int
    usable: bool = True
    """Whether the installed torch can run on it."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What was found."""

    processor: str
    cores: int
    """Logical cores this process may use."""
    memory_bytes: int
    memory_available_bytes: int
    accelerators: tuple[Accelerator, ...] = ()

    @property
    def working_memory_bytes(self) -> int:
        """Memory of the device that models would run on: the largest usable GPU, else the machine's."""
        return max((gpu.memory_bytes for gpu in self.accelerators if gpu.usable), default=0) or self.memory_bytes


@dataclass(frozen=True, slots=True)
class CompressionTier:
    """How strongly documents are compressed: tokens per memory vector, and numbers per memory vector."""

    name: str
    rate: int
    width: int

    @property
    def bytes_per_document(self) -> int:
        """Bytes of the memory of one 256-token document in half precision."""
        return math.ceil(256 / self.rate) * self.width * 2

    @property
    def memory_needed_bytes(self) -> int:
        """Working memory this tier asks for: a million documents in a quarter of it, the rest for the models."""
        return 4 * 1_000_000 * self.bytes_per_document


TIERS = (
    CompressionTier("conservative", 16, 512),
    CompressionTier("balanced", 32, 256),
    CompressionTier("aggressive", 64, 128),
    CompressionTier("extreme", 128, 64),
)
"""Most faithful first. They ask for 61, 15, 3.8 and 1 GiB of working memory; the last also fits where none does."""


def fitting_tier(hardware: Hardware) -> CompressionTier:
    """The most faithful tier whose memory need the machine meets."""
    fits = (tier for tier in TIERS if tier.memory_needed_bytes <= hardware.working_memory_bytes)
    return next(fits, TIERS[-1])


def find_hardware() -> Hardware:
    """Look at this machine. Imports torch (about a second)."""
    memory = psutil.virtual_memory()
    limit = control_group_limit(Path("/sys/fs/cgroup"))
    total = min(memory.total, limit) if limit else memory.total
    return Hardware(
        processor=platform.processor() or platform.machine(),
        cores=_usable_cores(),
        memory_bytes=total,
        memory_available_bytes=min(memory.available, total),
        accelerators=tuple(_accelerators(memory.total)),
    )


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def control_group_limit(root: Path) -> int | None:
    """Bytes of memory the container may use (control groups 2, then 1), or ``None`` without a limit."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            text = (root / name).read_text().strip()
        except OSError:
            continue
        return int(text) if text.isdigit() else None
    return None


def _accelerators(machine_memory: int) -> list[Accelerator]:
    import torch

    if torch.cuda.is_available():
        cards = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        return [Accelerator("cuda", card.name, card.total_memory) for card in cards]
    if torch.backends.mps.is_available():
        return [Accelerator("mps", "Apple GPU", machine_memory)]
    return _unused_nvidia_cards()


def _unused_nvidia_cards() -> list[Accelerator]:
    """Cards the driver sees and the installed torch cannot use (a CPU build of torch, usually)."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        listing = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.rsplit(",", 1) for line in listing.splitlines() if "," in line]
    return [
        Accelerator("cuda", name.strip(), int(mebibytes) * 1024**2 if mebibytes.strip().isdigit() else 0, usable=False)
        for name, mebibytes in rows
    ]
