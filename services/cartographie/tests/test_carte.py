"""La carte : grappes par distance, comptes par département, et les filtres qu'elle partage avec la liste."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from cartographie.domain.evenements import Event
from cartographie.domain.grappes import RAYON_PX, Cellule, grapper, pixel
from cartographie.domain.lieu import ReferencerLieu
from cartographie.domain.vocabulaire import Frais, PriseEnCharge, PublicSpecifique, Service
from events.store.store import Store
from hypothesis import given
from hypothesis import strategies as st

type Fabrique = Callable[..., ReferencerLieu]

FOIX = "1.4,42.8,1.8,43.1"
FRANCE = "-6,41,10,52"

cellules = st.builds(
    Cellule, st.floats(41, 51), st.floats(-5, 9), st.integers(1, 500), st.just(()), st.just(())
)


@given(st.lists(cellules, max_size=60), st.integers(4, 12))
def test_deux_grappes_ne_se_touchent_jamais_et_aucun_lieu_ne_manque(points: list[Cellule], zoom: int) -> None:
    grappes = grapper(points, zoom)
    assert sum(g.nombre for g in grappes) == sum(c.nombre for c in points)
    places = [pixel(g.latitude, g.longitude, zoom) for g in grappes]
    ecarts = [
        ((x1 - x2) ** 2 + (y1 - y2) ** 2) ** 0.5 for i, (x1, y1) in enumerate(places) for x2, y2 in places[:i]
    ]
    assert all(ecart >= RAYON_PX for ecart in ecarts)
    assert grapper(reversed(points), zoom) == grappes


async def demander(client: httpx2.AsyncClient, chemin: str, **parametres: Any) -> Any:
    reponse = await client.get(chemin, params=parametres)
    assert reponse.status_code == 200, reponse.text
    return reponse.json()


async def test_des_lieux_proches_font_une_grappe_qui_s_ouvre_en_approchant(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    await remplir(
        store,
        commande("1", nom="Un"),
        commande("2", nom="Deux", latitude=42.9632, longitude=1.6065),
        commande("3", nom="Loin", latitude=43.6, longitude=1.44),
        commande("4", nom="Nulle part", latitude=None, longitude=None),
    )
    de_loin = await demander(client, "/carte/points", bbox=FRANCE, zoom=7)
    assert de_loin["total"] == 3
    assert [g["nombre"] for g in de_loin["grappes"]] == [2]
    assert [p["nom"] for p in de_loin["points"]] == ["Loin"]
    assert de_loin["grappes"][0]["lieux"] == []
    de_pres = await demander(client, "/carte/points", bbox="1.606,42.962,1.607,42.965", zoom=19)
    assert {p["nom"] for p in de_pres["points"]} == {"Un", "Deux"}
    assert de_pres["grappes"] == []


async def test_des_lieux_a_la_meme_adresse_se_nomment_de_tres_pres(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    await remplir(store, *(commande(str(n), nom=f"Lieu {n:02} {'x' * 100}") for n in range(12)))
    (grappe,) = (await demander(client, "/carte/points", bbox=FOIX, zoom=12))["grappes"]
    assert grappe["lieux"] == []
    [grappe] = (await demander(client, "/carte/points", bbox="1.6,42.96,1.61,42.965", zoom=16))["grappes"]
    assert grappe["nombre"] == 12
    assert [lieu["nom"][:7] for lieu in grappe["lieux"]] == [f"Lieu {n:02}" for n in range(10)]
    assert all(len(lieu["nom"]) <= 80 for lieu in grappe["lieux"])


async def test_un_rectangle_absent_ou_trop_grand_pour_son_zoom_est_refuse(client: httpx2.AsyncClient) -> None:
    for parametres in ({"zoom": 5}, {"zoom": 12, "bbox": FRANCE}, {"zoom": 20, "bbox": FOIX}, {"bbox": FOIX}):
        reponse = await client.get("/carte/points", params=parametres)
        assert reponse.status_code == 422, reponse.text
        assert reponse.headers["content-type"].startswith("application/problem+json")


async def test_la_carte_se_garde_et_se_lit_d_un_autre_site(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    await remplir(store, commande("1"))
    for chemin in (f"/carte/points?bbox={FOIX}&zoom=9", "/carte/departements"):
        reponse = await client.get(chemin)
        assert reponse.headers["access-control-allow-origin"] == "*"
        gardee = await client.get(chemin, headers={"If-None-Match": reponse.headers["etag"]})
        assert gardee.status_code == 304


async def test_les_departements_se_comptent_avec_les_filtres_de_la_liste(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    nantes = {"commune": "Nantes", "code_insee": "44109", "departement": "44", "code_postal": "44000"}
    await remplir(
        store,
        commande("1", frais_a_charge=(Frais.GRATUIT,)),
        commande("2", **nantes, frais_a_charge=(Frais.PAYANT, Frais.GRATUIT)),
        commande("3", **nantes),
    )
    tous = await demander(client, "/carte/departements")
    assert tous == {
        "total": 3,
        "elements": [
            {"code": "09", "nom": "Ariège", "lieux": 1},
            {"code": "44", "nom": "Loire-Atlantique", "lieux": 2},
        ],
    }
    gratuits = await demander(client, "/carte/departements", frais_a_charge="Gratuit", departement="44")
    assert [(d["code"], d["lieux"]) for d in gratuits["elements"]] == [("09", 1), ("44", 1)]


async def noms(client: httpx2.AsyncClient, **parametres: Any) -> set[str]:
    page = await demander(client, "/lieux", **parametres)
    assert page["total"] == len(page["elements"])
    return {lieu["nom"] for lieu in page["elements"]}


async def test_ce_qu_un_lieu_propose_se_filtre(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    await remplir(
        store,
        commande("1", nom="Seniors", publics_specifiquement_adresses=(PublicSpecifique.SENIORS,)),
        commande("2", nom="Moteurs", prise_en_charge_specifique=(PriseEnCharge.HANDICAPS_MOTEURS,)),
        commande("3", nom="Acceslibre", fiche_acces_libre="https://acceslibre.beta.gouv.fr/app/x/"),
        commande("4", nom="Loisirs", services=(Service.LOISIRS_ET_CREATIONS_NUMERIQUES,), dispositifs=()),
    )
    assert await noms(client, publics_specifiquement_adresses="Seniors") == {"Seniors"}
    assert await noms(client, prise_en_charge_specifique=["Surdité", "Handicaps moteurs"]) == {"Moteurs"}
    assert await noms(client, accessible="true") == {"Moteurs", "Acceslibre"}
    assert await noms(client, services="Loisirs et créations numériques") == {"Loisirs"}
    programme = await noms(client, dispositif_programmes_nationaux="France Services")
    assert programme == {"Seniors", "Moteurs", "Acceslibre"}
    reponse = await client.get("/lieux", params={"services": "Tout"})
    assert (reponse.status_code, reponse.json()["erreurs"][0]["parametre"]) == (422, "services")


async def test_les_horaires_se_filtrent_et_l_inconnu_ne_compte_jamais_comme_ferme(
    client: httpx2.AsyncClient, store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    await remplir(
        store,
        commande("1", nom="Matin", horaires="Mo-Fr 08:00-12:00"),
        commande("2", nom="Soir", horaires="Th 17:00-20:00"),
        commande("3", nom="Samedi", horaires="Sa 09:00-12:00"),
        commande("4", nom="Inconnu"),
        commande("5", nom="Selon la date", horaires="Sa[1] 09:00-12:00"),
    )
    assert await noms(client, ouvert_le="mardi", ouvert_a="08:00") == {"Matin"}
    assert await noms(client, ouvert_le="mardi", ouvert_a="12:00") == set()
    assert await noms(client, ouvert_le_soir="true") == {"Soir"}
    assert await noms(client, ouvert_le_week_end="true") == {"Samedi"}
    page = await demander(client, "/lieux", q="foix")
    etats = {lieu["nom"]: lieu["ouverture"]["etat"] for lieu in page["elements"]}
    assert etats["Inconnu"] == "inconnu"
    for parametres in ({"ouvert_le": "mardy"}, {"ouvert_a": "25:00"}):
        assert (await client.get("/lieux", params=parametres)).status_code == 422


@pytest.mark.parametrize(
    ("instant", "ouverts"),
    [
        ("2026-11-25T12:30:00+00:00", {"Pointe-à-Pitre"}),
        ("2026-11-25T08:30:00+00:00", {"Foix"}),
        ("2026-11-24T19:30:00+00:00", {"Papeete"}),
    ],
)
async def test_ouvert_maintenant_se_juge_a_l_heure_de_chaque_lieu(
    client_a: Callable[[dt.datetime], Any],
    store: Store[Event],
    commande: Fabrique,
    remplir: Any,
    instant: str,
    ouverts: set[str],
) -> None:
    matin = {"horaires": "Mo-Fr 08:00-12:00"}
    await remplir(
        store,
        commande("1", nom="Foix", **matin),
        commande("2", nom="Pointe-à-Pitre", commune="Pointe-à-Pitre", code_insee="97120", departement="971",
                 code_postal="97110", **matin),
        commande("3", nom="Papeete", commune="Papeete", code_insee="98735", departement="987",
                 code_postal="98714", **matin),
    )  # fmt: skip
    async with client_a(dt.datetime.fromisoformat(instant)) as client:
        assert await noms(client, ouvert_maintenant="true") == ouverts
        page = await demander(client, "/lieux")
        assert {li["nom"] for li in page["elements"] if li["ouverture"]["etat"] == "ouvert"} == ouverts


async def test_la_fiche_dit_la_semaine_et_la_prochaine_ouverture(
    client_a: Callable[[dt.datetime], Any], store: Store[Event], commande: Fabrique, remplir: Any
) -> None:
    un = commande("1", horaires="Mo-Fr 09:00-12:00; PH off")
    await remplir(store, un)
    async with client_a(dt.datetime(2026, 11, 27, 15, 0, tzinfo=dt.UTC)) as client:
        reponse = await client.get(f"/lieux/{un.lieu_id}")
    fiche = reponse.json()
    assert fiche["ouverture"] == {
        "etat": "ferme",
        "phrase": "Fermé, ouvre lundi à 9\u00a0h",
        "jusqu_a": None,
        "prochaine": "2026-11-30T09:00:00+01:00",
    }
    assert fiche["semaine"][0] == {"jour": "lundi", "horaires": "9\u00a0h – 12\u00a0h"}
    assert fiche["semaine"][6] == {"jour": "dimanche", "horaires": "Fermé"}
    assert fiche["precisions_horaires"] == ["Jours fériés : fermé."]
    assert reponse.headers["cache-control"] == "public, max-age=60"
