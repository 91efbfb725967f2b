"""Créer une équipe et la lire : par route, un accepté, un refusé, un interdit."""

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from equipes.projections.equipes import table
from web.policies import Ungoverned, governed

from .conftest import Personne, Service, coordinateur, mediatrice

ROUTES = [
    ("POST", "/equipes"),
    ("GET", "/equipes"),
    ("GET", "/equipes/miennes"),
    ("GET", "/equipes/toutes"),
    ("GET", "/equipes/miennes/membres"),
    ("GET", "/equipes/{id}"),
    ("GET", "/equipes/{id}/membres"),
    ("POST", "/equipes/{id}/membres/{id}/depart"),
    ("POST", "/equipes/{id}/invitations"),
    ("GET", "/equipes/{id}/invitations"),
    ("GET", "/invitations"),
    ("POST", "/invitations/{id}/acceptation"),
    ("POST", "/invitations/{id}/refus"),
    ("DELETE", "/invitations/{id}"),
    ("POST", "/invitations/{id}/rupture"),
    ("GET", "/equipes/reseau"),
    ("GET", "/equipes/{id}/reseau"),
    ("GET", "/equipes/passations"),
    ("GET", "/equipes/sans-coordinateur"),
    ("POST", "/equipes/{id}/passation"),
    ("DELETE", "/equipes/{id}/passation"),
    ("POST", "/equipes/{id}/passation/reponse"),
    ("POST", "/equipes/{id}/reclamation"),
    ("POST", "/equipes/{id}/reclamation/voix"),
]


async def test_un_coordinateur_cree_son_equipe_et_la_retrouve(service: Service) -> None:
    chef = coordinateur()
    body = {"id": str(uuid4()), "nom": "  Drôme  des collines "}
    creee = await service.call("POST", "/equipes", chef, body)
    assert (creee.status_code, creee.json()) == (201, {"id": body["id"]})
    assert creee.headers["ETag"] == '"1"'
    encore = await service.call("POST", "/equipes", chef, body)
    assert (encore.status_code, encore.headers["X-Position"]) == (200, creee.headers["X-Position"])
    miennes = await service.call("GET", "/equipes/miennes", chef, after=creee.headers["X-Position"])
    [equipe] = miennes.json()["elements"]
    assert (equipe["id"], equipe["nom"]) == (body["id"], "Drôme des collines")
    assert (await service.call("GET", "/equipes/miennes", coordinateur())).json()["elements"] == []


async def test_d1_un_coordinateur_ne_voit_aucun_mediateur_tant_que_personne_n_a_accepte(
    service: Service,
) -> None:
    chef, lea = coordinateur(), mediatrice()
    equipe_id = await service.team(chef)
    invitation_id = await service.invited(equipe_id, chef, lea)
    membres = f"/equipes/{equipe_id}/membres"
    assert (await service.call("GET", membres, chef)).json()["elements"] == []
    vue = (await service.call("GET", f"/equipes/{equipe_id}", chef)).json()
    assert vue["effectifs"] == {"actifs": 0, "inactifs": 0, "anciens": 0}
    # Nor by the invitation, which names nobody, nor in a team of somebody else.
    [attente] = (await service.call("GET", f"/equipes/{equipe_id}/invitations", chef)).json()["elements"]
    assert "nom" not in attente
    assert (await service.call("GET", "/equipes/miennes", coordinateur())).json()["elements"] == []
    accord = await service.call("POST", f"/invitations/{invitation_id}/acceptation", lea)
    vus = await service.call("GET", membres, chef, after=accord.headers["X-Position"])
    assert [UUID(m["compte_id"]) for m in vus.json()["elements"]] == [lea.compte_id]


async def test_un_nom_dequipe_se_refuse_en_francais(service: Service) -> None:
    chef = coordinateur()
    for nom, nature in (("  ", "NomInvalide"), ("a\u0007b", "NomInvalide"), ("", "SaisieInvalide")):
        refus = await service.call("POST", "/equipes", chef, {"id": str(uuid4()), "nom": nom})
        assert (refus.status_code, refus.json()["type"]) == (422, f"/problemes/{nature}")


async def test_un_identifiant_dequipe_ne_sert_quune_fois(service: Service) -> None:
    equipe_id = await service.team(coordinateur())
    vole = await service.call(
        "POST", "/equipes", coordinateur(), {"id": str(equipe_id), "nom": "Drôme des collines"}
    )
    assert (vole.status_code, vole.json()["type"]) == (409, "/problemes/EquipeDejaCreee")


async def test_un_champ_de_trop_est_refuse(service: Service) -> None:
    for champ in ("coordinateur_id", "compte_id", "depuis"):
        body = {"id": str(uuid4()), "nom": "Drôme", champ: str(uuid4())}
        assert (await service.call("POST", "/equipes", coordinateur(), body)).status_code == 422


async def test_un_mediateur_ne_cree_pas_dequipe(service: Service) -> None:
    refus = await service.call("POST", "/equipes", mediatrice(), {"id": str(uuid4()), "nom": "Drôme"})
    assert refus.status_code == 403


async def test_rien_ne_se_fait_sans_etre_connecte(service: Service) -> None:
    for method, path in ROUTES:
        body = {} if method == "POST" else None
        assert (await service.call(method, path.format(id=uuid4()), None, body)).status_code == 401, path


async def test_toutes_les_routes_sont_essayees_sans_jeton(service: Service) -> None:
    """The list above is complete: a new route must enter it. The labels alone are open to all."""
    tried = {(method, path.replace("{id}", "{}")) for method, path in ROUTES}
    served = {
        (method.upper(), "/".join("{}" if part.startswith("{") else part for part in path.split("/")))
        for path, operations in service.app.openapi()["paths"].items()
        for method in operations
    }
    assert served - tried == {("GET", "/equipes/nomenclatures")}
    assert tried < served


async def test_une_route_cachee_qui_dirait_le_nom_de_toutes_les_equipes_se_voit(service: Service) -> None:
    async def toutes() -> list[str]:
        async with service.store.database.engine.connect() as connection:
            return list(await connection.scalars(sa.select(table.c.nom)))

    service.app.add_api_route("/equipes-toutes", toutes, include_in_schema=False)
    noms = await service.call("GET", "/equipes-toutes", None)
    assert noms.status_code == 200
    with pytest.raises(Ungoverned, match="GET /equipes-toutes : 0 règle"):
        governed(service.app)


async def test_lequipe_dun_autre_repond_comme_une_inconnue(service: Service) -> None:
    equipe_id = await service.team(coordinateur())
    for curieux in (coordinateur(), mediatrice(), Personne()):
        for suffixe in ("", "/membres"):
            autre = await service.call("GET", f"/equipes/{equipe_id}{suffixe}", curieux)
            inconnue = await service.call("GET", f"/equipes/{uuid4()}{suffixe}", curieux)
            assert autre.status_code == inconnue.status_code == 404
            assert sans_adresse(autre.json()) == sans_adresse(inconnue.json())


async def test_un_mediateur_na_pas_dequipes_coordonnees_ni_linverse(service: Service) -> None:
    assert (await service.call("GET", "/equipes/miennes", mediatrice())).status_code == 403
    assert (await service.call("GET", "/equipes", coordinateur())).status_code == 403


async def test_lequipe_se_lit_selon_sa_place(service: Service) -> None:
    chef, lea, max_ = coordinateur(), mediatrice(), mediatrice()
    equipe_id = await service.team(chef)
    await service.member(equipe_id, chef, lea)
    await service.invited(equipe_id, chef, max_)
    position = await service.member(equipe_id, chef, mediatrice())
    vue = (await service.call("GET", f"/equipes/{equipe_id}", chef, after=position)).json()
    assert (vue["nom"], vue["je_suis"]) == ("Drôme des collines", "coordinateur")
    assert vue["effectifs"] == {"actifs": 0, "inactifs": 2, "anciens": 0}
    assert vue["invitations_en_attente"] == 1
    assert [UUID(c["compte_id"]) for c in vue["coordinateurs"]] == [chef.compte_id]
    vue = (await service.call("GET", f"/equipes/{equipe_id}", lea)).json()
    assert (vue["je_suis"], vue["effectifs"], vue["invitations_en_attente"]) == ("membre", None, None)
    [mienne] = (await service.call("GET", "/equipes", lea)).json()["elements"]
    assert UUID(mienne["id"]) == equipe_id


async def test_le_nom_de_lequipe_est_chiffre_dans_le_journal(service: Service) -> None:
    await service.team(coordinateur(), nom="Équipe de Sonia Canari")
    async with service.store.database.raw() as connection:
        textes = await connection.fetch("select data::text || metadata::text || personal::text t from events")
    assert len(textes) == 1
    assert "Canari" not in textes[0]["t"]


def sans_adresse(body: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in body.items() if name not in {"instance", "request_id"}}
