"""Comptes rendus de coordination d'exemple, à varier par `replace`."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from activites.domain.coordination import (
    CorrigerCoordination,
    EnregistrerCoordination,
    RestaurerCoordination,
    SupprimerCoordination,
    decide,
    evolve,
    initial,
)
from activites.domain.coordination_faits import (
    Contenu,
    CoordinationCorrigee,
    CoordinationEnregistree,
    CoordinationRestauree,
    CoordinationSupprimee,
    StructureConcernee,
    StructurePartenaire,
    contenu_de,
)
from activites.domain.coordination_vocabulaire import (
    CoordinateurId,
    CoordinationId,
    EchelonTerritorial,
    Initiative,
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
from activites.domain.vocabulaire import CompteId

from .exemples import AUJOURD_HUI, MAINTENANT, MON_COMPTE, PLUS_TARD

CRA = CoordinationId(UUID("0190a000-0000-7000-8000-0000000000e1"))
MOI = CoordinateurId(UUID("0190a000-0000-7000-8000-0000000000f1"))
UN_AUTRE = CoordinateurId(UUID("0190a000-0000-7000-8000-0000000000f2"))
ROSE = CompteId(UUID("0190a000-0000-7000-8000-0000000000b7"))
SIRET = "13002603200016"

ANIMATION = Contenu(
    type=TypeCoordination.ANIMATION,
    date=dt.date(2026, 6, 30),
    duree_minutes=90,
    mediateurs=4,
    structures=1,
    type_animation=TypeAnimation.AUTRE,
    type_animation_autre="Marche exploratoire",
    initiative=Initiative.DEMANDE,
    thematiques_animation=(ThematiqueAnimation.RESEAU, ThematiqueAnimation.AUTRE),
    thematique_animation_autre="Aller vers",
    personnes=(ROSE,),
    structures_concernees=(StructureConcernee("Mairie de Dijon", SIRET),),
    notes="<p>Avec Madame Dupont.</p>",
)
EVENEMENT = Contenu(
    type=TypeCoordination.EVENEMENT,
    date=dt.date(2026, 6, 29),
    nom="Forum du numérique",
    participants=120,
    type_evenement=TypeEvenement.GRAND_PUBLIC,
    organisateurs=(Organisateur.MA_STRUCTURE, Organisateur.COMMUNE),
    echelon_territorial=EchelonTerritorial.DEPARTEMENTAL,
)
PARTENARIAT = Contenu(
    type=TypeCoordination.PARTENARIAT,
    date=dt.date(2026, 6, 28),
    nom="Parcours d’accueil",
    natures_partenariat=(NaturePartenariat.PARCOURS_USAGER,),
    echelon_territorial=EchelonTerritorial.COMMUNAL,
    structures_partenaires=(
        StructurePartenaire("CCAS de Chenôve", TypePartenaire.COMMUNE, siret=SIRET),
        StructurePartenaire("Les Amis du web", TypePartenaire.AUTRE, "Collectif d’habitants"),
    ),
)
TOUS = (ANIMATION, EVENEMENT, PARTENARIAT)


def enregistrer(contenu: Contenu, **autres: object) -> EnregistrerCoordination:
    commande = EnregistrerCoordination(
        coordination_id=CRA,
        par=MOI,
        compte_id=MON_COMPTE,
        contenu=contenu,
        tags_visibles=frozenset(contenu.tags),
        connues=frozenset(contenu.personnes),
        aujourd_hui=AUJOURD_HUI,
        maintenant=MAINTENANT,
    )
    return replace(commande, **autres)


def corriger(contenu: Contenu, **autres: object) -> CorrigerCoordination:
    commande = CorrigerCoordination(
        coordination_id=CRA,
        par=MOI,
        compte_id=MON_COMPTE,
        contenu=contenu,
        tags_visibles=frozenset(contenu.tags),
        connues=frozenset(contenu.personnes),
        aujourd_hui=AUJOURD_HUI,
        maintenant=PLUS_TARD,
    )
    return replace(commande, **autres)


def supprimer(par: CoordinateurId = MOI) -> SupprimerCoordination:
    return SupprimerCoordination(coordination_id=CRA, par=par, compte_id=MON_COMPTE, maintenant=PLUS_TARD)


def restaurer(apres: dt.timedelta = dt.timedelta(0), par: CoordinateurId = MOI) -> RestaurerCoordination:
    return RestaurerCoordination(coordination_id=CRA, par=par, maintenant=PLUS_TARD + apres)


def enregistree(contenu: Contenu) -> CoordinationEnregistree:
    """Le fait que donne l'enregistrement de cette saisie."""
    (fait,) = decide(enregistrer(contenu), initial)
    assert isinstance(fait, CoordinationEnregistree)
    assert contenu_de(fait) == contenu
    return fait


def corrigee(avant: Contenu, apres: Contenu) -> CoordinationCorrigee:
    """Le fait que donne la correction de `avant` en `apres`."""
    (fait,) = decide(corriger(apres), evolve(initial, enregistree(avant)))
    assert isinstance(fait, CoordinationCorrigee)
    return fait


def supprimee(contenu: Contenu) -> CoordinationSupprimee:
    (fait,) = decide(supprimer(), evolve(initial, enregistree(contenu)))
    assert isinstance(fait, CoordinationSupprimee)
    return fait


def restauree(contenu: Contenu) -> CoordinationRestauree:
    etat = evolve(evolve(initial, enregistree(contenu)), supprimee(contenu))
    (fait,) = decide(restaurer(), etat)
    assert isinstance(fait, CoordinationRestauree)
    return fait
