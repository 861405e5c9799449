"""Run one command, and write how long it took and how much memory as JSON to stdout.

A process of its own does this, because Linux counts the memory of the process that starts a
program into the program's peak. So it has to be a small one, and imports little.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run `argv[2:]`, whose stderr goes to the file `argv[1]` and whose stdout is dropped."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    start = time.perf_counter()
    pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    kilo = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    peak, processor = usage.ru_maxrss * kilo, usage.ru_utime + usage.ru_stime
    run = {"seconds": seconds, "peak": peak, "status": code, "processor": processor}
    json.dump(run, sys.stdout)


if __name__ == "__main__":
    main()
