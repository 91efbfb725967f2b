"""`python -m embedded run|demo|stop|lieux|bench`: see commande.py.

Everything else takes its second to load: until then, Ctrl-C must be said in a line, not in a traceback.
"""

import signal
import sys
from types import FrameType


def interrupted(number: int, frame: FrameType | None) -> None:
    """Ends a command that has started nothing yet."""
    # A second one would only cut this sentence.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write("\nArrêt demandé : rien n’était encore allumé.\n")
    raise SystemExit(130)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupted)
    from embedded.commande import main

    sys.exit(main())
