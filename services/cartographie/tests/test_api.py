"""L'API publique des lieux : filtres, carte, pages, fiche, et ce qu'elle refuse."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cartographie.domain import lieu
from cartographie.domain.evenements import Event
from cartographie.domain.lieu import ReferencerLieu
from events.store.store import Store

type Fabrique = Callable[..., ReferencerLieu]


@pytest.fixture
def quelques_lieux(commande: Fabrique) -> list[ReferencerLieu]:
    return [
        commande("1"),
        commande("2", nom="Médiathèque de l'Œuvre", commune="Nantes", code_insee="44109", departement="44",
                 code_postal="44000", latitude=47.21, longitude=-1.55),
        commande("3", nom="Point 100% numérique", commune="Nantes", code_insee="44109", departement="44",
                 code_postal="44000", latitude=None, longitude=None),
        commande("4", nom="Mata Utu", commune="Uvea", code_insee="98613", departement="986",
                 code_postal="98600", latitude=-13.28, longitude=-176.17),
        commande("5", nom="Nouméa", commune="Nouméa", code_insee="98818", departement="988",
                 code_postal="98800", latitude=-22.27, longitude=166.44),
    ]  # fmt: skip


async def noms(client: httpx2.AsyncClient, **parametres: Any) -> list[str]:
    reponse = await client.get("/lieux", params=parametres)
    assert reponse.status_code == 200, reponse.text
    return [element["nom"] for element in reponse.json()["elements"]]


async def test_les_filtres_se_combinent(
    client: httpx2.AsyncClient, store: Store[Event], quelques_lieux: list[ReferencerLieu], remplir: Any
) -> None:
    await remplir(store, *quelques_lieux)
    assert len(await noms(client)) == 5
    assert await noms(client, commune="nantes") == ["Médiathèque de l'Œuvre", "Point 100% numérique"]
    assert await noms(client, commune="44109", q="mediatheque oeuvre") == ["Médiathèque de l'Œuvre"]
    assert await noms(client, departement="986") == ["Mata Utu"]
    assert await noms(client, q="FOIX fauré") == ["France services de Foix"]
    assert await noms(client, q="100%") == ["Point 100% numérique"]
    assert await noms(client, q="%_% absent") == []
    assert await noms(client, commune="Nantes", departement="09") == []


async def test_un_rectangle_peut_passer_par_l_antimeridien(
    client: httpx2.AsyncClient, store: Store[Event], quelques_lieux: list[ReferencerLieu], remplir: Any
) -> None:
    await remplir(store, *quelques_lieux)
    assert await noms(client, bbox="-2,47,-1,48") == ["Médiathèque de l'Œuvre"]
    assert await noms(client, bbox="160,-30,-170,0") == ["Mata Utu", "Nouméa"]
    assert await noms(client, bbox="-180,-90,180,90", departement="44") == ["Médiathèque de l'Œuvre"]


async def test_un_filtre_faux_est_refuse_en_francais(client: httpx2.AsyncClient) -> None:
    faux = [
        ("bbox", ("1,2,3", "a,b,c,d", "nan,0,1,1", "-181,0,1,1", "0,-91,1,1", "0,10,1,5", "1" * 101)),
        ("q", ("%", "a" * 101, "a b c d e f g h i")),
        ("commune", ("a" * 101,)),
        ("departement", ("1", "44' or '1'='1", "٤٤")),
        ("limite", ("0", "100000")),
        ("format", ("xml",)),
    ]
    for parametre, valeurs in faux:
        for valeur in valeurs:
            reponse = await client.get("/lieux", params={parametre: valeur})
            assert reponse.status_code == 422, reponse.text
            assert reponse.headers["content-type"].startswith("application/problem+json")
            (erreur,) = reponse.json()["erreurs"]
            assert erreur["parametre"] == parametre
            assert erreur["message"]


async def test_un_caractere_nul_est_refuse(client: httpx2.AsyncClient) -> None:
    for parametre in ("q", "commune", "departement", "bbox", "apres"):
        assert (await client.get("/lieux", params={parametre: "a\x00"})).status_code == 400


async def test_un_curseur_d_une_autre_liste_est_refuse(
    client: httpx2.AsyncClient, store: Store[Event], quelques_lieux: list[ReferencerLieu], remplir: Any
) -> None:
    await remplir(store, *quelques_lieux)
    suivant = (await client.get("/lieux", params={"limite": 1})).json()["suivant"]
    for parametres in ({"apres": "n'importe quoi"}, {"apres": suivant, "departement": "44"}):
        assert (await client.get("/lieux", params=parametres)).status_code == 400


@pytest.mark.parametrize("format_demande", ["json", "geojson"])
async def test_les_pages_rendent_tout_une_seule_fois(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any, format_demande: str
) -> None:
    # Des homonymes exprès : l'ordre ne tient alors qu'à l'identifiant.
    await remplir(store, *(commande(str(n), nom=f"Lieu {n % 3}") for n in range(50)))
    vus: list[str] = []
    parametres: dict[str, Any] = {"limite": 7, "format": format_demande}
    while True:
        page = (await client.get("/lieux", params=parametres)).json()
        vus += [element["id"] for element in page.get("elements") or page["features"]]
        if page["suivant"] is None:
            break
        parametres["apres"] = page["suivant"]
    assert len(vus) == len(set(vus)) == 50


async def test_la_carte_met_la_longitude_d_abord_et_compte_les_absents(
    client: httpx2.AsyncClient, store: Store[Event], quelques_lieux: list[ReferencerLieu], remplir: Any
) -> None:
    await remplir(store, *quelques_lieux)
    reponse = await client.get(
        "/lieux", params={"commune": "Nantes"}, headers={"Accept": "application/geo+json"}
    )
    assert reponse.headers["content-type"].startswith("application/geo+json")
    carte = reponse.json()
    assert (carte["type"], carte["sans_coordonnees"]) == ("FeatureCollection", 1)
    (feature,) = carte["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-1.55, 47.21]}
    assert feature["properties"]["nom"] == "Médiathèque de l'Œuvre"
    assert (await client.get("/lieux", params={"format": "geojson"})).json()["sans_coordonnees"] == 1


async def test_la_fiche_dit_d_ou_elle_vient(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    demande = commande("7", site_web=("https://foix.fr",))
    await remplir(store, demande)
    fiche = (await client.get(f"/lieux/{demande.lieu_id}")).json()
    assert fiche["courriels"] == ["accueil@foix.fr", "mairie@foix.fr"]
    assert fiche["dispositif_programmes_nationaux"] == ["France Services"]
    assert fiche["site_web"] == ["https://foix.fr"]
    assert {c: fiche["provenance"][c] for c in ("source", "id_source", "fichier", "ligne")} == {
        "source": "essai",
        "id_source": "7",
        "fichier": "essai.jsonl",
        "ligne": 1,
    }


async def test_un_lieu_inconnu_ou_un_identifiant_faux_est_dit(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/lieux/{uuid4()}")).status_code == 404
    assert (await client.get("/lieux/pas-un-uuid")).status_code == 422


async def test_le_comptage_suit_les_sources(
    client: httpx2.AsyncClient, store: Store[Event], quelques_lieux: list[ReferencerLieu], remplir: Any
) -> None:
    await remplir(store, *quelques_lieux)
    assert (await client.get("/lieux/comptage")).json() == {
        "total": 5,
        "par_source": [],
        "refuses_dernier_import": 0,
    }


async def test_les_contacts_effaces_se_lisent_effaces(
    store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    demande = commande("8")
    assert store.vault is not None
    await remplir(store, demande)
    await store.vault.destroy("lieu", demande.lieu_id, "demande")
    (recorded,) = await store.load(lieu.LIEU(demande.lieu_id))
    assert isinstance(recorded.event, lieu.LieuReference)
    assert recorded.event.telephone == recorded.event.courriels == "effacé"
    assert recorded.event.fiche == demande.fiche


async def test_un_arrondissement_se_trouve_et_appartient_a_sa_ville(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    def paris(nom: str, code_insee: str, code_postal: str) -> ReferencerLieu:
        return commande(
            nom, nom=nom, commune="Paris", code_insee=code_insee, departement="75", code_postal=code_postal
        )

    lieux = (
        paris("onze", "75111", "75011"),
        paris("onze postal", "75056", "75011"),
        paris("un", "75056", "75001"),
    )
    await remplir(store, *lieux, commande("1"))
    for onzieme in ("75111", "Paris 11e", "paris 11", "Paris 11ème arrondissement"):
        assert await noms(client, commune=onzieme) == ["onze", "onze postal"], onzieme
    assert await noms(client, commune="75056") == ["onze", "onze postal", "un"]
    assert await noms(client, commune="Paris") == ["onze", "onze postal", "un"]
    assert await noms(client, commune="75112") == []


@pytest.mark.parametrize("parametre", ["type", "communes", "DEPARTEMENT"])
async def test_un_filtre_inconnu_n_est_pas_ignore(client: httpx2.AsyncClient, parametre: str) -> None:
    reponse = await client.get("/lieux", params={parametre: "44"})
    assert reponse.status_code == 422
    assert reponse.json()["erreurs"][0]["type"] == "parametre_inconnu"
