"""Importer le fichier d'une source : lire, décider, écrire les faits, rendre compte ligne à ligne."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import orjson
from events.decider import Refusal
from events.store.store import Context, Store
from events.types import START, Position

from cartographie.domain import lieu, source
from cartographie.domain.evenements import Event
from cartographie.domain.fiche import Contact, Fiche, Provenance
from cartographie.domain.lieu import LIEU
from cartographie.domain.source import SOURCE
from cartographie.domain.vocabulaire import LieuId
from cartographie.imports.configuration import Configuration
from cartographie.imports.lecture import Ligne, empreinte_fichier, lire_lignes
from cartographie.imports.ligne import Lecture, Reparation, lire_fiche
from cartographie.imports.rapport import Rapport, Refus

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Candidat:
    """Une ligne lue : ce qu'elle demande, et ce qui a été réparé."""

    command: lieu.ReferencerLieu
    reparations: tuple[Reparation, ...]


@dataclass(frozen=True, slots=True)
class Ecartee:
    """Une ligne qui ne peut même pas être présentée au domaine."""

    ligne: int
    id_source: str
    refus: Refus


@dataclass(frozen=True, slots=True)
class Etat:
    """L'état d'un flux. version : numéro de son dernier événement, 0 s'il n'existe pas."""

    version: int
    state: lieu.State


def candidats(
    configuration: Configuration, lignes: Iterator[Ligne], maintenant: dt.datetime
) -> Iterator[Candidat | Ecartee]:
    """Chaque ligne, une fois, dans l'ordre du fichier."""
    vues: dict[str, int] = {}
    for ligne in lignes:
        if ligne.valeurs is None:
            refus = Refus("", "LigneIllisible", "la ligne n'est pas lisible", "")
            yield Ecartee(ligne.numero, "", refus)
            continue
        parties = [ligne.valeurs.get(c, "").strip() for c in configuration.identifiant]
        id_source = "-".join(parties)
        if not all(parties) or "\x00" in id_source or len(id_source) > 200:
            message = f"identifiant absent ou trop long (colonne {', '.join(configuration.identifiant)})"
            yield Ecartee(ligne.numero, id_source[:200], Refus("id", "IdentifiantManquant", message, ""))
            continue
        premiere = vues.setdefault(id_source, ligne.numero)
        if premiere != ligne.numero:
            message = f"doublon de la ligne {premiere}"
            yield Ecartee(ligne.numero, id_source, Refus("id", "Doublon", message, id_source))
            continue
        lecture = Lecture(ligne.valeurs, configuration, maintenant.date())
        fiche, contact = lire_fiche(lecture)
        provenance = Provenance(configuration.code, id_source, configuration.fichier, ligne.numero)
        lieu_id = lieu.identifier(configuration.code, id_source)
        command = lieu.ReferencerLieu(
            lieu_id, provenance, fiche, contact, empreinte(fiche, contact), maintenant
        )
        yield Candidat(command, tuple(lecture.reparations))


def empreinte(fiche: Fiche, contact: Contact) -> str:
    """Condensat de ce que l'on publie : une ligne déplacée n'est pas un fait."""
    contenu = orjson.dumps([asdict(fiche), asdict(contact)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(contenu).hexdigest()


async def etats(store: Store[Event], lieux: Sequence[LieuId]) -> dict[LieuId, Etat]:
    """L'état de ces lieux, en une lecture du journal plutôt qu'une requête par lieu."""
    voulus = {LIEU(lieu_id).name: lieu_id for lieu_id in lieux}
    trouves: dict[LieuId, Etat] = {}
    position: Position = START
    while page := await store.page(position, _PAGE):
        position = page[-1].position
        for recorded in await store.decode([raw for raw in page if raw.stream in voulus]):
            lieu_id = voulus[recorded.stream]
            event = recorded.event
            if not isinstance(event, source.SourceImportee):
                avant = trouves[lieu_id].state if lieu_id in trouves else lieu.initial
                trouves[lieu_id] = Etat(recorded.version, lieu.evolve(avant, event))
    return trouves


async def importer(
    store: Store[Event],
    configuration: Configuration,
    chemin: Path,
    rapport: Rapport,
    context: Context,
    maintenant: dt.datetime,
) -> source.Bilan:
    """Importe le fichier entier. Relancé, il reprend où il en était : une fiche identique n'écrit rien.

    Raises FichierIllisible (rien n'est écrit), events.store.Conflict si un autre import écrit en même temps.
    """
    sha256 = empreinte_fichier(chemin)
    lus = list(candidats(configuration, lire_lignes(chemin, configuration.separateur_csv), maintenant))
    connus = await etats(store, [c.command.lieu_id for c in lus if isinstance(c, Candidat)])
    comptes: Counter[str] = Counter()
    motifs: Counter[str] = Counter()
    ecritures: list[tuple[str, int, Sequence[Event]]] = []
    for lu in lus:
        if isinstance(lu, Ecartee):
            motifs[lu.refus.motif] += 1
            rapport.refus(configuration.code, configuration.fichier, lu.ligne, lu.id_source, lu.refus)
            continue
        ou = (configuration.code, configuration.fichier)
        provenance = lu.command.provenance
        for reparation in lu.reparations:
            rapport.reparation(*ou, provenance.ligne, provenance.id_source, reparation)
        comptes["reparations"] += len(lu.reparations)
        etat = connus.get(lu.command.lieu_id, Etat(0, lieu.initial))
        try:
            faits = lieu.decide(lu.command, etat.state)
        except Refusal as refus:
            motifs[type(refus).__name__] += 1
            rapport.refus(*ou, provenance.ligne, provenance.id_source, _en_clair(refus, lu.command.fiche))
            continue
        comptes[_verdict(faits)] += 1
        if faits:
            ecritures.append((LIEU(lu.command.lieu_id).name, etat.version, faits))
    await store.append_bulk(ecritures, context)
    bilan = source.Bilan(
        lues=len(lus),
        referencees=comptes["referencees"],
        mises_a_jour=comptes["mises_a_jour"],
        inchangees=comptes["inchangees"],
        refusees=motifs.total(),
        reparations=comptes["reparations"],
        refus=tuple(sorted(motifs.items())),
    )
    await _constater(store, configuration, sha256, bilan, context, maintenant)
    return bilan


async def _constater(
    store: Store[Event],
    configuration: Configuration,
    sha256: str,
    bilan: source.Bilan,
    context: Context,
    maintenant: dt.datetime,
) -> None:
    source_id = source.identifier(configuration.code)
    command = source.ConstaterImport(
        source_id,
        configuration.code,
        configuration.nom,
        configuration.licence,
        configuration.fichier,
        sha256,
        configuration.edition,
        bilan,
        maintenant,
    )
    await store.execute(SOURCE(source_id), command, context)


def _verdict(faits: Sequence[lieu.Event]) -> str:
    match faits:
        case []:
            return "inchangees"
        case [lieu.LieuReference()]:
            return "referencees"
        case _:
            return "mises_a_jour"


def _en_clair(refus: Refusal, fiche: Fiche) -> Refus:
    champ = (refus.field or "").strip("/")
    valeur: Mapping[str, object] = asdict(fiche)
    avant = valeur.get(champ)
    return Refus(champ, type(refus).__name__, str(refus), "" if avant is None else str(avant))


def contexte(request_id: UUID) -> Context:
    """Qui écrit : l'import lui-même."""
    return Context(author="import", request_id=str(request_id))
