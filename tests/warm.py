"""A process that has everything imported and forks the command, so that a run takes no start.

Reads requests on standard input and answers on standard output, a line of JSON each. A
request is a run of the command: its `arguments`, and what is to befall it: a fault (see
faults.c, which must be loaded for that), a kill after some time, a limit, the loss of
root's powers. The answer is how it ended and what it said.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from typing import Any

from pipeline import cli

KINDS = ("count", "fails", "full", "short", "killed", "torn", "saved", "gone", "unread")
"""As in faults.c, in its order."""


def library() -> Any:
    path = os.environ.get("LD_PRELOAD")
    if not path:
        return None
    loaded = ctypes.CDLL(path)
    loaded.faults_calls.restype = ctypes.c_long
    loaded.faults_call.restype = loaded.faults_path.restype = ctypes.c_char_p
    return loaded


def befall(faults: Any, asked: dict[str, Any]) -> None:
    """In the forked process: everything that is to befall it."""
    if asked.get("powerless"):  # root, too, obeys permissions without its capabilities
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
        ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())
    for name, limit in asked.get("limits", {}).items():
        resource.setrlimit(getattr(resource, name), (limit, resource.getrlimit(getattr(resource, name))[1]))
    if "below" in asked:
        faults.faults_arm(
            os.fsencode(asked["below"]), KINDS.index(asked["kind"]), asked.get("error", 0),
            ctypes.c_long(asked.get("at", 0)), os.fsencode(asked.get("from", "")), os.fsencode(asked.get("to", "")),
        )  # fmt: skip


def pipe() -> tuple[int, int]:
    """One that holds all that a command says, to be read when it has ended."""
    reads, writes = os.pipe()
    fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, 1 << 20)
    return reads, writes


def all_of(reads: int, writes: int) -> str:
    os.close(writes)
    os.set_blocking(reads, False)  # what the command forked may still hold the other end
    with open(reads, "rb", buffering=0) as stream:
        return (stream.read(1 << 20) or b"").decode("utf-8", "replace")


def run(faults: Any, asked: dict[str, Any]) -> dict[str, Any]:
    out, err = pipe(), pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        status = 3
        try:
            os.setsid()
            os.dup2(out[1], 1)
            os.dup2(err[1], 2)
            for handle in (*out, *err):
                os.close(handle)
            befall(faults, asked)
            status = cli.main(asked["arguments"])
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    if "kill_after" in asked:
        handle = os.pidfd_open(child)
        if not select.select([handle], [], [], asked["kill_after"])[0]:
            try:
                os.killpg(child, signal.SIGKILL) if asked.get("all", True) else os.kill(child, signal.SIGKILL)
            except ProcessLookupError:  # it has no group yet
                os.kill(child, signal.SIGKILL)
        os.close(handle)
    _, ended = os.waitpid(child, 0)
    answer = {
        "status": os.waitstatus_to_exitcode(ended),
        "out": all_of(*out),
        "err": all_of(*err),
        "seconds": time.monotonic() - began,
    }
    if faults is not None and "below" in asked:
        answer |= {
            "calls": {str(error): {kind: faults.faults_calls(number, error) for number, kind in enumerate(KINDS)}
                      for error in (0, errno.EMFILE)},
            "struck": bool(faults.faults_struck()),
            "call": os.fsdecode(faults.faults_call()), "path": os.fsdecode(faults.faults_path()),
        }  # fmt: skip
    return answer


def main() -> None:
    (site,) = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    faults = library()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for command in (["update"], ["build"], ["status"], ["check"]):  # what is imported on the way stays
        cli.main(["-C", site, *command])
    for line in sys.stdin:
        answers.write(json.dumps(run(faults, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
