"""Ce qu'un téléphone télécharge pour la première page qu'il ouvre."""

import pytest
from poids import APPELS, peser
from visite import TELEPHONE, Visites

KO = 1024
REQUETES = 6
SCRIPTS = 8 * KO
ELEMENTS = 1_200

OCTETS = {
    "/": 45 * KO,
    "/connexion": 30 * KO,
    "/trouver?departement=71": 120 * KO,
    "/espace": 45 * KO,
    "/espace/cra/individuel": 30 * KO,
    "/espace/cra/atelier": 30 * KO,
    "/espace/activites": 45 * KO,
    "/espace/statistiques": 45 * KO,
}


@pytest.mark.parametrize("chemin", OCTETS)
async def test_une_premiere_page_reste_legere(visites: Visites, chemin: str) -> None:
    nom = f"Legere{list(OCTETS).index(chemin)}"
    page = (
        (await visites.inscrite(nom, taille=TELEPHONE))[0]
        if chemin.startswith("/espace")
        else await visites.anonyme(taille=TELEPHONE)
    )
    poids = await peser(page, chemin)
    assert poids.octets <= OCTETS[chemin]
    assert poids.scripts <= SCRIPTS
    assert poids.elements <= ELEMENTS
    assert poids.requetes <= REQUETES, poids.adresses
    assert poids.appels <= APPELS + chemin.startswith("/espace")
