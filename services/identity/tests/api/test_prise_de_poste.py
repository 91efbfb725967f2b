"""Les étapes d’une prise de poste : les siennes, et celles des membres d’une équipe que l’on coordonne."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from faux_proconnect.dispositif import contrat, fiche_simple, structure
from process.clock import Clock
from referentiels.calendrier import decaler

MIENNE = "/comptes/moi/prise-de-poste"


@pytest.fixture
async def lea(plateforme: Any, navigateur: Any) -> Any:
    await navigateur.se_connecter(plateforme.personne())
    await navigateur.recevoir_le_role()
    return navigateur


async def etape(navigateur: Any, code: str, chemin: str = MIENNE) -> dict[str, Any]:
    lue = await navigateur.passer("GET", chemin)
    assert lue.status_code == 200, lue.text
    [trouvee] = [e for e in lue.json()["etapes"] if e["etape"] == code]
    return trouvee


async def test_une_etape_se_declare_se_corrige_et_se_retire(lea: Any) -> None:
    assert (await etape(lea, "ccp1"))["avancement"] == "a_faire"
    for le in ("2026-03-02", "2026-03-03"):
        assert (await lea.passer("PUT", f"{MIENNE}/ccp1", {"le": le})).status_code == 204
    lue = await etape(lea, "ccp1")
    assert (lue["avancement"], lue["le"], lue["source"], lue["modifiable"]) == (
        "faite", "2026-03-03", "declaration", True,
    )  # fmt: skip
    assert lue["qui"]
    assert lue["outil"]
    assert (await lea.passer("DELETE", f"{MIENNE}/ccp1")).status_code == 204
    assert (await etape(lea, "ccp1"))["le"] is None


async def test_une_date_future_est_refusee_une_etape_inconnue_introuvable(plateforme: Any, lea: Any) -> None:
    demain = Clock(plateforme.heure.lire).today() + dt.timedelta(days=2)
    refus = await lea.passer("PUT", f"{MIENNE}/ccp1", {"le": demain.isoformat()})
    assert (refus.status_code, refus.json()["type"]) == (422, "/problemes/EtapeDansLeFutur")
    assert refus.json()["erreurs"][0]["pointeur"] == "/le"
    assert (await lea.passer("PUT", f"{MIENNE}/inconnue", {"le": "2026-03-02"})).status_code == 422


async def test_ce_que_dit_le_dispositif_vient_de_lui_et_ne_se_corrige_pas_ici(
    plateforme: Any, lea: Any
) -> None:
    await lea.passer("PUT", f"{MIENNE}/pix", {"le": "2026-03-02"})
    courriel = (await lea.moi())["courriel"]
    plateforme.source.fiches[courriel] = fiche_simple(
        6_000_001,
        structure(contrat("2025-03-01")),
        prise_de_poste=[{"etape": "pix", "le": "2026-02-01"}, {"etape": "convention", "le": "2025-02-01"}],
    )
    verifiee = await lea.passer("POST", "/comptes/moi/reconnaissance/verification")
    assert verifiee.status_code == 200, verifiee.text
    lue = await etape(lea, "pix")
    assert (lue["le"], lue["source"], lue["modifiable"]) == ("2026-02-01", "dispositif", False)
    assert (await etape(lea, "contrat_precedent_rompu"))["avancement"] == "sans_objet"
    refus = await lea.passer("PUT", f"{MIENNE}/pix", {"le": "2026-03-02"})
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/EtapeDuDispositif")


async def test_son_coordinateur_lit_les_etapes_d_un_membre_actuel_et_de_lui_seul(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    await lea.passer("PUT", f"{MIENNE}/ccp1", {"le": "2026-03-02"})
    compte_id = UUID((await lea.moi())["compte_id"])
    chemin = f"/comptes/{compte_id}/prise-de-poste"
    marc = nouveau_navigateur()
    await marc.se_connecter(plateforme.personne())
    await marc.recevoir_le_role("coordinateur")
    assert (await marc.passer("GET", chemin)).status_code == 404
    # What identity heard from equipes.
    equipe_id, coordinateur_id = uuid4(), UUID((await marc.moi())["coordinateur_id"])
    async with plateforme.database.raw() as connection:
        await connection.execute("insert into coordinations values ($1, $2)", equipe_id, coordinateur_id)
        await connection.execute("insert into membres values ($1, $2)", equipe_id, compte_id)
    lue = await etape(marc, "ccp1", chemin)
    assert (lue["le"], lue["modifiable"]) == ("2026-03-02", False)
    assert (await marc.passer("GET", f"/comptes/{uuid4()}/prise-de-poste")).status_code == 404
    assert (await lea.passer("GET", chemin)).status_code == 403
    async with plateforme.database.raw() as connection:
        await connection.execute("delete from membres where equipe_id = $1", equipe_id)
    assert (await marc.passer("GET", chemin)).status_code == 404


async def test_un_contrat_qui_finit_est_annonce_trois_mois_avant(plateforme: Any, lea: Any) -> None:
    aujourd_hui = Clock(plateforme.heure.lire).today()
    fin = decaler(aujourd_hui, 4)
    corps = {
        "id": str(uuid4()),
        "siret": "13002603200016",
        "nom": "Ville d'Exemple",
        "debut": "2026-01-05",
        "fin_prevue": fin.isoformat(),
        "type_contrat": "cdd",
    }
    assert (await lea.passer("POST", "/comptes/moi/emplois", corps)).status_code == 201

    async def alerte() -> Any:
        await plateforme.suivre("fins_de_contrat")
        faits = await plateforme.store.load(f"emploi-{corps['id']}")
        return [f.event.seuil for f in faits if type(f.event).__name__ == "FinDeContratApprochee"]

    assert await alerte() == []
    plateforme.heure.avancer(days=(decaler(fin, -3) - aujourd_hui).days + 1)
    assert await alerte() == ["trois_mois"]
    plateforme.heure.avancer(days=62)
    assert await alerte() == ["trois_mois", "un_mois"]
    plateforme.heure.decalage = dt.timedelta()
    await plateforme.rattraper("emplois")
    [lu] = (await lea.passer("GET", "/comptes/moi/emplois")).json()
    assert (lu["alerte"], lu["principal"], lu["contrat"].startswith("CDD - Durée")) == ("un_mois", True, True)


async def test_un_emploi_declare_se_corrige_et_son_histoire_le_dit(plateforme: Any, lea: Any) -> None:
    corps = {"siret": "13002603200016", "nom": "Ville", "debut": "2026-01-05", "fin_prevue": None}
    emploi_id = str(uuid4())
    await lea.passer("POST", "/comptes/moi/emplois", {"id": emploi_id, **corps})
    corrige = {**corps, "nom": "Association", "siret": "35600000009075", "type_contrat": "cdi"}
    reponse = await lea.passer("PUT", f"/comptes/moi/emplois/{emploi_id}", corrige)
    assert reponse.status_code == 204, reponse.text
    attendre = {"X-Position": reponse.headers["x-position"]}
    [lu] = (await lea.passer("GET", "/comptes/moi/emplois", None, **attendre)).json()
    assert (lu["nom_structure"], lu["siret"], lu["contrat"]) == ("Association", "35600000009075", "CDI")
    ancienne = await lea.passer("PUT", f"/comptes/moi/emplois/{emploi_id}", corps, **{"If-Match": '"1"'})
    assert ancienne.status_code == 412
    faux = await lea.passer("PUT", f"/comptes/moi/emplois/{emploi_id}", {**corps, "siret": "1"})
    assert (faux.status_code, faux.json()["type"]) == (422, "/problemes/SiretMalForme")
    histoire = (await lea.passer("GET", "/comptes/moi/histoire")).json()["elements"]
    assert any(f["phrase"].startswith("Emploi corrigé, déclaré : Association") for f in histoire)


async def test_le_jour_d_une_etape_est_celui_du_territoire_de_la_personne(plateforme: Any, lea: Any) -> None:
    """Le 27 à 20 h 46 UTC, il est 7 h 46 le 28 à Nouméa : l'étape de ce matin n'est pas dans le futur."""
    noumea = {"siret": "13002603200016", "nom": "Ville", "debut": "2026-01-05", "code_insee": "98818"}
    emploi = await lea.passer("POST", "/comptes/moi/emplois", {"id": str(uuid4()), **noumea})
    attendre = {"X-Position": emploi.headers["x-position"]}
    await lea.passer("GET", "/comptes/moi/emplois", None, **attendre)
    sienne = plateforme.app.state.clock
    plateforme.app.state.clock = Clock(lambda: dt.datetime(2026, 11, 27, 20, 46, tzinfo=dt.UTC))
    try:
        for le, statut in (("2026-11-28", 204), ("2026-11-29", 422)):
            reponse = await lea.passer("PUT", f"{MIENNE}/ccp1", {"le": le})
            assert reponse.status_code == statut, reponse.text
    finally:
        plateforme.app.state.clock = sienne
