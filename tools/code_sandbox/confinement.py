"""What a process gives up for good before it runs code that nobody has read: rights, files, system calls.

Executed by ``jail.py`` in the sandboxed process, by path, so it imports the standard library only. Three layers, each
of which is lost if the platform lacks it; :func:`confine` says which are in force:

* ``limits``: ``setrlimit`` (any POSIX system).
* ``landlock``: the kernel refuses every file outside the temporary folder, except to read the interpreter's libraries,
  and every TCP connection (Linux 5.13; TCP 6.7). See https://docs.kernel.org/userspace-api/landlock.html
* ``seccomp``: the kernel refuses new processes, programs, sockets, signals to others, changes of rights, mounts and the
  raising of limits (Linux on x86-64). See https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import os
import platform
import resource
import struct
from typing import Any

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_FILTER = 38, 22, 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ_RIGHTS = (1 << 0) | (1 << 2) | (1 << 3)
"""Landlock's rights to execute (map) a file, to read a file, to read a folder."""
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Landlock's interface version → how many rights over files it knows."""

AUDIT_X86_64, X32_BIT, CLONE_THREAD = 0xC000003E, 0x40000000, 0x00010000
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS = 1, 38
CLONE, CLONE3 = 56, 435
REFUSED_CALLS = (
    *(41, 42, 43, 49, 50, 53, 288),  # socket, connect, accept, bind, listen, socketpair, accept4
    *(57, 58, 59, 322),  # fork, vfork, execve, execveat
    *(62, 129, 200, 234, 297, 424, 434, 438),  # kill, sigqueue, tkill, tgkill, tgsigqueue, the calls on pidfd
    *(101, 310, 311),  # ptrace, process_vm_readv, process_vm_writev
    *(160, 302),  # setrlimit, prlimit64
    *(90, 91, 92, 93, 94, 260, 268, 452),  # chmod, chown and their variants
    *(132, 188, 189, 190, 197, 198, 199, 235, 261, 280),  # times and extended attributes of files
    *(105, 106, 113, 114, 116, 117, 119, 126),  # setuid, setgid and their variants, capset
    *(155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 442),  # roots, mounts, namespaces
    *(29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 240),  # System V memory, semaphores and queues, POSIX queues
    *(164, 169, 170, 171, 175, 176, 227, 246, 304, 313, 320),  # clocks, names, modules, kexec, file handles
    *(248, 249, 250, 298, 321, 323, 425, 426, 427),  # keys, perf, bpf, userfaultfd, io_uring
)


def confine(folder: str, readable: list[str], limits: dict[str, int]) -> list[str]:
    """Give everything up; there is no way back.

    Args:
        folder: The only folder that may be written; the working folder.
        readable: Folders that may be read: those of the interpreter and its packages.
        limits: ``cpu_s``, ``memory_bytes``, ``file_bytes``, ``files``, ``processes``.

    Returns:
        The layers that are in force, of ``limits``, ``landlock`` and ``seccomp``.
    """
    in_force = ["limits"]
    _set_limits(limits)
    if platform.system() != "Linux":
        return in_force
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return in_force
    if _landlock(libc, folder, readable):
        in_force.append("landlock")
    if platform.machine() == "x86_64":
        _drop_capabilities(libc)
        if _seccomp(libc):
            in_force.append("seccomp")
    return in_force


def _set_limits(limits: dict[str, int]) -> None:
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_s"],
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["files"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _landlock(libc: Any, folder: str, readable: list[str]) -> bool:
    """Whether the kernel now refuses other files."""
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    everything = (1 << FILE_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", everything, 3, 3)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = libc.syscall(LANDLOCK_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    for path, rights in [*((path, READ_RIGHTS & everything) for path in readable), (folder, everything)]:
        try:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        libc.syscall(LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, parent), 0)
        os.close(parent)
    done = bool(libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0)
    os.close(ruleset)
    return done


def _drop_capabilities(libc: Any) -> None:
    """Root without capabilities is an ordinary user to the kernel."""
    libc.syscall(126, struct.pack("=Ii", 0x20080522, 0), bytes(24))


def _seccomp(libc: Any) -> bool:
    """Whether the kernel now refuses the calls above. The program is classic BPF over ``struct seccomp_data``."""
    load, equal, at_least, bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    steps = [
        (load, 0, 0, 4),  # the architecture
        (equal, 1, 0, AUDIT_X86_64),
        (answer, 0, 0, KILL),
        (load, 0, 0, 0),  # the number of the call
        (at_least, 0, 1, X32_BIT),
        (answer, 0, 0, REFUSE | EPERM),
        (equal, 0, 1, CLONE3),  # its flags are in memory, which a filter cannot read: libc falls back to clone
        (answer, 0, 0, REFUSE | ENOSYS),
    ]
    for number in REFUSED_CALLS:
        steps += [(equal, 0, 1, number), (answer, 0, 0, REFUSE | EPERM)]
    steps += [
        (equal, 0, 3, CLONE),
        (load, 0, 0, 16),  # its flags: a thread of this process is allowed
        (bits, 1, 0, CLONE_THREAD),
        (answer, 0, 0, REFUSE | EPERM),
        (answer, 0, 0, ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code)))
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_FILTER, program, 0, 0) == 0)
