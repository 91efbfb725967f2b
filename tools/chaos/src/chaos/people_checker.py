"""What is said of persons: each claim has one holder, and nothing is left of who is erased. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from chaos.claims import Held
from chaos.findings import Findings
from chaos.forgotten import Forgotten
from chaos.history import Told


def claims(held: Iterable[Held]) -> Findings:
    """Held by exactly one, whose facts say so."""
    lost: list[str] = []
    duplicated: list[str] = []
    divergences: list[str] = []
    for one in held:
        if one.must and not one.holders:
            lost.append(f"{one} : personne ne l’a pris, {_list(one.says)} le dit sien")
        if len(one.holders) > 1:
            duplicated.append(f"{one} : pris par {_list(one.holders)}")
        # An address may be that of several persons: one of them holds it.
        if len(one.says) > 1 and one.kind != "courriel":
            duplicated.append(f"{one} : à {_list(one.says)} à la fois")
        if one.holders - one.says:
            divergences.append(f"{one} : pris par {_list(one.holders - one.says)}, dont aucun fait ne le dit")
    return Findings(tuple(lost), tuple(duplicated), divergences=tuple(divergences))


def sign_ins(told: Told, streams: Collection[str]) -> Findings:
    """Whoever was let in has an account, one only that is not erased. streams : of identity's journal."""
    gone = {one.person for one in told.erased}
    accounts: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in told.sign_ins:
        accounts[one.who].add(one.compte_id)
    lost = [
        f"compte-{compte_id}, ouvert par {who} : absent du journal"
        for who, opened in accounts.items()
        for compte_id in opened
        if f"compte-{compte_id}" not in streams
    ]
    duplicated = [
        f"{who} : {len(opened - gone)} comptes" for who, opened in accounts.items() if len(opened - gone) > 1
    ]
    return Findings(tuple(lost), tuple(duplicated))


def erasures(forgotten: Iterable[Forgotten]) -> Findings:
    """Said once where it is decided, heard everywhere it must be, the keys destroyed once."""
    lost: list[str] = []
    duplicated: list[str] = []
    divergences: list[str] = []
    for one in forgotten:
        if one.facts == 0:
            lost.append(f"{one} : effacé, aucun fait ne le dit")
        if (one.facts or 0) > 1:
            duplicated.append(f"{one} : {one.facts} faits disent l’effacement")
        if not one.ledger:
            lost.append(f"{one} : absent du registre des effacements")
        if one.ledger > 1:
            duplicated.append(f"{one} : {one.ledger} fois au registre des effacements")
        if not all(one.keys):
            divergences.append(f"{one} : une clé n’est pas détruite")
        if len(one.keys) > 1:
            duplicated.append(f"{one} : {len(one.keys)} clés ont été détruites")
    return Findings(tuple(lost), tuple(duplicated), divergences=tuple(divergences))


def _list(streams: Iterable[str]) -> str:
    return ", ".join(sorted(streams)) or "personne"
