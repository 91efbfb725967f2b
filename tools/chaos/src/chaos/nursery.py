"""Processes born of one that has already read the code of the four services.

A schedule kills thirty of them: each would spend a second of processor to read it again.
"""

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from events.ops.servers import end_with_parent

_READ = [
    *("activites.app", "cartographie.app", "equipes.app", "identity.app", "process.serve"),
    *("chaos.struck", "coop.projections", "coop.relais"),
]


def born(command: Sequence[str], environment: Mapping[str, str], log: Path) -> ForkServerProcess:
    """`python -m <command>` with this environment and no other, started; its output at the end of the file.

    It ends with the process that asked for it.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_READ)
    process = context.Process(target=_live, args=(list(command), dict(environment), log), daemon=True)
    process.start()
    return process


def _live(command: list[str], environment: dict[str, str], log: Path) -> None:
    end_with_parent()
    # Own session: a Ctrl-C in the terminal reaches the caller, who stops its processes in order.
    os.setsid()
    with log.open("ab") as out, Path(os.devnull).open("rb") as nothing:
        for number, file in enumerate((nothing, out, out)):
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
