"""The program of the sandboxed process: ``python -I -S -B jail.py FD``, the job as JSON on standard input.

It reads the job, gives up its rights (``confinement.py``), arms an audit hook, runs the code and its examples, and
writes the verdict as one JSON object to the file descriptor FD. It is started by path and imports nothing of ours.

The audit hook is the only fence for files and sockets where the kernel offers none. It stops honest mistakes and plain
attacks; CPython does not promise that it stops everybody. What the kernel refuses, it refuses for certain.
"""

import contextlib
import doctest
import io
import json
import os
import runpy
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

REFUSED_EVENTS = (
    *("socket.", "subprocess.", "ctypes.", "shutil.", "pty.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser."),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "os.putenv"),
    *("os.ch", "os.lch", "os.link", "os.symlink", "os.setxattr", "os.unsetenv", "gc.", "signal.", "sys.remote_exec"),
)
READING_EVENTS = ("os.listdir", "os.scandir", "os.walk", "glob.glob")
WRITING_EVENTS = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.utime", "sqlite3.connect")
WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Run the job on standard input."""
    job: dict[str, Any] = json.load(sys.stdin)
    verdict = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    sys.path.extend(job["paths"])
    confine = runpy.run_path(os.path.join(os.path.dirname(__file__), "confinement.py"))["confine"]  # noqa: PTH118, PTH120  # pathlib costs 10 ms
    for name in job["preload"]:
        with contextlib.suppress(ImportError):  # the code's own import says so
            __import__(name)
    folder = os.getcwd()  # noqa: PTH109
    in_force = confine(folder, job["readable"], job["limits"])
    guard_files(folder, [*job["paths"], *job["readable"]])
    json.dump({"guards": [*in_force, "audit"], **run(job["code"], job["examples"])}, verdict)
    verdict.flush()


def run(code: str, examples: str) -> dict[str, Any]:
    """Execute the code, then the examples in its names.

    Args:
        code: Python.
        examples: Text with ``>>>`` lines; the lines below one are what it should print.

    Returns:
        ``error`` (last line of the traceback, empty if all went well), ``kind`` of the error, and ``examples``.
    """
    module = types.ModuleType("shop_code")
    sys.modules["shop_code"] = module
    try:
        exec(compile(code, "<code>", "exec"), module.__dict__)
    except BaseException as error:
        return {"examples": [], "kind": type(error).__name__, "error": _last_line(error)}
    runner = _Runner()
    runner.run(doctest.DocTestParser().get_doctest(examples, module.__dict__, "examples", None, 0), clear_globs=False)
    return {"examples": runner.seen, "kind": "", "error": ""}


class _Runner(doctest.DocTestRunner):
    """Keeps what every example gave instead of printing it."""

    def __init__(self) -> None:
        super().__init__(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
        self.seen: list[dict[str, Any]] = []

    def _keep(self, example: doctest.Example, got: str, passed: bool, kind: str = "") -> None:
        fields = {"call": example.source.strip(), "expected": example.want.strip(), "got": got.strip("\n")[:2000]}
        self.seen.append({**fields, "passed": passed, "kind": kind})

    def report_start(self, out: Any, test: doctest.DocTest, example: doctest.Example) -> None:
        """Say nothing."""

    def report_success(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """It printed what it should."""
        self._keep(example, got, passed=True)

    def report_failure(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """It printed something else; without an expectation that is a demonstration, not a failure."""
        self._keep(example, got, passed=not example.want)

    def report_unexpected_exception(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        """It raised."""
        self._keep(example, _last_line(exc_info[1]), passed=False, kind=type(exc_info[1]).__name__)


def guard_files(folder: str, readable: list[str]) -> None:
    """Refuse, from now on, what Python reports before it does it: foreign files, sockets, processes, foreign code."""
    real = os.path.realpath
    written = (real(folder) + os.sep,)
    read = (*written, *(real(path) + os.sep for path in readable))

    def within(path: object, roots: tuple[str, ...]) -> bool:
        if isinstance(path, int):
            return path <= 2
        text = os.fsdecode(path) if isinstance(path, bytes | str | os.PathLike) else ""
        return bool(text) and (real(text) + os.sep).startswith(roots)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            roots = written if _writes(arguments) else read
            allowed = within(arguments[0], roots)
        elif event in READING_EVENTS:
            allowed = within(arguments[0] if arguments and arguments[0] is not None else ".", read)
        elif event in WRITING_EVENTS:
            allowed = arguments[0] == ":memory:" or within(arguments[0], written)
        else:
            allowed = not event.startswith(REFUSED_EVENTS)
        if not allowed:
            raise PermissionError(f"The sandbox does not allow {event}.")

    add: Callable[[Callable[[str, tuple[Any, ...]], None]], None] = sys.addaudithook
    add(hook)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return any(letter in (mode or "") for letter in "wax+") or bool((flags or 0) & WRITING_FLAGS)


def _last_line(error: BaseException) -> str:
    buffer = io.StringIO()
    traceback.print_exception(type(error), error, None, file=buffer)
    return buffer.getvalue().strip().splitlines()[-1][:500]


if __name__ == "__main__":
    main()
