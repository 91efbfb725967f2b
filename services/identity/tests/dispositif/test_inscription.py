"""C1 et C2 : à qui la source connaît, l'inscription ne redemande rien de ce qu'elle sait."""

from typing import Any
from uuid import uuid4

import pytest
from faux_proconnect.dispositif import ADRESSE, Panne, contrat, fiche_simple, structure

INSCRIPTION = "/comptes/moi/inscription"
CONDITIONS = {"cgu_acceptees": True, "version_cgu": "2026-01"}
CHOIX = {"profil": "mediateur", **CONDITIONS}
LIEU = {"nom": "MÉDIATHÈQUE, des quatre C.", "adresse": {**ADRESSE, "code_postal": "39000"}}
"""As the source writes the lieu that `un_lieu` publishes."""
_ids = iter(range(7_000_000, 8_000_000))


def fiche(*structures: dict[str, Any], **champs: Any) -> dict[str, Any]:
    return fiche_simple(next(_ids), *(structures or (structure(contrat("2025-03-01")),)), **champs)


@pytest.fixture
async def reconnu(plateforme: Any, nouveau_navigateur: Any) -> Any:
    """Somebody who signs in for the first time, whom the source knows so."""

    async def entrer(sue: dict[str, Any] | None) -> Any:
        federation, navigateur = plateforme.personne(), nouveau_navigateur()
        if sue is not None:
            plateforme.source.fiches[federation.email] = sue
        await navigateur.se_connecter(federation)
        navigateur.email = federation.email
        return navigateur

    return entrer


async def lue(qui: Any) -> dict[str, Any]:
    reponse = await qui.passer("GET", INSCRIPTION)
    assert reponse.status_code == 200, reponse.text
    return reponse.json()


async def valider(qui: Any, statut: int = 201, **champs: Any) -> Any:
    corps = {"id": str(uuid4()), **CONDITIONS, **champs}
    reponse = await qui.passer("POST", f"{INSCRIPTION}/validation", corps)
    assert reponse.status_code == statut, reponse.text
    return reponse


async def test_c1_un_conseiller_aux_lieux_connus_n_a_plus_qu_a_relire(plateforme: Any, reconnu: Any) -> None:
    lieu = await plateforme.un_lieu()
    ailleurs = {"nom": "Inconnu de la carte", "adresse": {**ADRESSE, "code_postal": "39000"}}
    sans_adresse = {"nom": LIEU["nom"], "adresse": None}
    async with plateforme.database.raw() as connection:
        await connection.execute("delete from lieux_connus where lieu_id <> $1", lieu)
    lea = await reconnu(
        fiche(
            structure(contrat("2025-03-01", "2027-02-28"), nom="Ville de Léa"),
            lieux_activite=[ailleurs, sans_adresse, None, LIEU],
        )
    )
    assert (await lea.moi())["inscription"] == "recapitulatif"
    dite = await lue(lea)
    assert dite["etapes"] == ["recapitulatif"]
    assert (dite["profil"], dite["origine_profil"], dite["roles"]) == (
        "conseiller_numerique",
        "dispositif",
        ["mediateur"],
    )
    employeur = dite["employeur"]
    assert (employeur["nom"], employeur["origine"]) == ("Ville de Léa", "dispositif")
    assert (employeur["debut"], employeur["fin_prevue"], employeur["type_contrat"]) == (
        "2025-03-01",
        "2027-02-28",
        "cdd",
    )
    assert employeur["adresse"] == "1 rue de l'Exemple 75001 Paris"
    assert ([li["id"] for li in dite["lieux"]], dite["origine_lieux"]) == ([str(lieu)], "dispositif")

    # Nothing that a client says takes the place of what the source said, nor skips the conditions.
    for etape, corps in (
        ("profil", CHOIX),
        ("informations", {"profession": None}),
        ("lieux", {"lieux": [str(lieu)]}),
    ):
        refus = await lea.passer("PUT", f"{INSCRIPTION}/{etape}", corps)
        assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/EtapeHorsParcours")
    sans = await lea.passer("POST", f"{INSCRIPTION}/validation", {"id": str(uuid4())})
    assert [e["type"] for e in sans.json()["erreurs"]] == ["CguAAccepter"]

    validee = await valider(lea)
    assert (await lea.moi())["roles"] == ["mediateur"]
    attendre = {"X-Position": validee.headers["x-position"]}
    [emploi] = (await lea.passer("GET", "/comptes/moi/emplois", None, **attendre)).json()
    assert (emploi["emploi_id"], emploi["source"]) == (employeur["emploi_id"], "dispositif")
    assert (await lea.passer("GET", "/comptes/moi/reconnaissance")).json()["etat"] == "reconnue"


async def test_c1_sans_lieu_a_la_source_les_informations_et_les_lieux_restent(
    plateforme: Any, reconnu: Any
) -> None:
    lea = await reconnu(fiche())
    dite = await lue(lea)
    assert (dite["etapes"], dite["etape"]) == (["informations", "lieux", "recapitulatif"], "informations")
    tot = await lea.passer("POST", f"{INSCRIPTION}/validation", {"id": str(uuid4()), **CONDITIONS})
    assert [e["type"] for e in tot.json()["erreurs"]] == ["InformationsManquantes", "LieuxManquants"]
    await lea.passer("PUT", f"{INSCRIPTION}/informations", {"profession": "Conseillère"})
    lieux = {"lieux": [str(await plateforme.un_lieu())]}
    assert (await lea.passer("PUT", f"{INSCRIPTION}/lieux", lieux)).status_code == 204
    assert (await lue(lea))["origine_lieux"] == "declaration"
    await valider(lea)
    assert (await lea.moi())["roles"] == ["mediateur"]


async def test_c1_un_employeur_illisible_a_la_source_reste_a_dire(reconnu: Any) -> None:
    lea = await reconnu(fiche(structure(contrat("2025-03-01"), siret="x")))
    assert (await lue(lea))["etapes"] == ["informations", "employeur", "lieux", "recapitulatif"]


@pytest.mark.parametrize(
    ("lieux", "roles"), [(None, ["coordinateur"]), ([{}], ["mediateur", "coordinateur"])]
)
async def test_c2_conseiller_et_coordinateur_coordonne_et_n_est_mediateur_que_s_il_a_des_lieux(
    reconnu: Any, lieux: list[dict[str, Any]] | None, roles: list[str]
) -> None:
    sofia = await reconnu(fiche(is_coordinateur=True, lieux_activite=lieux))
    dite = await lue(sofia)
    assert (dite["etapes"], dite["profil"]) == (["recapitulatif"], "coordinateur_dispositif")
    assert sorted(dite["roles"]) == sorted(roles)
    validee = await valider(sofia)
    moi = await sofia.moi()
    assert (moi["roles"], moi["coordinateur_id"]) == (roles, validee.json()["id"])
    assert validee.json()["role"] == "coordinateur"
    assert (moi["mediateur_id"] is not None) == ("mediateur" in roles)
    # Sent again, the same.
    assert (await valider(sofia, 200, id=moi["coordinateur_id"])).json() == validee.json()
    assert (await sofia.moi())["mediateur_id"] == moi["mediateur_id"]
    lue_la = (await sofia.passer("GET", "/comptes/moi/reconnaissance")).json()
    assert lue_la["coordinateur_du_dispositif"] is True


async def test_coordinateur_seul_a_la_source_choisit_encore(reconnu: Any) -> None:
    qui = await reconnu(fiche(is_conseiller_numerique=False, is_coordinateur=True, lieux_activite=[LIEU]))
    dite = await lue(qui)
    assert (dite["etape"], dite["profil"], dite["employeur"], dite["lieux"]) == ("profil", None, None, [])


async def test_c6_une_source_muette_laisse_entrer_et_repond_ensuite(plateforme: Any, reconnu: Any) -> None:
    plateforme.source.panne = Panne.INDISPONIBLE
    lea = await reconnu(fiche())
    assert (await lue(lea))["etape"] == "profil"
    # She answers meanwhile: what the source says then takes its place, and the conditions stay accepted.
    assert (await lea.passer("PUT", f"{INSCRIPTION}/profil", CHOIX)).status_code == 204
    plateforme.source.panne = Panne.AUCUNE
    await plateforme.suivre("reprises")
    dite = await lue(lea)
    assert (dite["profil"], dite["version_cgu"]) == ("conseiller_numerique", "2026-01")
    assert dite["etapes"] == ["informations", "lieux", "recapitulatif"]


async def test_qui_vient_d_etre_cherche_a_la_connexion_ne_l_est_pas_deux_fois(
    plateforme: Any, reconnu: Any
) -> None:
    lea = await reconnu(None)
    await plateforme.suivre("reprises")
    assert plateforme.source.demandes.count(lea.email) == 1
