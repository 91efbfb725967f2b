"""Ce que lit la personne, au mot près : docs/domaine/activites.md §2 et §4."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from activites.domain import coordination_regles, regles
from activites.domain.coordination_vocabulaire import (
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeEvenement,
)
from activites.domain.faits import Participants, normaliser
from activites.domain.vocabulaire import Genre, Thematique, TypeLieu

from .exemples import ATELIER, AUJOURD_HUI, INDIVIDUEL
from .exemples_coordination import ANIMATION, EVENEMENT, PARTENARIAT

AIDE = '"Aide aux démarches administratives" est sélectionnée'
SOMME = "La somme des données socio-démographiques dépasse le total des bénéficiaires anonymes"
SANS_PERSONNE = "Veuillez renseigner au moins un bénéficiaire suivi ou anonyme"


@pytest.mark.parametrize(
    ("saisie", "change", "champ", "message"),
    [
        (INDIVIDUEL, {"duree_minutes": 0}, "/duree_minutes", "Veuillez renseigner une durée"),
        (ATELIER, {"lieu_id": None}, "/lieu_id", "Veuillez renseigner le lieu d’activité"),
        (INDIVIDUEL, {"commune": None}, "/commune", "Veuillez renseigner la commune"),
        (
            INDIVIDUEL,
            {"commune": None, "type_lieu": TypeLieu.AUTRE},
            "/commune",
            "Veuillez renseigner la commune",
        ),
        (INDIVIDUEL, {"thematiques": ()}, "/thematiques", "Veuillez renseigner au moins une thématique"),
        (
            INDIVIDUEL,
            {"thematiques": (Thematique.LOGEMENT,)},
            "/thematiques",
            f"Les thématiques administratives ne sont autorisées que si la thématique {AIDE}",
        ),
        (
            INDIVIDUEL,
            {"precisions_demarche": "Un passeport"},
            "/precisions_demarche",
            "La précision de la démarche ne peut être renseignée que si la thématique "
            '"Aides aux démarches administratives" est sélectionnée',
        ),
        (ATELIER, {"participants": Participants(0)}, "/participants/total", SANS_PERSONNE),
        (ATELIER, {"participants": Participants(2, 3)}, "/participants/deja_accompagnes", SOMME),
        (
            ATELIER,
            {"participants": Participants(2, genres={Genre.FEMININ: 3})},
            "/participants/genres",
            SOMME,
        ),
        # Ours: the rule is one the platform of before had not.
        (INDIVIDUEL, {"date": dt.date(2099, 1, 1)}, "/date", "La date de l’activité est dans le futur."),
        (
            INDIVIDUEL,
            {"date": dt.date(2014, 12, 31)},
            "/date",
            "La date de l’activité est antérieure au 1er janvier 2015.",
        ),
        (
            INDIVIDUEL,
            {"duree_minutes": 1440},
            "/duree_minutes",
            "De 0 à 23 heures et de 0 à 59 minutes",
        ),
    ],
)
def test_chaque_faute_d_une_mediation_a_sa_phrase(
    saisie: Any, change: dict[str, Any], champ: str, message: str
) -> None:
    dites = regles.fautes(normaliser(replace(saisie, **change)), AUJOURD_HUI)
    assert [(une.field, str(une)) for une in dites] == [(champ, message)]


@pytest.mark.parametrize(
    ("saisie", "change", "champ", "message"),
    [
        (
            ANIMATION,
            {"mediateurs": 0, "structures": 0, "autres_acteurs": 0},
            "/mediateurs",
            "Veuillez renseigner au moins un médiateur, une structure ou un autre acteur",
        ),
        (
            ANIMATION,
            {"type_animation": TypeAnimation.AUTRE, "type_animation_autre": None},
            "/type_animation_autre",
            "Veuillez préciser le type d’animation",
        ),
        (
            ANIMATION,
            {"thematiques_animation": (ThematiqueAnimation.AUTRE,), "thematique_animation_autre": None},
            "/thematique_animation_autre",
            "Veuillez préciser la thématique d’animation",
        ),
        (
            EVENEMENT,
            {"participants": -1},
            "/participants",
            "Le nombre de participants doit être positif",
        ),
        (
            EVENEMENT,
            {"type_evenement": TypeEvenement.AUTRE, "type_evenement_autre": None},
            "/type_evenement_autre",
            "Veuillez préciser le type d’évènement",
        ),
        (
            EVENEMENT,
            {"organisateurs": (Organisateur.AUTRE,), "organisateur_autre": None},
            "/organisateur_autre",
            "Veuillez préciser l’organisateur",
        ),
        (
            PARTENARIAT,
            {"structures_partenaires": ()},
            "/structures_partenaires",
            "Au moins une structure partenaire est requise",
        ),
        (
            PARTENARIAT,
            {"natures_partenariat": (NaturePartenariat.AUTRE,), "nature_partenariat_autre": None},
            "/nature_partenariat_autre",
            "Veuillez préciser la nature du partenariat",
        ),
    ],
)
def test_chaque_faute_d_une_coordination_a_sa_phrase(
    saisie: Any, change: dict[str, Any], champ: str, message: str
) -> None:
    dites = coordination_regles.fautes(replace(saisie, **change), AUJOURD_HUI)
    assert [(une.field, str(une)) for une in dites] == [(champ, message)]
