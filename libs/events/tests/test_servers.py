"""Ports of the servers started beside one another."""

import subprocess
import sys

_DRAWN = 300
_HOLDER = f"""
import sys
from events.ops.servers import free_port
print(*(free_port() for _ in range({_DRAWN})), flush=True)
sys.stdin.read()
"""


def test_deux_processus_qui_demarrent_leurs_serveurs_ne_recoivent_jamais_le_meme_port() -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", _HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        given = [port for holder in holders if holder.stdout for port in holder.stdout.readline().split()]
    finally:
        for holder in holders:
            holder.communicate()
    assert len(set(given)) == len(given) == 2 * _DRAWN
