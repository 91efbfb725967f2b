"""What a process that reads many events sets once, at its start."""

import atexit
import gc


def relax_collector() -> None:
    """Look for reference cycles less often: events are made by the thousand and hold none.

    With Python's own threshold (700 allocations) the collector takes 45 % of the time of decoding a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    # What stays frozen is never freed, and DuckDB says so at length at the exit.
    atexit.register(gc.unfreeze)
