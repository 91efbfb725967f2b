"""Un rendez-vous, tel que la base le garde : ses mots scellés sous la clé du compte."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from events.codec import Secret
from events.store.store import Store
from events.types import ERASED

from activites.domain.rdv import Participant, Rdv, StatutRdv
from activites.projections.tables import rdvs

RANGS = 5
"""Under how many identifiers in turn one participant may be followed."""
_ESPACE = UUID("6f6e1f5c-2a0b-5d0e-9a53-2f1f6c1d7e11")
_GENRE = "compte"
_USAGE = "rdv"
"""What the identifiers proposed here are made of (`Vault.secret`)."""
_SCELLES = ("nom", "motif", "lieu", "participants", "agents")


async def secret(store: Store[Any], compte_id: UUID) -> bytes:
    """What makes identifiers that nobody else computes. Raises PersonErased."""
    assert store.vault is not None
    return await store.vault.secret(_GENRE, compte_id, _USAGE)


def identifiant(secret: bytes, dit: str) -> UUID:
    return UUID(bytes=hmac.digest(secret, dit.encode(), sha256)[:16], version=5)


def usager(secret: bytes, usager_id: int, rang: int = 0) -> UUID:
    """The identifier under which a participant is followed: asked twice, the same person."""
    return identifiant(secret, f"usager/{usager_id}/{rang}")


async def sceller(store: Store[Any], compte_id: UUID, rdv: Rdv) -> str:
    """Raises PersonErased."""
    assert store.vault is not None
    dits = {champ: valeur for champ, valeur in asdict(rdv).items() if champ in _SCELLES}
    nom = _nom(compte_id, rdv.rdv_id)
    return await store.vault.seal(nom, rdvs.name, [Secret(_GENRE, compte_id, dits)])


async def ouvrir(store: Store[Any], rows: Sequence[Any]) -> list[Rdv]:
    """The rendez-vous of these rows, of one account; nobody is in those whose key is destroyed."""
    assert store.vault is not None
    await store.vault.load_keys([row.contenu for row in rows], cached=True)
    return [
        _ouvert(row, store.vault.open(_nom(row.compte_id, row.rdv_id), rdvs.name, row.contenu))
        for row in rows
    ]


def _nom(compte_id: UUID, rdv_id: int) -> UUID:
    """What binds a ciphertext to its row."""
    return uuid5(_ESPACE, f"{compte_id}/{rdv_id}")


def _ouvert(row: Any, dits: Mapping[str, Any]) -> Rdv:
    lus = {nom: None if valeur == ERASED else valeur for nom, valeur in dits.items()}
    dits_d_eux: Sequence[dict[str, Any]] = lus["participants"] or ()
    participants = tuple(
        Participant(statut=StatutRdv(p["statut"]), **{nom: v for nom, v in p.items() if nom != "statut"})
        for p in dits_d_eux
    )
    return Rdv(
        rdv_id=row.rdv_id,
        organisation_id=row.organisation_id,
        agents=tuple(lus["agents"] or ()),
        debut=row.debut,
        duree_minutes=row.duree_minutes,
        collectif=row.collectif,
        statut=StatutRdv(row.statut),
        nom=lus["nom"],
        motif=lus["motif"],
        lieu=lus["lieu"],
        participants=participants,
    )
