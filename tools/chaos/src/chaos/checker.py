"""The history checker: what was acknowledged against what is there. Pure: plain values in, findings out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from chaos import people_checker
from chaos.bus import Published
from chaos.findings import Findings
from chaos.history import Command, Deed, Operation, Outcome, Told
from chaos.snapshot import Kept, Snapshot, Stored, Table

__all__ = ["Findings", "check"]

_TYPES = {
    Operation.RECORD: "ActiviteEnregistree",
    Operation.CORRECT: "ActiviteCorrigee",
    Operation.DELETE: "ActiviteSupprimee",
    Operation.ERASE: "TextesEffaces",
}


def check(commands: Sequence[Command], snapshot: Snapshot, told: Told | None = None) -> Findings:
    """Everything that the history, the journals, the streams, the read models and the vaults contradict.

    told : what was acknowledged beside the commands, when it is judged too.
    """
    findings = _commands(commands, snapshot.journal)
    for kept in snapshot.kept:
        findings += _versions(kept.journal) + _published(kept.journal, kept.stream)
        unseen = f"{kept.hidden} lignes du journal de {kept.service} que le flux ne montre pas"
        findings += Findings(lost=(unseen,) if kept.hidden else ())
    for table in snapshot.tables:
        findings += _table(table)
    findings += people_checker.claims(snapshot.claims) + people_checker.erasures(snapshot.forgotten)
    if told is not None:
        findings += _deeds(told.deeds, snapshot.kept)
        accounts = {e.stream for kept in snapshot.kept if kept.service == "identity" for e in kept.journal}
        findings += people_checker.sign_ins(told, accounts)
    return findings + Findings(
        lost=tuple(f"{one.fact} : rien n’a suivi" for one in snapshot.followed if not one.times),
        duplicated=tuple(
            f"{one.fact} : suivi {one.times} fois" for one in snapshot.followed if one.times > 1
        ),
        divergences=(
            *(f"mis de côté : {what}" for what in snapshot.parked),
            *(f"n’a pas rattrapé le journal : {who}" for who in snapshot.late),
            *(f"texte lisible d’une personne effacée : {which}" for which in snapshot.readable),
        ),
    )


def _deeds(deeds: Iterable[Deed], kept: Iterable[Kept]) -> Findings:
    """What a journal said it had written is there."""
    written = {(one.service, event.stream, event.version) for one in kept for event in one.journal}
    return Findings(
        lost=tuple(
            f"{deed.stream} version {deed.version} : acquitté, absent du journal de {deed.service}"
            for deed in deeds
            if (deed.service, deed.stream, deed.version) not in written
        )
    )


def _commands(commands: Iterable[Command], journal: Sequence[Stored]) -> Findings:
    """Acknowledged ⊆ stored, once, with what was asked; nothing refused, nothing that nobody asked."""
    lost: list[str] = []
    duplicated: list[str] = []
    divergences: list[str] = []
    stored: defaultdict[tuple[str, str], list[Stored]] = defaultdict(list)
    for event in journal:
        stored[event.stream, event.type].append(event)
    for command in commands:
        key = (f"activite-{command.id}", _TYPES[command.operation])
        said = f"{command.operation.value} {command.id}, {command.outcome.value}"
        found = stored.pop(key, [])
        if command.outcome is Outcome.ACKNOWLEDGED and not found:
            lost.append(f"{said} : absente du journal")
        if command.outcome is Outcome.REFUSED and found:
            divergences.append(f"{said} : dans le journal")
        if len(found) > 1:
            duplicated.append(f"{said} : {len(found)} fois dans le journal")
        if any(event.facts.get(k) != value for event in found for k, value in command.expected.items()):
            divergences.append(f"{said} : le contenu du journal n’est pas celui de la demande")
    divergences += [f"{stream} {kind} : personne ne l’a demandé" for stream, kind in stored]
    return Findings(tuple(lost), tuple(duplicated), divergences=tuple(divergences))


def _versions(journal: Iterable[Stored]) -> Findings:
    """Each stream's versions are 1, 2, 3…, in the order of the feed."""
    lost: list[str] = []
    reordered: list[str] = []
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for event in journal:
        seen[event.stream].append(event.version)
    for stream, versions in seen.items():
        if sorted(versions) != list(range(1, len(versions) + 1)):
            lost.append(f"{stream} : versions {versions} dans le journal")
        elif versions != sorted(versions):
            reordered.append(f"{stream} : versions {versions} dans l’ordre du flux")
    return Findings(tuple(lost), reordered=tuple(reordered))


def _published(journal: Sequence[Stored], stream: Sequence[Published]) -> Findings:
    """The stream is the journal's public facts, in its order, each once (ADR 0011)."""
    public = {event.id: event for event in journal if event.contract is not None}
    messages = sorted(stream, key=lambda m: m.sequence)
    times = Counter(message.id for message in messages)
    divergences: list[str] = []
    for message in messages:
        event = public.get(message.id)
        if event is None:
            divergences.append(f"message {message.sequence} : publié, absent des faits publics du journal")
        elif (event.stream, event.version, event.contract) != (message.stream, message.version, message.body):
            divergences.append(f"message {message.sequence} : ce n’est pas l’événement du journal")
    return Findings(
        lost=tuple(f"{_named(event)} : jamais publié" for event in public.values() if not times[event.id]),
        duplicated=tuple(
            f"{_named(event)} : publié {times[event.id]} fois"
            for event in public.values()
            if times[event.id] > 1
        ),
        reordered=tuple(_overtaken(public, messages)),
        divergences=tuple(divergences),
    )


def _overtaken(public: Mapping[UUID, Stored], messages: Sequence[Published]) -> Iterator[str]:
    """The facts that come right behind one that the journal has after them. Repeats are not looked at."""
    rank = {event_id: n for n, event_id in enumerate(public)}
    for before, after in pairwise(dict.fromkeys(m.id for m in messages if m.id in public)):
        if rank[after] < rank[before]:
            next_one = _named(public[before])
            yield f"{_named(public[after])} : publié après {next_one}, qui le suit dans le journal"


def _named(event: Stored) -> str:
    return f"{event.stream} version {event.version}"


def _table(table: Table) -> Findings:
    """The read model is the fold of the journal, row by row."""
    actual, expected = table.actual, table.expected
    missing = expected.keys() - actual.keys()
    extra = actual.keys() - expected.keys()
    other = [key for key in expected.keys() & actual.keys() if expected[key] != actual[key]]
    doubles = Counter(key[0] for key in extra if table.ranked and key[1] > 1)
    return Findings(
        duplicated=tuple(f"{table} : {key} compté {n + 1} fois" for key, n in doubles.items()),
        divergences=(
            *(f"{table} : il manque {key}" for key in missing),
            *(f"{table} : {key} est de trop" for key in extra),
            *(f"{table} : {key} n’est pas ce que le journal dit" for key in other),
        ),
    )
