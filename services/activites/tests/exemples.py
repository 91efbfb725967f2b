"""Saisies et événements d'exemple, à varier par `replace`."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from activites.domain.activite import (
    CorrigerActivite,
    EnregistrerActivite,
    RestaurerActivite,
    SupprimerActivite,
    decide,
    evolve,
    initial,
)
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Contenu,
    Participants,
    contenu_de,
)
from activites.domain.vocabulaire import (
    ActiviteId,
    Commune,
    CompteId,
    Genre,
    LieuConnu,
    LieuId,
    Materiel,
    MediateurId,
    StructureId,
    Thematique,
    TypeActivite,
    TypeLieu,
)

ACTIVITE = ActiviteId(UUID("0190a000-0000-7000-8000-000000000001"))
MOI = MediateurId(UUID("0190a000-0000-7000-8000-0000000000a1"))
MON_COMPTE = CompteId(UUID("0190a000-0000-7000-8000-0000000000b1"))
UN_AUTRE = MediateurId(UUID("0190a000-0000-7000-8000-0000000000a2"))
STRUCTURE = StructureId(UUID("0190a000-0000-7000-8000-0000000000c1"))
LIEU = LieuId(UUID("0190a000-0000-7000-8000-0000000000d1"))
AUJOURD_HUI = dt.date(2026, 7, 1)
MAINTENANT = dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)
PLUS_TARD = MAINTENANT + dt.timedelta(hours=1)

DIJON = Commune("Dijon", "21000", "21231")
MEDIATHEQUE = LieuConnu(LIEU, "Chenôve", "21300", "21166", "21")

INDIVIDUEL = Contenu(
    type=TypeActivite.INDIVIDUEL,
    date=dt.date(2026, 6, 30),
    duree_minutes=45,
    type_lieu=TypeLieu.DOMICILE,
    commune=DIJON,
    thematiques=(Thematique.EMAIL, Thematique.SANTE),
    materiels=(Materiel.ORDINATEUR,),
    participants=Participants(1, genres={Genre.FEMININ: 1}),
    notes="<p>Madame Dupont a créé sa boîte.</p>",
)
ATELIER = Contenu(
    type=TypeActivite.COLLECTIF,
    date=dt.date(2026, 6, 29),
    duree_minutes=120,
    type_lieu=TypeLieu.LIEU_ACTIVITE,
    lieu_id=LIEU,
    thematiques=(Thematique.BUREAUTIQUE,),
    titre_atelier="Le tableur pas à pas",
    participants=Participants(12, 4, genres={Genre.MASCULIN: 5, Genre.FEMININ: 7}),
)


def enregistrer(contenu: Contenu, **autres: object) -> EnregistrerActivite:
    commande = EnregistrerActivite(
        activite_id=ACTIVITE,
        par=MOI,
        compte_id=MON_COMPTE,
        contenu=contenu,
        emploi=STRUCTURE,
        lieu=MEDIATHEQUE,
        lieux_siens=frozenset({LIEU}),
        tags_visibles=frozenset(contenu.tags),
        aujourd_hui=AUJOURD_HUI,
        maintenant=MAINTENANT,
    )
    return replace(commande, **autres)


def corriger(contenu: Contenu, **autres: object) -> CorrigerActivite:
    commande = CorrigerActivite(
        activite_id=ACTIVITE,
        par=MOI,
        compte_id=MON_COMPTE,
        contenu=contenu,
        emploi=STRUCTURE,
        lieu=MEDIATHEQUE,
        lieux_siens=frozenset({LIEU}),
        tags_visibles=frozenset(contenu.tags),
        aujourd_hui=AUJOURD_HUI,
        maintenant=PLUS_TARD,
    )
    return replace(commande, **autres)


def supprimer(par: MediateurId = MOI) -> SupprimerActivite:
    return SupprimerActivite(activite_id=ACTIVITE, par=par, compte_id=MON_COMPTE, maintenant=PLUS_TARD)


def enregistree(contenu: Contenu) -> ActiviteEnregistree:
    """L'événement que donne l'enregistrement de cette saisie."""
    (event,) = decide(enregistrer(contenu), initial)
    assert isinstance(event, ActiviteEnregistree)
    assert contenu_de(event) == contenu
    return event


def corrigee(avant: Contenu, apres: Contenu) -> ActiviteCorrigee:
    """L'événement que donne la correction de `avant` en `apres`."""
    (event,) = decide(corriger(apres), evolve(initial, enregistree(avant)))
    assert isinstance(event, ActiviteCorrigee)
    return event


SUPPRIMEE = ActiviteSupprimee(
    activite_id=ACTIVITE,
    mediateur_id=MOI,
    compte_id=MON_COMPTE,
    departement="21",
    type=ATELIER.type,
    date=ATELIER.date,
    supprimee_le=PLUS_TARD,
)


def restaurer(apres: dt.timedelta = dt.timedelta(days=1), par: MediateurId = MOI) -> RestaurerActivite:
    return RestaurerActivite(activite_id=ACTIVITE, par=par, maintenant=PLUS_TARD + apres)


def restauree(contenu: Contenu) -> ActiviteRestauree:
    """L'événement que donne le retour sur la suppression de cette saisie."""
    etat = evolve(evolve(initial, enregistree(contenu)), SUPPRIMEE)
    (event,) = decide(restaurer(), etat)
    assert isinstance(event, ActiviteRestauree)
    return event
