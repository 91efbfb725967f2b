"""L'annuaire des entreprises de l'État : ce qu'on en lit, et ce qu'on n'en croit pas."""

import json
from typing import Any

import pytest
from identity.domain.vocabulaire import Verification
from identity.entreprises.annuaire import PROPOSES, AnnuaireInjoignable, verifier

SIRET = "13002603200016"


async def test_un_siret_se_retrouve_avec_sa_commune_et_son_etat(faux_annuaire: Any) -> None:
    _, recherche = faux_annuaire
    trouve = await recherche.etablissement(SIRET)
    assert (trouve.siret, trouve.nom, trouve.code_insee, trouve.ouvert) == (
        SIRET,
        "VILLE D'EXEMPLE",
        "39300",
        True,
    )


@pytest.mark.parametrize(
    ("etat", "dit"), [("A", Verification.OUVERT), ("F", Verification.FERME), ("?", Verification.FERME)]
)
async def test_l_etat_d_un_etablissement_est_dit(faux_annuaire: Any, etat: str, dit: Verification) -> None:
    faux, recherche = faux_annuaire
    faux.etat = etat
    assert await verifier(recherche, SIRET) is dit


async def test_un_siret_absent_est_inconnu_pas_faux(faux_annuaire: Any) -> None:
    faux, recherche = faux_annuaire
    faux.corps = b'{"results": []}'
    assert await verifier(recherche, SIRET) is Verification.INCONNU


@pytest.mark.parametrize(
    "corps", [b"", b"<html>", b"[]", b'{"results": {}}', b"[" * 100_000, b" " * 1_000_001], ids=len
)
async def test_une_reponse_illisible_ou_sans_fin_vaut_un_silence(faux_annuaire: Any, corps: bytes) -> None:
    faux, recherche = faux_annuaire
    faux.corps = corps
    with pytest.raises(AnnuaireInjoignable) as muet:
        await recherche.chercher("mairie")
    assert (str(muet.value), muet.value.__cause__) == ("", None)
    assert await verifier(recherche, SIRET) is Verification.A_VERIFIER


@pytest.mark.parametrize("statut", [302, 404, 429, 500])
async def test_tout_autre_statut_vaut_un_silence(faux_annuaire: Any, statut: int) -> None:
    faux, recherche = faux_annuaire
    faux.statut = statut
    assert await verifier(recherche, SIRET) is Verification.A_VERIFIER


async def test_un_annuaire_trop_lent_vaut_un_silence(faux_annuaire: Any) -> None:
    faux, recherche = faux_annuaire
    faux.secondes, recherche._secondes = 600, 0.3
    assert await verifier(recherche, SIRET) is Verification.A_VERIFIER


async def test_ce_qui_est_illisible_dans_une_reponse_n_ote_pas_le_reste(faux_annuaire: Any) -> None:
    faux, recherche = faux_annuaire
    bon = {"siret": SIRET, "adresse": 3, "commune": None, "etat_administratif": "A"}
    resultats: list[Any] = [
        None,
        3,
        {"siege": bon},
        {"nom_complet": "x" * 9000, "siege": {"siret": "0" * 14}},
    ]
    resultats.append({"nom_complet": "y" * 9000, "siege": None, "matching_etablissements": [bon, "?"]})
    faux.corps = json.dumps({"results": resultats}).encode()
    [trouve] = await recherche.chercher("mairie")
    assert (trouve.siret, len(trouve.nom), trouve.adresse, trouve.code_insee) == (SIRET, 200, "", None)


async def test_dix_etablissements_au_plus(faux_annuaire: Any) -> None:
    faux, recherche = faux_annuaire
    # La Poste: any number whose digits add up to a multiple of five.
    numeros = [f"356000000{n:05}" for n in range(2000) if (14 + sum(map(int, f"{n:05}"))) % 5 == 0]
    trouves = [{"siret": numero} for numero in numeros]
    faux.corps = json.dumps(
        {"results": [{"nom_complet": "La Poste", "matching_etablissements": trouves}]}
    ).encode()
    assert len(await recherche.chercher("poste")) == PROPOSES
