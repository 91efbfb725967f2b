"""`/clients` : l'administration des clients de machine ; et l'ancien contrat de `/api/v1`."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import ECKey

from .programme import Administrateur, Programme


async def test_un_secret_ne_se_montre_qu_une_fois_et_n_est_en_clair_nulle_part(
    plateforme: Any, admin: Administrateur
) -> None:
    client_id, secret_id = await admin.creer(), str(uuid4())
    chemin = f"/clients/{client_id}/secrets"
    emis = await admin.demander("POST", chemin, {"id": secret_id})
    secret = emis.json()["secret"]
    assert emis.headers["cache-control"] == "no-store"
    assert secret.startswith("coop_secret_")
    assert len(bytes.fromhex(secret.removeprefix("coop_secret_"))) == 32
    repete = await admin.demander("POST", chemin, {"id": secret_id})
    assert (repete.status_code, repete.json()["type"]) == (409, "/problemes/SecretDejaEmis")
    fiche = await admin.demander("GET", f"/clients/{client_id}")
    assert [s["secret_id"] for s in fiche.json()["secrets"]] == [secret_id]
    async with plateforme.database.raw() as connection:
        for table in ("events", "clients", "secrets_clients"):
            nue = secret.removeprefix("coop_secret_")
            trouve: Any = await connection.fetchval(
                f"select count(*) from {table} t where t::text like '%' || $1 || '%'", nue
            )
            assert trouve == 0, table
    assert secret not in fiche.text + repete.text


async def test_chaque_fait_dit_qui_et_quand(plateforme: Any, admin: Administrateur) -> None:
    client_id = await admin.creer()
    await admin.secret(client_id)
    await admin.demander("PUT", f"/clients/{client_id}/droits", {"portees": ["statistiques:lire"]})
    await admin.demander("POST", f"/clients/{client_id}/suspension", {"motif": "demande"})
    await admin.demander("POST", f"/clients/{client_id}/reprise")
    histoire = await plateforme.store.load(f"client-{client_id}")
    assert [type(fait.event).__name__ for fait in histoire] == [
        "ClientCree",
        "SecretEmis",
        "DroitsDuClientChanges",
        "ClientSuspendu",
        "ClientRepris",
    ]
    assert {fait.event.par for fait in histoire} == {admin.compte_id}
    assert {fait.metadata["author"] for fait in histoire} == {str(admin.compte_id)}


async def test_la_liste_montre_le_dernier_admis_d_abord_avec_son_etat(admin: Administrateur) -> None:
    premier, second = await admin.creer("statistiques:lire"), await admin.creer()
    await admin.demander("POST", f"/clients/{premier}/suspension", {"motif": "secret_divulgue"})
    page = (await admin.demander("GET", "/clients?limite=2")).json()
    vus = page["elements"]
    while page["suivant"]:
        page = (await admin.demander("GET", f"/clients?limite=2&apres={page['suivant']}")).json()
        vus += page["elements"]
    ids = [c["client_id"] for c in vus]
    # Those of other tests stand between them: their clock is not ours.
    assert [un for un in ids if un in (premier, second)] == [second, premier]
    assert page["total"] == len(ids) == len(set(ids))
    vu = vus[ids.index(premier)]
    assert (vu["portees"], vu["motif_suspension"], vu["vu_le"]) == (
        ["statistiques:lire"],
        "secret_divulgue",
        None,
    )


async def test_deux_clients_ne_portent_pas_le_meme_nom_a_un_accent_pres(admin: Administrateur) -> None:
    nom = f"Cartographie {uuid4().hex}"
    premier = {"id": str(uuid4()), "nom": f"{nom} de l’été", "portees": ["lieux:lire"]}
    statuts = [(await admin.demander("POST", "/clients", premier)).status_code for _ in range(2)]
    assert statuts == [201, 200]
    corps = {"id": str(uuid4()), "nom": f"{nom} de l'ete", "portees": ["lieux:lire"]}
    pris = await admin.demander("POST", "/clients", corps)
    assert (pris.status_code, pris.json()["type"], pris.json()["objet"]) == (
        409,
        "/problemes/DejaPris",
        "client",
    )


async def test_ce_qui_manque_se_dit_en_une_fois_avec_son_champ(admin: Administrateur) -> None:
    corps = {"id": str(uuid4()), "nom": "N", "portees": ["utilisateurs:lire"]}
    refus = await admin.demander("POST", "/clients", corps)
    assert refus.status_code == 422
    assert [f["pointeur"] for f in refus.json()["erreurs"]] == ["/fin", "/convention"]
    rien = await admin.demander("POST", "/clients", corps | {"portees": []})
    assert (rien.status_code, rien.json()["type"]) == (422, "/problemes/AucunePortee")


@pytest.mark.parametrize(
    "faute",
    [
        {**ECKey.generate_key("P-256").as_dict(private=True), "kid": "privée"},
        {"kty": "RSA", "n": "wA" * 85, "e": "AQAB", "kid": "courte"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "hors de la courbe"},
        {"kty": "EC", "kid": "vide"},
        {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "a/b"},
    ],
    ids=lambda f: str(f["kid"]),
)
async def test_une_cle_qui_ne_peut_pas_servir_est_refusee_avec_sa_raison(
    admin: Administrateur, faute: dict[str, Any]
) -> None:
    client_id = await admin.creer()
    refus = await admin.demander("PUT", f"/clients/{client_id}/cles", {"cles": [_permis(faute)]})
    assert (refus.status_code, refus.json()["type"]) == (422, "/problemes/ClesRefusees")
    assert refus.json()["erreurs"][0]["pointeur"] == "/cles"
    bonne = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "a"}
    deux = await admin.demander("PUT", f"/clients/{client_id}/cles", {"cles": [bonne, bonne]})
    assert deux.json()["type"] == "/problemes/ClesRefusees"
    assert (await admin.demander("GET", f"/clients/{client_id}")).json()["cles"] == []


def _permis(cle: dict[str, Any]) -> dict[str, Any]:
    """What the form of the request takes: of a private key, its most private part."""
    noms = ("kty", "kid", "crv", "x", "y", "n", "e", "d")
    return {nom: cle[nom] for nom in noms if nom in cle}


async def test_une_cle_s_ajoute_puis_l_ancienne_se_retire_jamais_la_derniere(admin: Administrateur) -> None:
    client_id = await admin.creer()
    await admin.secret(client_id)
    chemin = f"/clients/{client_id}/cles"
    for kid in ("2026", "2027"):
        cle = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid}
        assert (await admin.demander("POST", chemin, cle)).status_code == 204
    repetee = await admin.demander("POST", chemin, cle)
    assert (repetee.status_code, repetee.json()["type"]) == (422, "/problemes/ClesRefusees")
    fiche = (await admin.demander("GET", f"/clients/{client_id}")).json()
    assert (fiche["cles"], fiche["secrets"]) == (["2026", "2027"], [])
    assert (await admin.demander("DELETE", f"{chemin}/2026")).status_code == 204
    for kid, statut, nom in (("2026", 404, "CleInconnue"), ("2027", 409, "DerniereCle")):
        refus = await admin.demander("DELETE", f"{chemin}/{kid}")
        assert (refus.status_code, refus.json()["type"]) == (statut, f"/problemes/{nom}")


async def test_un_client_a_cinq_cles_au_plus(admin: Administrateur) -> None:
    client_id = await admin.creer()
    statuts = [
        (
            await admin.demander(
                "POST",
                f"/clients/{client_id}/cles",
                {**ECKey.generate_key("P-256").as_dict(private=False), "kid": str(rang)},
            )
        ).status_code
        for rang in range(6)
    ]
    assert statuts == [204] * 5 + [422]


@pytest.mark.parametrize(("roles", "statut"), [((), 404), (("support",), 403)])
async def test_seul_un_administrateur_gere_les_clients(
    plateforme: Any, http: httpx2.AsyncClient, roles: tuple[str, ...], statut: int
) -> None:
    cle, emetteur = await plateforme.acces.keys.current(), plateforme.settings.issuer
    autre = Administrateur(http, cle, emetteur, plateforme.heure.lire, roles)
    corps = {"id": str(uuid4()), "nom": "N", "portees": ["lieux:lire"]}
    assert (await autre.demander("POST", "/clients", corps)).status_code == statut
    assert (await autre.demander("GET", "/clients")).status_code == statut


async def test_un_client_inconnu_n_existe_pour_aucune_commande(admin: Administrateur) -> None:
    inconnu = f"/clients/{uuid4()}"
    statuts = [
        (await admin.demander(methode, chemin, corps)).status_code
        for methode, chemin, corps in (
            ("GET", inconnu, None),
            ("PUT", f"{inconnu}/droits", {"portees": ["lieux:lire"]}),
            ("POST", f"{inconnu}/secrets", {"id": str(uuid4())}),
            ("DELETE", f"{inconnu}/secrets/{uuid4()}", None),
            ("POST", f"{inconnu}/suspension", {"motif": "demande"}),
            ("POST", f"{inconnu}/reprise", None),
        )
    ]
    assert statuts == [404] * 6


# --- L'ancien contrat ---


async def v1(http: httpx2.AsyncClient, entetes: Any, portee: str = "&portee=lieux:lire") -> httpx2.Response:
    return await http.get(f"/auth/verifier/v1?audience=cartographie{portee}", headers=entetes)


async def test_l_ancien_contrat_ouvre_a_qui_montre_son_identifiant_et_son_secret(
    programme: Programme, http: httpx2.AsyncClient
) -> None:
    bon = {"Authorization": f"Bearer {programme.client_id}:{programme.secret}"}
    for portee in ("&portee=lieux:lire", ""):
        verdict = await v1(http, bon, portee)
        assert verdict.status_code == 200
        assert verdict.headers["authorization"].startswith("Bearer ey")


async def test_tout_echec_de_l_ancien_contrat_est_le_meme_403(
    programme: Programme, admin: Administrateur, http: httpx2.AsyncClient
) -> None:
    ident, secret = programme.client_id, programme.secret
    suspendu = await admin.programme()
    await admin.demander("POST", f"/clients/{suspendu.client_id}/suspension", {"motif": "demande"})
    essais: list[Any] = [
        {},
        *(
            {"Authorization": valeur}
            for valeur in (
                f"bearer {ident}:{secret}",
                f"Bearer  {ident}:{secret}",
                f"Basic {ident}:{secret}",
                f"Bearer {ident}",
                f"Bearer {ident}:",
                f"Bearer {ident}:{secret}x",
                f"Bearer {ident.upper()}:{secret}",
                f"Bearer {uuid4()}:{secret}",
                f"Bearer {suspendu.client_id}:{suspendu.secret}",
                f"Bearer {await programme.jeton()}",
            )
        ),
        [("Authorization", f"Bearer {ident}:{secret}")] * 2,
    ]
    reponses = [await v1(http, entetes) for entetes in essais]
    reponses.append(
        await v1(http, {"Authorization": f"Bearer {ident}:{secret}"}, "&portee=statistiques:lire")
    )
    for reponse in reponses:
        assert (reponse.status_code, reponse.content) == (403, b'{"error":"Forbidden"}')
        assert reponse.headers["content-type"] == "application/json"
        assert "authorization" not in reponse.headers


async def test_une_panne_de_notre_cote_est_un_403_de_l_ancien_contrat(
    plateforme: Any, programme: Programme, http: httpx2.AsyncClient
) -> None:
    bon = {"Authorization": f"Bearer {programme.client_id}:{programme.secret}"}
    async with plateforme.database.raw() as connection:
        await connection.execute("alter table usages_clients rename to ailleurs")
        try:
            reponse = await v1(http, bon)
        finally:
            await connection.execute("alter table ailleurs rename to usages_clients")
    assert (reponse.status_code, reponse.json()) == (403, {"error": "Forbidden"})
    assert (await v1(http, bon)).status_code == 200
