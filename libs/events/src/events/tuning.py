"""What a process that reads many events sets once, at its start."""

import atexit
import gc


def space_collections() -> None:
    """Look for reference cycles less often: events are made by the thousand and hold none, nor do modules.

    With Python's own threshold (700 allocations) the collector takes 45 % of the time of decoding a page,
    10 % of that of loading a service.
    """
    gc.set_threshold(50_000, 20, 50)


def relax_collector() -> None:
    """The same, and what is there now is never looked at again."""
    space_collections()
    gc.collect()
    gc.freeze()
    # What stays frozen is never freed, and DuckDB says so at length at the exit.
    atexit.register(gc.unfreeze)
