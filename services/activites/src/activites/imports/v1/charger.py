"""Charger l'archive de la V1 : chaque CRA gardé tel quel, puis repris en activité, et ce qui s'y perd, dit.

Ce qui peut nommer quelqu'un n'est gardé que d'un CRA repris : personne d'autre ne l'effacerait un jour.
Relancé, il n'écrit que ce qui manque : l'archive et l'activité d'un CRA ont toujours le même identifiant.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, BinaryIO
from uuid import UUID

import orjson
from events.decider import Refusal, Refusals
from events.store.store import Conflict, Context, Intent, Store, Written
from pydantic import BaseModel, ConfigDict

from activites.domain.activite import ACTIVITE, ReprendreCraV1
from activites.domain.emploi import Emploi, emploi_du_jour
from activites.domain.vocabulaire import CompteId, LieuConnu, LieuId, MediateurId
from activites.imports.v1.archive import AGarder, garder
from activites.imports.v1.conversion import Convertie, convertir, identifiant
from activites.imports.v1.cra import CraIllisible, CraV1, lire
from activites.projections import emplois, lieux_connus

_ENSEMBLE = 500
_LIGNE_MAX = 1_000_000


class Conseiller(BaseModel):
    """Qui a écrit les CRA d'un conseiller de la V1, chez nous."""

    model_config = ConfigDict(extra="forbid")

    mediateur_id: UUID
    compte_id: UUID


class Correspondance(BaseModel):
    """De la V1 à nous. lieux : identifiant de permanence ou de structure -> lieu de la cartographie."""

    model_config = ConfigDict(extra="forbid")

    conseillers: dict[str, Conseiller]
    lieux: dict[str, UUID] = {}


@dataclass(slots=True)
class Bilan:
    """lues = repris + deja_repris + laisses (motif -> nombre).

    archives : ceux qui n'étaient pas encore gardés.   perdus : ce qui s'est perdu -> nombre de CRA.
    """

    lues: int = 0
    archives: int = 0
    repris: int = 0
    deja_repris: int = 0
    laisses: Counter[str] = field(default_factory=Counter[str])
    perdus: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, slots=True)
class _Lu:
    """Un CRA de la page. qui : None, personne ne le reprend."""

    ligne: int
    cra: CraV1
    brut: Mapping[str, Any]
    qui: Conseiller | None


async def charger(
    store: Store[Any],
    archive: Iterable[bytes],
    correspondance: Correspondance,
    rapport: BinaryIO | None,
    context: Context,
    maintenant: dt.datetime,
) -> Bilan:
    """archive : ses lignes, un CRA chacune.   rapport : une ligne JSON par CRA laissé, ou qui perd.

    Raises Conflict si un autre chargement écrit en même temps.
    """
    bilan = Bilan()
    for page in batched(_lus(archive, correspondance, bilan, rapport), _ENSEMBLE):
        repris = await _reprendre(store, page, correspondance, bilan, rapport, context, maintenant)
        gardes = [
            AGarder(lu.cra.id, identifiant(lu.cra.id), lu.brut, entier=lu.cra.id in repris) for lu in page
        ]
        bilan.archives += await garder(store, gardes, maintenant)
    return bilan


def _lus(
    archive: Iterable[bytes], correspondance: Correspondance, bilan: Bilan, rapport: BinaryIO | None
) -> Iterator[_Lu]:
    for numero, ligne in enumerate(archive, start=1):
        if not ligne.strip():
            continue
        bilan.lues += 1
        try:
            if len(ligne) > _LIGNE_MAX:
                raise CraIllisible("ligne de plus d’un million d’octets")
            cra, brut = lire(ligne)
        except CraIllisible as faute:
            _laisser(bilan, rapport, numero, "", "illisible", str(faute))
            continue
        yield _Lu(numero, cra, brut, correspondance.conseillers.get(cra.conseiller_numerique_id))


async def _reprendre(
    store: Store[Any],
    page: Sequence[_Lu],
    correspondance: Correspondance,
    bilan: Bilan,
    rapport: BinaryIO | None,
    context: Context,
    maintenant: dt.datetime,
) -> set[str]:
    """Les CRA qui sont des activités, maintenant ou depuis un chargement d'avant."""
    lieux = {ancien: LieuId(lieu_id) for ancien, lieu_id in correspondance.lieux.items()}
    connus, employes = await _voisins(store, page, lieux)
    ordres: list[tuple[_Lu, Convertie]] = []
    intentions: list[Intent[Any, Any, Any]] = []
    for lu in page:
        if lu.qui is None:
            _laisser(
                bilan, rapport, lu.ligne, lu.cra.id, "conseiller inconnu", lu.cra.conseiller_numerique_id
            )
            continue
        convertie = convertir(lu.cra, {a: lieu_id for a, lieu_id in lieux.items() if lieu_id in connus})
        commande = _commande(lu.cra, lu.qui, convertie, connus, employes, maintenant)
        ordres.append((lu, convertie))
        intentions.append(Intent(ACTIVITE(commande.activite_id), commande))
    repris: set[str] = set()
    issues = await store.execute_many(intentions, context)
    for (lu, convertie), issue in zip(ordres, issues, strict=True):
        match issue:
            case Conflict():
                raise issue
            case Refusal():
                seuls = issue.refusals if isinstance(issue, Refusals) else (issue,)
                _laisser(bilan, rapport, lu.ligne, lu.cra.id, type(seuls[0]).__name__, str(issue))
            case Written(changed=False):
                bilan.deja_repris += 1
                repris.add(lu.cra.id)
            case Written():
                bilan.repris += 1
                repris.add(lu.cra.id)
                bilan.perdus.update(convertie.perdu)
                if convertie.perdu:
                    _dire(rapport, lu.ligne, lu.cra.id, perdu=convertie.perdu)
    return repris


def _commande(
    cra: CraV1,
    qui: Conseiller,
    convertie: Convertie,
    connus: Mapping[LieuId, LieuConnu],
    employes: Mapping[UUID, Sequence[Emploi]],
    maintenant: dt.datetime,
) -> ReprendreCraV1:
    contenu = convertie.contenu
    emploi = emploi_du_jour(employes.get(qui.compte_id, ()), contenu.date)
    return ReprendreCraV1(
        activite_id=identifiant(cra.id),
        par=MediateurId(qui.mediateur_id),
        compte_id=CompteId(qui.compte_id),
        contenu=contenu,
        emploi=emploi.structure_id if emploi else None,
        employeur_insee=emploi.code_insee if emploi else None,
        lieu=connus.get(contenu.lieu_id) if contenu.lieu_id else None,
        aujourd_hui=maintenant.date(),
        maintenant=cra.created_at,
        cra_id=cra.id,
        structure_id=cra.structure_id,
        permanence_id=cra.permanence_id,
    )


async def _voisins(
    store: Store[Any], page: Sequence[_Lu], lieux: Mapping[str, LieuId]
) -> tuple[dict[LieuId, LieuConnu], dict[UUID, list[Emploi]]]:
    """Ce que les autres services ont dit : les lieux de la page, les emplois de ses auteurs."""
    anciens = {ancien for lu in page for ancien in (lu.cra.permanence_id, lu.cra.structure_id) if ancien}
    cites = {lieux[ancien] for ancien in anciens if ancien in lieux}
    comptes = {lu.qui.compte_id for lu in page if lu.qui is not None}
    async with store.database.engine.connect() as connection:
        lus = await connection.execute(lieux_connus.ceux_ci(cites)) if cites else ()
        connus = {row.lieu_id: lieux_connus.lieu_connu(row) for row in lus}
        employes = {
            compte_id: [
                emplois.emploi(row)
                for row in await connection.execute(emplois.du_compte(CompteId(compte_id)))
            ]
            for compte_id in comptes
        }
    return connus, employes


def _laisser(
    bilan: Bilan, rapport: BinaryIO | None, ligne: int, cra_id: str, motif: str, message: str
) -> None:
    bilan.laisses[motif] += 1
    _dire(rapport, ligne, cra_id, motif=motif, message=message)


def _dire(rapport: BinaryIO | None, ligne: int, cra_id: str, **dit: object) -> None:
    if rapport is not None:
        rapport.write(
            orjson.dumps({"ligne": ligne, "cra_id": cra_id, **dit}, option=orjson.OPT_APPEND_NEWLINE)
        )
