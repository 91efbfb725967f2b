"""The tables every service's database starts with: journal, claims, checkpoints, parked events, vault.

Each tuple is executed by one migration of every service, in order, and then never edited: a change is a new
tuple and a new migration.
"""

JOURNAL_SQL: tuple[str, ...] = (
    # The facts. `xid` orders the feed safely (ADR 0001); `personal` holds ciphertexts only (see vault.py).
    """
    create table events (
      position bigint generated always as identity,
      xid xid8 not null default pg_current_xact_id(),
      id uuid not null,
      stream text not null,
      version integer not null check (version > 0),
      type text not null,
      schema_version smallint not null,
      data jsonb not null,
      personal jsonb,
      metadata jsonb not null,
      recorded_at timestamptz not null default clock_timestamp(),
      primary key (stream, version)
    )
    """,
    "create unique index events_id on events (id)",
    "create index events_feed on events (xid, position)",
    # What must be unique across streams, taken in the transaction of the append that needs it.
    """
    create table claims (
      kind text not null,
      key bytea not null,
      stream text not null,
      primary key (kind, key)
    )
    """,
    # How far each projection, relay or reaction has read its source. `sequence` is JetStream's, on the bus.
    """
    create table checkpoints (
      projection text primary key,
      source text not null,
      xid bigint not null default 0,
      number bigint not null default 0,
      sequence bigint not null default 0,
      updated_at timestamptz not null default clock_timestamp()
    )
    """,
    # Events that a projection could not take after its retries. `error` is a class and a place in the code,
    # never a message: a message could quote personal data.
    """
    create table parked (
      id bigint generated always as identity primary key,
      projection text not null,
      source text not null,
      event_id uuid not null,
      stream text not null,
      version integer not null,
      type text not null,
      xid bigint not null,
      number bigint not null,
      sequence bigint not null,
      attempts integer not null,
      error text not null,
      parked_at timestamptz not null default clock_timestamp(),
      unique (projection, event_id)
    )
    """,
    # The vault (docs/domaine/securite.md §9.3): one random key per person, wrapped by a master key.
    "create schema coffre",
    """
    create table coffre.cles (
      kind text not null,
      person uuid not null,
      version integer not null,
      wrapped bytea,
      master_version integer not null,
      created_at timestamptz not null default clock_timestamp(),
      destroyed_at timestamptz,
      reason text,
      primary key (kind, person, version),
      check ((wrapped is null) = (destroyed_at is not null))
    )
    """,
    # The ledger of erasures: identifiers and dates only, re-applied after any restore.
    """
    create table coffre.effacements (
      kind text not null,
      person uuid not null,
      erased_at timestamptz not null default clock_timestamp(),
      primary key (kind, person)
    )
    """,
)

JOURNAL_2_SQL: tuple[str, ...] = (
    # Below it, everything is committed or gone: what the feed may show (ADR 0001). A function, so that a
    # restore can make the counter go on where the old cluster's stopped (backup.py). One SQL expression
    # without volatile part: the planner puts it inline and the feed's index condition stays.
    """
    create function feed_watermark() returns xid8 language sql stable parallel safe
    return pg_snapshot_xmin(pg_current_snapshot())
    """,
    # Parked events that somebody gave up on: who, when and why. `reason` never holds personal data.
    """
    create table parked_dropped (
      like parked including defaults,
      dropped_at timestamptz not null default clock_timestamp(),
      dropped_by text not null,
      reason text not null,
      primary key (id)
    )
    """,
)
"""Statements of the second migration: the watermark's function, and the record of dropped events."""

JOURNAL_3_SQL: tuple[str, ...] = (
    # What a process manager remembers of each key (projection/manager.py). Never a text of a person.
    """
    create table reaction_rows (
      reaction text not null,
      key text not null,
      data jsonb not null,
      primary key (reaction, key)
    )
    """,
    # What follows from a fact, to be done once, at `at` or at once (projection/executor.py). `cause` is the
    # fact, `xid` and `number` its position in its source. `not_before` : retries, and who holds it meanwhile.
    # Ended orders stay: their identifier is what a replay meets.
    """
    create table orders (
      id uuid primary key,
      reaction text not null,
      key text not null,
      cause uuid not null,
      xid bigint not null,
      number bigint not null,
      rank smallint not null,
      type text not null,
      schema_version smallint not null,
      data jsonb not null,
      at timestamptz,
      state text not null default 'waiting' check (state in ('waiting', 'done', 'withdrawn', 'parked')),
      not_before timestamptz not null default '-infinity',
      attempts integer not null default 0,
      blames integer not null default 0,
      error text,
      created_at timestamptz not null default clock_timestamp(),
      ended_at timestamptz
    )
    """,
    "create index orders_due on orders (reaction, coalesce(at, to_timestamp(0))) where state = 'waiting'",
    "create index orders_of on orders (reaction, key) where state = 'waiting'",
    # When each periodic work runs next, and how it went the last time (jobs.py).
    """
    create table jobs (
      name text primary key,
      next_run timestamptz not null default to_timestamp(0),
      started_at timestamptz,
      ended_at timestamptz,
      outcome text,
      done integer,
      refused integer
    )
    """,
)
"""Statements of the third migration: process managers, their orders, jobs."""

SCHEMA_SQL: tuple[str, ...] = (*JOURNAL_SQL, *JOURNAL_2_SQL, *JOURNAL_3_SQL)
"""Everything, for a fresh database outside Alembic."""


def watermark_sql(offset: int) -> tuple[str, ...]:
    """New rows and the watermark, `offset` transactions above the cluster's own counter.

    After a logical restore the cluster's counter restarts, and stored events keep their xid: with an offset
    above any xid that the old cluster gave, positions, cursors and other services' checkpoints stay valid.
    """
    shift = f"::text::bigint + {int(offset)})::text::xid8"
    return (
        f"alter table events alter column xid set default (pg_current_xact_id(){shift}",
        f"""create or replace function feed_watermark() returns xid8 language sql stable parallel safe
            return (pg_snapshot_xmin(pg_current_snapshot()){shift}""",
    )
