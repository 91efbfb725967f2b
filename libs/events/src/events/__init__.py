"""The engine of a service: what happens between a command and a figure is on this page.

Open the files that it names to change the engine, not to follow a fact. It imports nothing: an aggregate
may not reach PostgreSQL.

Command. `store.execute(ACTIVITE(id), command, context)` (`store/store.py`), where `ACTIVITE =
Stream("activite", initial, decide, evolve)` (`stream.py`): the past facts of this one stream are folded by
`evolve` into a state, `decide(command, state)` answers the facts that follow or raises a `Refusal`
(`decider.py`), which reaches the caller. They are written all or none, and the caller is answered after the
commit: `Written`, its version and its `Position`. No fact is no change. When somebody else has written to
the stream meanwhile, the command is decided again, or `Conflict` is raised if the caller named the version
it saw.

Fact. A frozen dataclass, stored as JSON: the name of its class, its fields under their own names
(`codec.py`). A field typed `Personal(kind, field)` (`types.py`) is sealed under the key of the person or
thing that `field` names, and reads `ERASED` once that key is destroyed (`vault/`). A form that has changed
is brought to the present one when it is read. `named(names, *sources)` (`named.py`) copies fields from name
to same name, and fails on one that nobody has: from what is typed to the fact, and on to the contract or
the line of a list.

Feed. All the facts of the service in the order of their `Position`, which a transaction still open cannot
upset: nothing comes later before what is read. A read model declares in `reads` the facts that reach it,
keeps its own position in the same transaction as their effect, and is given again what follows it after a
crash.

Table. `project(row, fact)` answers the row as it becomes, None to remove it (`projection/projection.py`).

File. `open_file(path)` makes or opens it (`projection/filemodel.py`); `FileProjector`
(`projection/fileprojector.py`) gives it pages of the feed: `take(facts, upto)`, each `Fact` being its
position, its class's name and its JSON in the present form, without the personal fields. An error that the
model calls `guilty` puts one fact aside; any other waits. `await projector.ask(question, *args)` calls
`question(file, *args)` in a thread; `reached(position, seconds)` waits for what somebody has just written;
`as_of()` says until when all is counted.

Others. Another service reads contracts, made from the facts by `to_contract` and relayed in order (`bus/`).
`Service` (`service.py`) is the list of all that one service has of these.
"""
