"""Starts the sandboxed process, watches it, and says how it ended.

What is guaranteed where: time, memory, size of files, number of open files and of printed characters on every POSIX
system; on Linux with Landlock also that no file outside the temporary folder is touched but the interpreter's own; on
Linux for x86-64 also that there is no network, no other process and no other program. Where the kernel does not
enforce it, an audit hook in the interpreter does, which determined code can defeat: ``CodeRun.guards`` says what was in
force, and :attr:`CodeRun.is_confined` whether the kernel enforced all of it. It is no protection against bugs of the
kernel. A run can claim success falsely, for it shares its process with the reporter, but it can do nothing else.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from seamless_retail.core.catalogue import Record

JAIL = Path(__file__).with_name("jail.py")
LIBRARIES = ("/usr/lib", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo")
"""Where shared libraries of the system and the time zones are."""
ENVIRONMENT = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
"""All that the process inherits."""

Status = Literal["ok", "failed", "error", "blocked", "time", "memory", "output", "exit"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use."""

    seconds: float = 3.0
    """Wall clock; the processor time is limited to the next whole second."""
    memory_bytes: int = 1 << 30
    """Address space; importing pandas takes about 500 MiB of it."""
    file_bytes: int = 1 << 20
    output_bytes: int = 20_000
    """Of standard output and standard error together, and as much again for the results."""
    files: int = 64
    processes: int = 64


class ExampleRun(Record):
    """One example: what was called, what was expected (may be empty) and what came."""

    call: str
    expected: str = ""
    got: str = ""
    passed: bool = True
    kind: str = ""
    """Name of the exception it raised."""


class CodeRun(Record):
    """How a run ended."""

    status: Status
    """``failed``: an example gave something else; ``error``: an exception; ``blocked``: it tried what it may not;
    ``time``, ``memory``, ``output``: a limit; ``exit``: the process ended without a report."""
    detail: str = ""
    """One sentence or the last line of a traceback; empty for ``ok``."""
    examples: tuple[ExampleRun, ...] = ()
    output: str = ""
    """What the code printed, cut off at the limit."""
    guards: tuple[str, ...] = ()
    """``limits``, ``landlock``, ``seccomp``, ``audit``: what was in force."""

    @property
    def is_confined(self) -> bool:
        """Whether the kernel enforced every limit of files, network and processes."""
        return {"limits", "landlock", "seccomp"} <= set(self.guards)


@dataclass
class _Reader:
    """Reads a pipe to its end, or stops the process when there is more than allowed."""

    stream: Any
    limit: int
    stop: Any
    kept: bytearray = field(default_factory=bytearray)
    overflowed: bool = False

    def read(self) -> None:
        while chunk := self.stream.read1(65_536):
            self.kept += chunk[: self.limit - len(self.kept)]
            if len(chunk) and len(self.kept) >= self.limit:
                self.overflowed = True
                self.stop()
                return


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Runs Python.

    Args:
        limits: What a run may use.
    """

    limits: Limits = field(default_factory=Limits)

    def run(self, code: str, examples: str = "", preload: Sequence[str] = ()) -> CodeRun:
        """Run code, then examples.

        Args:
            code: Python.
            examples: ``>>>`` lines with what they should print below; without an expectation they only show a result.
            preload: Packages to import before the rights are given up: those that need more rights to load.
        """
        with tempfile.TemporaryDirectory(prefix="seamless-code-") as folder:
            return self._run(code, examples, preload, folder)

    def _run(self, code: str, examples: str, preload: Sequence[str], folder: str) -> CodeRun:
        reading, writing = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(JAIL), str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=ENVIRONMENT,
            pass_fds=(writing,),
            start_new_session=True,
        )
        os.close(writing)

        def stop() -> None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)

        limit = self.limits.output_bytes
        with os.fdopen(reading, "rb") as results, process:
            readers = [_Reader(process.stdout, limit, stop), _Reader(results, 16 * limit, stop)]
            threads = [threading.Thread(target=reader.read, daemon=True) for reader in readers]
            for thread in threads:
                thread.start()
            late = not _finish(process, json.dumps(self._job(code, examples, preload)), self.limits.seconds)
            stop()
            for thread in threads:
                thread.join(timeout=2.0)
        printed, verdict = readers
        return _judge(process.returncode, late, printed, verdict)

    def _job(self, code: str, examples: str, preload: Sequence[str]) -> dict[str, Any]:
        paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
        packages = list(dict.fromkeys(path for path in paths if path))
        limits = {
            "cpu_s": int(self.limits.seconds) + 1,
            "memory_bytes": self.limits.memory_bytes,
            "file_bytes": self.limits.file_bytes,
            "files": self.limits.files,
            "processes": self.limits.processes,
        }
        return {
            "code": code,
            "examples": examples,
            "preload": list(preload),
            "paths": packages[-2:],
            "readable": [*packages, *LIBRARIES],
            "limits": limits,
        }


def _finish(process: subprocess.Popen[bytes], job: str, seconds: float) -> bool:
    """Whether the process ended in time."""
    assert process.stdin is not None  # a pipe was asked for
    with contextlib.suppress(BrokenPipeError):  # it ended before it read the job; its exit status tells
        process.stdin.write(job.encode())
        process.stdin.close()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _judge(code: int, late: bool, printed: _Reader, verdict: _Reader) -> CodeRun:
    output = bytes(printed.kept).decode("utf-8", "replace")
    if printed.overflowed or verdict.overflowed:
        return CodeRun(status="output", detail="It printed more than is allowed.", output=output[:2000])
    if late or code == -signal.SIGXCPU:
        return CodeRun(status="time", detail="It did not finish in time.", output=output)
    try:
        told = json.loads(verdict.kept)
    except ValueError:
        return CodeRun(status="exit", detail=f"The process ended by itself (exit status {code}).", output=output)
    examples = tuple(ExampleRun.model_validate(example) for example in told["examples"])
    failed = next((example for example in examples if not example.passed), None)
    kind, detail = told["kind"], told["error"]
    if failed and not kind:
        kind, detail = failed.kind, failed.got if failed.kind else f"{failed.call} gave {failed.got or 'nothing'}"
    status: Status = "ok"
    if kind or failed:
        status = {"MemoryError": "memory", "PermissionError": "blocked", "SystemExit": "exit"}.get(kind, "error")  # type: ignore[assignment]  # the literals of Status
        status = status if kind else "failed"
    return CodeRun(status=status, detail=detail, examples=examples, output=output, guards=tuple(told["guards"]))
