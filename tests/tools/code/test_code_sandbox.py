"""Hostile code: each attack is contained and reported, by the interpreter's fence and by the kernel's without it."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from seamless_retail.tools import code_sandbox
from seamless_retail.tools.code_sandbox import Limits, Sandbox

SANDBOX = Sandbox(Limits(seconds=5.0))
CONFINEMENT = Path(code_sandbox.__file__).with_name("confinement.py")
SUBCLASSES = "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]"

HOSTILE = {
    "loop": ("while True:\n    pass", "time"),
    "sleep": ("import time\ntime.sleep(60)", "time"),
    "memory": ("block = bytearray(1 << 34)", "memory"),
    "memory by and by": ("kept = []\nwhile True:\n    kept.append('x' * 10_000_000)", "memory"),
    "writes outside": ("open('/tmp/written_by_hostile_code', 'w').write('x')", "blocked"),
    "writes above": ("open('../written_by_hostile_code', 'w').write('x')", "blocked"),
    "reads passwords": ("print(open('/etc/passwd').read())", "blocked"),
    "reads the home": ("import os\nprint(os.listdir('/root'))", "blocked"),
    "reads the environment of processes": ("print(open('/proc/self/environ').read())", "blocked"),
    "follows a link": ("import os\nos.symlink('/etc/passwd', 'here')\nprint(open('here').read())", "blocked"),
    "huge file": ("file = open('big', 'w')\nwhile True:\n    file.write('x' * 100_000)", "error"),
    "socket": ("import socket\nsocket.socket().connect(('127.0.0.1', 80))", "blocked"),
    "name service": ("import socket\nsocket.getaddrinfo('example.com', 80)", "blocked"),
    "subprocess": ("import subprocess\nsubprocess.run(['id'])", "blocked"),
    "shell": ("import os\nos.system('id')", "blocked"),
    "fork bomb": ("import os\nwhile True:\n    os.fork()", "blocked"),
    "kills its parent": ("import os\nos.kill(os.getppid(), 9)", "blocked"),
    "C library": ("import ctypes\nctypes.CDLL(None).system(b'id')", "blocked"),
    "os by the subclasses": (
        f"os = {SUBCLASSES}.__init__.__globals__['sys'].modules['os']\nos.system('id')",
        "blocked",
    ),
    "os by __import__": ("__builtins__['__import__']('os').system('id')", "blocked"),
    "huge output": ("while True:\n    print('x' * 1000)", "output"),
    "leaves": ("import sys\nsys.exit(0)", "exit"),
    "leaves at once": ("import os\nos._exit(0)", "exit"),
    "raises": ("raise ValueError('no')", "error"),
    "recursion": ("def f():\n    return f()\nf()", "error"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_contained_and_reported(name: str) -> None:
    code, expected = HOSTILE[name]
    limits = Limits(seconds=1.0 if expected == "time" else 5.0, memory_bytes=1 << 28)
    run = Sandbox(limits).run(code)
    assert run.status == expected, run.detail
    assert run.detail
    assert "root:" not in run.output
    assert len(run.output) <= SANDBOX.limits.output_bytes
    assert not Path("/tmp/written_by_hostile_code").exists()


def test_an_example_that_attacks_is_contained_too() -> None:
    run = SANDBOX.run("def f():\n    return open('/etc/passwd').read()", ">>> f()\n''\n")
    assert run.status == "blocked"


def test_nothing_of_our_environment_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAMLESS_LLM_API_KEY", "a-secret-key")
    run = SANDBOX.run("import os\nprint(dict(os.environ))\nprint(os.listdir('.'))")
    assert run.status == "ok"
    assert "a-secret-key" not in run.output
    assert run.output.splitlines()[1] == "[]"


def test_our_package_cannot_be_imported() -> None:
    assert SANDBOX.run("import seamless_retail").status == "error"


def test_it_may_write_in_its_own_folder_which_is_gone_afterwards() -> None:
    run = SANDBOX.run("import os\nopen('a', 'w').write('kept')\nprint(os.getcwd(), open('a').read())")
    folder, kept = run.output.split()
    assert (run.status, kept) == ("ok", "kept")
    assert not Path(folder).exists()


def test_examples_are_compared_and_calls_without_expectation_only_shown() -> None:
    code = "def double(x):\n    return 2 * x\n"
    run = SANDBOX.run(code, ">>> double(2)\n4\n>>> double(3)\n")
    assert (run.status, [example.got for example in run.examples]) == ("ok", ["4", "6"])
    run = SANDBOX.run(code, ">>> double(2)\n5\n")
    assert (run.status, run.detail) == ("failed", "double(2) gave 4")


KERNEL_ATTACKS = {
    "socket": ("import socket; socket.socket()", "seccomp"),
    "fork": ("import os; os.fork()", "seccomp"),
    "execute": ("import os; os.execv('/bin/true', ['true'])", "seccomp"),
    "signal": ("import os, signal; os.kill(os.getppid(), signal.SIGTERM)", "seccomp"),
    "rights": ("import os; os.chmod('.', 0o777)", "seccomp"),
    "read": ("open('/etc/passwd').read()", "landlock"),
    "list": ("import os; os.listdir('/')", "landlock"),
    "write": ("open('/tmp/written_by_hostile_code', 'w')", "landlock"),
}


@pytest.mark.skipif(platform.machine() != "x86_64" or platform.system() != "Linux", reason="the filter is for x86-64")
@pytest.mark.parametrize("name", KERNEL_ATTACKS)
def test_the_kernel_refuses_it_without_the_audit_hook(name: str, tmp_path: Path) -> None:
    attack, guard = KERNEL_ATTACKS[name]
    limits = {"cpu_s": 5, "memory_bytes": 1 << 30, "file_bytes": 1 << 20, "files": 64, "processes": 64}
    code = (
        "import runpy, socket, os, signal, json\n"
        f"confine = runpy.run_path({str(CONFINEMENT)!r})['confine']\n"
        f"guards = confine({str(tmp_path)!r}, {[sys.base_prefix]!r}, {limits!r})\n"
        f"try:\n    {attack}\n    refused = False\nexcept PermissionError:\n    refused = True\n"
        "print(json.dumps([guards, refused]))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    guards, refused = json.loads(done.stdout)
    if guard not in guards:
        pytest.skip(f"this kernel has no {guard}")
    assert refused
