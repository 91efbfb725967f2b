"""E8 : ProConnect donne un autre SIRET ; la personne dit ce qu'il en est, ses emplois suivent."""

from typing import Any
from uuid import uuid4

import pytest
from faux_proconnect.dispositif import contrat, fiche_simple, structure

EMPLOYEUR = "/comptes/moi/employeur"
ICI, AUTRE = "13002603200016", "35600000009075"
VILLE = {"siret": AUTRE, "nom": "Ville d’avant", "debut": "2026-01-05"}


@pytest.fixture
async def lea(plateforme: Any, navigateur: Any) -> Any:
    """Médiatrice, employée ailleurs que là où ProConnect la dit."""
    await navigateur.se_connecter(plateforme.personne(siret=ICI))
    assert (await navigateur.s_inscrire(**VILLE)).status_code == 201
    await plateforme.rattraper("emplois")
    return navigateur


def reponse(nom: str, **champs: Any) -> dict[str, Any]:
    return {"reponse": nom, "siret": ICI, "emploi_id": str(uuid4()), "nom": "Agence", **champs}


async def emplois(navigateur: Any, position: str) -> dict[str, tuple[str, str | None]]:
    """By SIRET: first and last day."""
    lus = await navigateur.passer("GET", "/comptes/moi/emplois", **{"X-Position": position})
    return {e["siret"]: (e["debut"], e["fin"]) for e in lus.json()}


async def repondre(navigateur: Any, corps: dict[str, Any]) -> str:
    fait = await navigateur.passer("POST", EMPLOYEUR, corps)
    assert fait.status_code == 204, fait.text
    return str(fait.headers["x-position"])


async def a_dire(navigateur: Any) -> bool:
    return bool((await navigateur.moi())["employeur_a_dire"])


async def test_e8_un_nouvel_employeur_commence_ce_jour_et_l_ancien_finit_la_veille(
    plateforme: Any, lea: Any
) -> None:
    assert await a_dire(lea)
    assert (await lea.passer("GET", EMPLOYEUR)).json()["siret"] == ICI
    corps = reponse("nouvel_employeur", debut="2026-03-02")
    for _ in range(2):  # the same answer twice is one
        position = await repondre(lea, corps)
        assert await emplois(lea, position) == {
            ICI: ("2026-03-02", None),
            AUTRE: ("2026-01-05", "2026-03-01"),
        }
    assert not await a_dire(lea)
    assert (await lea.passer("GET", EMPLOYEUR)).json()["siret"] is None
    refus = await lea.passer("POST", EMPLOYEUR, reponse("nouvel_employeur", debut="2026-03-02"))
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/EmployeurNonDemande")


async def test_e8_un_second_employeur_laisse_le_premier(lea: Any) -> None:
    position = await repondre(lea, reponse("second_employeur", debut="2026-03-02"))
    assert await emplois(lea, position) == {ICI: ("2026-03-02", None), AUTRE: ("2026-01-05", None)}
    assert not await a_dire(lea)


async def test_e8_une_erreur_ne_change_rien_et_ne_se_redemande_pas(plateforme: Any, lea: Any) -> None:
    await repondre(lea, {"reponse": "erreur", "siret": "130 026 032 00016"})
    assert not await a_dire(lea)
    assert (await lea.passer("GET", EMPLOYEUR)).json()["siret"] is None
    assert "SiretEcarte" in await plateforme.faits((await lea.moi())["compte_id"])


async def test_e8_un_autre_siret_plus_tard_se_demande(
    plateforme: Any, navigateur: Any, nouveau_navigateur: Any
) -> None:
    personne = plateforme.personne(siret=ICI)
    await navigateur.se_connecter(personne)
    await navigateur.s_inscrire(**VILLE)
    await repondre(navigateur, {"reponse": "erreur", "siret": ICI})
    ailleurs = nouveau_navigateur()
    await ailleurs.se_connecter(plateforme.changer(personne, siret="35600000000048"))
    assert await a_dire(ailleurs)


async def test_e8_d_un_conseiller_en_contrat_la_source_fait_foi(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne(siret=ICI)
    plateforme.source.fiches[personne.email] = fiche_simple(
        6_000_801, structure(contrat("2025-03-01"), siret=AUTRE)
    )
    await navigateur.se_connecter(personne)
    await navigateur.recevoir_le_role()
    await navigateur.passer("POST", "/comptes/moi/reconnaissance/verification")
    await plateforme.rattraper("emplois")
    assert not await a_dire(navigateur)


async def test_une_reponse_incomplete_nomme_ses_champs_et_n_ecrit_rien(plateforme: Any, lea: Any) -> None:
    refus = await lea.passer("POST", EMPLOYEUR, {"reponse": "nouvel_employeur", "siret": ICI})
    assert refus.status_code == 422
    assert {e["pointeur"] for e in refus.json()["erreurs"]} == {"/emploi_id", "/nom", "/debut"}
    futur = await lea.passer("POST", EMPLOYEUR, reponse("nouvel_employeur", debut="2100-01-01"))
    assert {e["pointeur"] for e in futur.json()["erreurs"]} == {"/debut"}
    autre = await lea.passer("POST", EMPLOYEUR, {"reponse": "erreur", "siret": AUTRE})
    assert (autre.status_code, autre.json()["erreurs"][0]["pointeur"]) == (409, "/siret")
    assert await a_dire(lea)


async def test_pendant_l_inscription_rien_n_est_demande(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne(siret=ICI))
    assert not await a_dire(navigateur)
    assert (await navigateur.passer("GET", EMPLOYEUR)).json()["siret"] is None
