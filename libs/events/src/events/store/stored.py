"""An event as the database holds it, and its decoding: millions of them pass here in a replay."""

import datetime as dt
from collections.abc import Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from events.codec import Codec
from events.types import Position, Recorded
from events.vault.vault import Vault

# The instant as a number: the driver makes an aware date from a `timestamptz` at the price of ten columns.
COLUMNS = """xid, position, id, stream, version, type, schema_version, data, personal, metadata,
              date_part('epoch', recorded_at) as seconds"""
_tuple: Any = tuple.__new__
"""Makes a named tuple in half the time of its own constructor."""
_instant = dt.datetime.fromtimestamp
PAGE_SQL = f"""select {COLUMNS} from events
               where (xid, position) > ($1, $2) and xid < feed_watermark()
               order by xid, position limit $3"""  # noqa: S608 - constants
"""The next page of the feed: after (xid, position), below the watermark."""
LATEST_SQL = f"""select {COLUMNS} from events
                 where stream = any($1::text[]) and (xid, position) < ($2, $3)
                 order by xid desc, position desc limit $4"""  # noqa: S608 - constants
"""The last events of some streams, before (xid, position)."""


def _column(name: str) -> Any:
    return property(itemgetter(name))


class RawEvent(asyncpg.Record):
    """A stored event, not decoded: the columns of `COLUMNS`, in that order. data, personal, metadata : JSON
    texts. The driver makes it as it is: a replay reads millions of them."""

    __slots__ = ()
    id: UUID = _column("id")
    stream: str = _column("stream")
    version: int = _column("version")
    type: str = _column("type")
    data: str = _column("data")
    personal: str | None = _column("personal")

    @property
    def position(self) -> Position:
        return Position(self["xid"], self["position"])

    @property
    def recorded_at(self) -> dt.datetime:
        return _instant(self["seconds"], dt.UTC)


async def decode[E](
    codec: Codec[E], vault: Vault | None, raws: Sequence[RawEvent], *, cached: bool = False
) -> list[Recorded[E]]:
    """Decrypt and decode a page; keys are fetched once for all of it.

    cached : the vault may answer from its memory. Not for what writes a read model."""
    sealed = [raw.personal for raw in raws if raw.personal is not None]
    if sealed:
        if vault is None:
            raise RuntimeError("un événement porte des données personnelles : il faut un coffre")
        await vault.load_keys(sealed, cached=cached)
    reader, readers = codec.reader, codec.readers
    recorded: list[Recorded[E]] = []
    for xid, number, id_, stream, version, kind, form, data, personal, metadata, seconds in raws:
        # In a loop of its own weight: a replay comes here millions of times.
        if personal is None or vault is None:
            event = (readers.get((kind, form)) or reader(kind, form))(data)
        else:
            event = codec.decode(kind, form, data, vault.open(id_, kind, personal))
        position = _tuple(Position, (xid, number))
        at = _instant(seconds, dt.UTC)
        recorded.append(_tuple(Recorded, (event, id_, stream, version, position, at, metadata)))
    return recorded
