"""Imported first by a `__main__`: the rest then loads without a search for garbage every 700 objects."""

from events.tuning import space_collections

space_collections()
