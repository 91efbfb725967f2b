"""/coordinations/{id}/histoire : ce qu'il est advenu d'une activité de coordination, pour son auteur."""

from collections.abc import Mapping, Sequence
from typing import assert_never
from uuid import UUID

from fastapi import APIRouter
from referentiels.dates import en_lettres
from referentiels.nomenclature import Nomenclature
from web.auth import Coordinateur
from web.pages import FactCursor, FactLimit, Page
from web.policies import allow
from web.problems import problems
from web.wiring import ClockDep, StoreDep

from activites.api.changements import Changement, duree_en_mots, etiquettes
from activites.api.etiquettes import etiquettes_lues
from activites.api.histoire import FaitDeCompteRendu, Raconte, raconter
from activites.domain.coordination import COORDINATION
from activites.domain.coordination_faits import (
    CoordinationCorrigee,
    CoordinationDecrite,
    CoordinationEnregistree,
    CoordinationRestauree,
    CoordinationSupprimee,
    Event,
    StructurePartenaire,
    TextesDeCoordinationEffaces,
    contenu_de,
)
from activites.domain.coordination_refus import CoordinationInconnue
from activites.exports.coordinations import avec_autre
from activites.exports.libelles import libelle
from activites.exports.textes import en_texte
from activites.policies.coordinations import SA_COORDINATION
from activites.policies.personne import SiensDep

router = APIRouter(prefix="/coordinations", tags=["Coordination"])


@router.get(
    "/{coordination_id:uuid}/histoire",
    responses=problems(CoordinationInconnue),
    dependencies=[allow(SA_COORDINATION)],
)
async def lire(
    coordination_id: UUID,
    moi: Coordinateur,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    limite: FactLimit = 50,
    apres: FactCursor = None,
) -> Page[FaitDeCompteRendu]:
    """L'histoire d'une de ses activités de coordination, le plus récent d'abord, supprimée ou non."""
    faits = await store.load(COORDINATION(coordination_id))
    decrites = [r.event for r in faits if isinstance(r.event, CoordinationDecrite)]
    posees = {tag for d in decrites for tag in d.tags}
    noms = {
        pose: lue.nom for pose, lue in (await etiquettes_lues(store.database, moi, clock, posees)).items()
    }
    avant: CoordinationDecrite | None = None
    racontes: list[Raconte] = []
    for recorded in faits:
        event: Event = recorded.event
        changes = _changements(avant, event, noms) if avant and isinstance(event, CoordinationDecrite) else []
        if isinstance(event, CoordinationDecrite):
            avant = event
        racontes.append((recorded, _phrase(event), changes))
    return raconter(racontes, siens, limite, apres)


def _changements(
    avant: CoordinationDecrite, apres: CoordinationDecrite, noms: Mapping[UUID, str]
) -> list[Changement]:
    """Dans l'ordre des questions. noms : des étiquettes que son auteur voit."""
    la, ici = _reponses(avant, noms), _reponses(apres, noms)
    changes = [Changement(q, la[q], ici[q]) for q in ici if la[q] != ici[q]]
    venues, parties = set(apres.personnes) - set(avant.personnes), set(avant.personnes) - set(apres.personnes)
    if venues or parties:
        # Their names are another service's.
        mots = [f"{len(venues)} de plus"] * bool(venues) + [f"{len(parties)} de moins"] * bool(parties)
        changes.append(Changement("Personnes concernées", str(len(avant.personnes)), ", ".join(mots)))
    return changes


def _reponses(d: CoordinationDecrite, noms: Mapping[UUID, str]) -> dict[str, str]:
    c = contenu_de(d)
    dites = {
        "Nom": c.nom,
        "Type d’animation": _choisis([c.type_animation], c.type_animation_autre),
        "Thématiques": _choisis(c.thematiques_animation, c.thematique_animation_autre),
        "Initiative": libelle(c.initiative),
        "Type d’évènement": _choisis([c.type_evenement], c.type_evenement_autre),
        "Organisé par": _choisis(c.organisateurs, c.organisateur_autre),
        "Nature du partenariat": _choisis(c.natures_partenariat, c.nature_partenariat_autre),
        "Durée": duree_en_mots(c.duree_minutes) if c.duree_minutes else None,
        "Jour": en_lettres(c.date),
        "Participants": str(c.participants) if c.participants is not None else None,
        "Médiateur·ice·s numériques": str(c.mediateurs or ""),
        "Structures": str(c.structures or ""),
        "Autres acteur·ice·s": str(c.autres_acteurs or ""),
        "Échelon territorial": libelle(c.echelon_territorial),
        "Structures concernées": " ; ".join(_structure(s.nom, s.siret) for s in c.structures_concernees),
        "Structures partenaires": " ; ".join(_partenaire(s) for s in c.structures_partenaires),
        "Étiquettes": etiquettes(c.tags, noms),
        "Notes": en_texte(c.notes),
    }
    return {question: reponse or "" for question, reponse in dites.items()}


def _choisis(codes: Sequence[Nomenclature | None], texte: str | None) -> str:
    return (avec_autre(codes, texte) or "").replace("\n", ", ")


def _structure(*dits: str | None) -> str:
    return ", ".join(filter(None, dits))


def _partenaire(s: StructurePartenaire) -> str:
    return _structure(s.nom, _choisis([s.type], s.type_autre), s.siret)


def _phrase(event: Event) -> str:
    match event:
        case CoordinationEnregistree():
            return "Compte rendu enregistré."
        case CoordinationCorrigee():
            return "Compte rendu corrigé."
        case CoordinationSupprimee():
            return "Compte rendu supprimé : il se reprend pendant 30 jours."
        case CoordinationRestauree():
            return "Suppression annulée : le compte rendu est repris."
        case TextesDeCoordinationEffaces():
            return "Ce qui y était écrit est détruit. Le reste compte toujours."
        case _:
            assert_never(event)
