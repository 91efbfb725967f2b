"""Chaque composant dans chacun de ses états, pour qui développe (réglage `composants`)."""

from fastapi import APIRouter
from starlette.responses import Response

from portail.comparaison import Ligne
from portail.ecarts import Ailleurs, Ecart
from portail.formulaires import Saisie
from portail.graphiques import au_fil, colonnes, cote_a_cote
from portail.pages.publiques import TEXTES
from portail.plateforme import figures
from portail.visiteur import PourTous

router = APIRouter()

_TERMES = [
    {"code": "un", "libelle": "Premier choix"},
    {"code": "deux", "libelle": "Deuxième choix, dont le libellé est long"},
]
_MOIS = [
    {"debut": f"2026-{n:02}-01", "nombre": 40 * n, "individuels": 30 * n, "participants": 10 * n}
    for n in range(1, 7)
]
_COTE_A_COTE = [
    {"debut": m["debut"], "nombre": None if n == 3 else m["nombre"], "avant": 500 - 30 * n}
    for n, m in enumerate(_MOIS)
]
_DE_TOUS = {
    "professionnels": {
        "mois": [
            {"debut": m["debut"], "mediateurs": m["nombre"], "conseillers": None, "coordinateurs": 25}
            for m in _MOIS[:3]
        ]
    },
    "accompagnements": {
        "points": [
            {
                "debut": debut,
                "libelle": "Avant",
                "nombre": n,
                "mediateurs": n,
                "conseillers": n,
                "cumul": 2 * n,
            }
            for debut, n in ((None, 400), ("2026-01-01", 40), ("2026-02-01", 80))
        ]
    },
    "beneficiaires": {"points": []},
}
_SECTIONS = ("outils", "donnees")
"""De l'aide : les plus courtes, qui ont tout ce qu'a un texte."""
_REPONSES = [{"libelle": f"Réponse {n}", "nombre": 130 - 10 * n} for n in range(1, 13)]


@router.get("/composants")
async def composants(qui: PourTous) -> Response:
    """Les macros, avec et sans faute, vides et pleines."""
    actifs, avec_avant, _ = figures(_DE_TOUS)
    return qui.page(
        "composants.html",
        termes=_TERMES,
        vide=Saisie([]),
        remplie=Saisie([("rempli/choix", "un"), ("rempli/texte", "Ce qui a été écrit")]),
        fautes={"/faute/choix": "Choisissez une réponse.", "/faute/texte": "Écrivez quelque chose."},
        ailleurs=Ailleurs([Ecart("Nom", "Martin", "Martine"), Ecart("Genre", "", "Féminin")]),
        comparees=[
            Ligne("prenom", "Prénom", "Amina", "Amina"),
            Ligne("nom", "Nom", "Berger", "Bergé", "nom"),
            Ligne("courriel", "Courriel", "", "amina@exemple.fr", laisser="courriel"),
        ],
        une_faute={"/faute/texte": "Écrivez quelque chose."},
        g=colonnes(au_fil("mois", _MOIS)),
        cotes=cote_a_cote(au_fil("mois", _COTE_A_COTE)),
        actifs=actifs,
        avec_avant=avec_avant,
        textes=[s for s in TEXTES["aide"].sections if s.ancre in _SECTIONS],
        reponses=_REPONSES,
        communes=[{"nom": "Foix", "code_postal": "09000"}],
    )
