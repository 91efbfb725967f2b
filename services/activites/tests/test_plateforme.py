"""Toute la plateforme, mois par mois, comptée à la main ; ce qui s'en cache ne se retrouve pas."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from activites.api.plateforme import ChiffresDeLaPlateforme
from activites.api.publies import Publies
from activites.projections import coordinations_listees, lieux_connus
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.fichier import Event, FichierStatistiques
from activites.statistiques.filtres import Filtres, Periode
from activites.statistiques.petites_cases import ARRONDI, SEUIL
from activites.statistiques.plateforme import Accompagnements, Personnes, Professionnels, compter
from activites.statistiques.plateforme_publiee import cacher_le_tableau, cumuler, publier_la_plateforme
from activites.statistiques.questions import totaux
from contracts.identity import Inscrits
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import Banc, Personne
from .exemples import LIEU
from .histoires import histoires, prendre
from .test_statistiques_questions import AUJOURD_HUI, LEA, MARC, Carnet, activite

CE_MOIS = -1
L_AUTRE_COMPTE_DE_LEA = uuid4()
PAUL, ANNE = (str(UUID(int=n)) for n in (1, 2))
INSCRITS = Professionnels(mediateurs=40, conseillers=20, coordinateurs=10)


def suivi(qui: UUID, jour: str, *fiches: str, anonymes: int = 0) -> Any:
    nombre = len(fiches) + anonymes
    sorte = "individuel" if nombre == 1 else "collectif"
    date = dt.date.fromisoformat(jour)
    return activite(qui, date, nombre, suivis=[*fiches], participants={"total": anonymes}, type=sorte)


def personnes(**autres: Any) -> Personnes:
    """Léa est conseillère de janvier à la mi-février ; elle a deux comptes."""
    periode = Periode(LEA, dt.date(2026, 1, 1), dt.date(2026, 2, 15))
    return Personnes(sert={L_AUTRE_COMPTE_DE_LEA: LEA}, periodes=[periode], inscrits=INSCRITS, **autres)


def test_chaque_bloc_se_compte_a_la_main() -> None:
    carnet = Carnet()
    carnet.prendre(
        activite(LEA, dt.date(2024, 12, 1), 10),
        suivi(LEA, "2026-01-10", PAUL),
        suivi(LEA, "2026-02-10", PAUL, anonymes=7),
        suivi(L_AUTRE_COMPTE_DE_LEA, "2026-03-05", PAUL),
        activite(LEA, dt.date(2026, 3, 15), 6),
        suivi(MARC, "2026-02-20", ANNE, anonymes=11),
        activite(MARC, dt.date(2026, 2, 21), 30, v1_cra_id="ancien"),
    )
    coordinateurs = {dt.date(2026, 2, 1): 8}
    p = compter(carnet.fichier, personnes(coordinateurs=coordinateurs, coordinateurs_actifs=6), AUJOURD_HUI)
    carnet.fichier.close()
    assert (p.mois[0], p.mois[-1], len(p.mois)) == (dt.date(2025, 4, 1), dt.date(2026, 3, 1), 12)
    janvier, fevrier, mars = p.mois[-3:]
    assert p.professionnels[janvier] == Professionnels(conseillers=1)
    assert p.professionnels[fevrier] == Professionnels(mediateurs=1, conseillers=1, coordinateurs=8)
    assert p.professionnels[mars] == Professionnels(mediateurs=1)
    # The last 30 days, as they are today: Léa is no conseillère any more.
    assert p.actifs == Professionnels(mediateurs=2, coordinateurs=6)
    assert p.par_mois[None, False].nombre == 10
    assert p.par_mois[fevrier, True] == Accompagnements(8, 8)
    assert p.par_mois[mars, False] == Accompagnements(7, 7)
    assert {sorte: un.nombre for sorte, un in p.par_sorte.items()} == {False: 29, True: 9}
    # Paul came three times, in three months: one person of the whole, of January.
    assert (p.suivis, p.anonymes, p.venues) == (2, 34, 4)
    assert [p.nouveaux[mois] for mois in (None, janvier, fevrier, mars)] == [10, 1, 19, 6]
    assert (p.accompagnants, p.qui_suivent) == (2, 2)


def test_ce_qui_s_en_lit_est_en_ordre_commence_par_avant_et_finit_par_le_total() -> None:
    carnet = Carnet()
    for rang in range(10):
        carnet.prendre(
            activite(LEA, dt.date(2024, 11, 20), 100),
            activite(LEA, dt.date(2026, 1, 5), 20),
            suivi(uuid4(), "2026-03-01", *(str(UUID(int=100 + 2 * rang + n)) for n in (0, 1)), anonymes=1),
        )
    dit = publier_la_plateforme(compter(carnet.fichier, personnes(coordinateurs_actifs=3), AUJOURD_HUI))
    carnet.fichier.close()
    a, b = dit["accompagnements"], dit["beneficiaires"]
    assert [point["libelle"] for point in a["points"]][:2] == ["Avant", "04/25"]
    assert [point["cumul"] for point in a["points"]][-3:] == [1200, 1200, 1230]
    assert a["points"][0]["nombre"] == a["points"][0]["cumul"] == 1000
    assert (a["total"], a["mediateurs"], a["conseillers"]) == (
        1230,
        {"nombre": 1030, "proportion": 83.74},
        {"nombre": 200, "proportion": 16.26},
    )
    assert (b["total"], b["suivis"], b["anonymes"]) == (1230, 20, 1210)
    assert b["points"][CE_MOIS]["cumul"] == b["total"]
    actifs = dit["professionnels"]["actifs"]
    assert actifs["inscrits_connus"]
    assert actifs["mediateurs"] == {"nombre": 10, "inscrits": 40, "proportion": 25.0}
    assert actifs["coordinateurs"] == {"nombre": None, "inscrits": 10, "proportion": None}
    # Ten of eleven: Léa, the only one who follows nobody, would come back.
    assert dit["suivi"] == {"moyenne": 1.0, "mediateurs": {"nombre": None, "sur": 10, "proportion": None}}
    assert dit["professionnels"]["mois"][CE_MOIS]["mediateurs"] == 10


@settings(max_examples=40, deadline=None)
@given(histoires())
def test_les_totaux_sont_ceux_des_chiffres_publics_et_leurs_series_les_font(faits: list[Event]) -> None:
    fichier = FichierStatistiques(":memory:")
    prendre(fichier, faits, 0)
    jour = dt.date(2026, 12, 31)
    p = compter(fichier, Personnes(), jour)
    dits = totaux(fichier, Filtres(None, au=jour, v1=False))["totaux"]
    dit = publier_la_plateforme(p)
    fichier.close()
    beneficiaires = dits["beneficiaires"]
    assert not dit["professionnels"]["actifs"]["inscrits_connus"]
    assert p.suivis or dit["suivi"]["moyenne"] is None
    assert (p.suivis, p.anonymes) == (beneficiaires["suivis"], beneficiaires["anonymes"])
    assert sum(p.nouveaux.values()) == beneficiaires["total"]
    assert sum(un.nombre for un in p.tous_par_mois.values()) == dits["accompagnements"]["total"]
    for bloc in (dit["accompagnements"], dit["beneficiaires"]):
        assert bloc["points"][CE_MOIS]["cumul"] == bloc["total"]
        for point in bloc["points"]:
            lus = [n for nom, n in point.items() if nom not in ("debut", "libelle")]
            assert all(n is None or n % ARRONDI == 0 for n in lus)


def case(venues: int, personnes: int) -> Accompagnements:
    return Accompagnements(venues + personnes, personnes) if personnes else Accompagnements()


CASES = st.builds(case, st.integers(0, 6), st.integers(0, 12))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CASES, CASES), min_size=2, max_size=5))
def test_une_case_cachee_dans_un_sens_ne_se_retrouve_pas_dans_l_autre(mois: list[Any]) -> None:
    """Ni d'un mois ni d'une sorte, dont les sommes se lisent ; ni des cumuls."""
    sortes = [[paire[rang] for paire in mois] for rang in (0, 1)]
    tous = [Accompagnements(a.nombre + b.nombre, a.personnes + b.personnes) for a, b in mois]
    lignes = [tous, *sortes]
    caches = cacher_le_tableau(lignes)
    for ligne, cachees in zip(lignes, caches, strict=True):
        assert {r for r, une in enumerate(ligne) if 0 < une.personnes < SEUIL} <= cachees
        pleines = [r for r in cachees if ligne[r].nombre]
        assert len(pleines) != 1 or len(cachees) == len(ligne)
    for rang, paire in enumerate(mois):
        cachees = [rang in c for c in caches[1:]]
        dites = [une.nombre for une, cachee in zip(paire, cachees, strict=True) if cachee]
        # Of two whose sum is read, both or none, be one a zero; of a hidden sum, no part.
        assert all(cachees) or not any(dites)
        assert rang not in caches[0] or all(cachees) or not any(une.nombre for une in paire)
    cumuls = cumuler([une.nombre for une in tous], caches[0])
    for rang in caches[0]:
        avant = cumuls[rang - 1] if rang else 0
        if len(caches[0]) > 1:
            assert avant is None or cumuls[rang] is None


async def test_la_plateforme_se_lit_sans_compte_et_se_compte_une_fois_par_minute(
    guichet: Banc, atelier: dict[str, Any]
) -> None:
    """Des coordinateurs d'activites, des comptes d'identity ; quand elle se tait, la part ne se dit pas."""
    guichet.a_l_heure(dt.datetime(2025, 7, 1, 9, tzinfo=dt.UTC))
    lieu = {"lieu_id": LIEU, "nom": "M", "commune": "Dijon", "code_postal": "21000", "code_insee": "21231"}
    await guichet.inserer(lieux_connus.table, lieu)
    position = await enregistrer_une(guichet, await guichet.mediateur(), atelier)
    # Eight identifiers of coordinateurs, of seven people.
    qui = [uuid4() for _ in range(8)]
    for rang, coordinateur in enumerate(qui):
        await guichet.inserer(
            coordinations_listees.table, coordonnee(coordinateur, dt.date(2025, 6, 10 + rang))
        )
    un, autre = uuid4(), uuid4()
    renvoi = {"rapprochement_id": uuid4(), "compte_id": un, "renvoye": autre}
    renvoi |= {"coordinateur_id": qui[0], "coordinateur_renvoye": qui[1]}
    await guichet.inserer(comptes_rapproches.table, renvoi)
    adresse = "/statistiques/publiques/plateforme"

    async def lire(**entetes: str) -> Any:
        reponse = await guichet.client.get(adresse, headers=entetes)
        assert reponse.status_code == 200, reponse.text
        assert ChiffresDeLaPlateforme.model_validate_json(reponse.content).seuil == SEUIL
        return reponse

    reponse = await lire(**{"X-Position": position})
    seule = reponse.json()
    assert [p["libelle"] for p in seule["professionnels"]["mois"]][CE_MOIS] == "07/25"
    juin = seule["professionnels"]["mois"][-2]
    assert (juin["mediateurs"], juin["coordinateurs"]) == (None, 5)
    assert seule["professionnels"]["actifs"]["coordinateurs"] == {
        "nombre": 5,
        "inscrits": None,
        "proportion": None,
    }
    assert seule["accompagnements"]["total"] == seule["beneficiaires"]["total"] == 10
    assert seule["a_jour_au"] is not None
    assert (
        await guichet.client.get(adresse, headers={"If-None-Match": reponse.headers["etag"]})
    ).status_code == 304
    assert reponse.headers["cache-control"] == "public, max-age=60"

    async def inscrits() -> Inscrits:
        return Inscrits(mediateurs=40, conseillers=20, coordinateurs=7)

    guichet.app.state.inscrits = inscrits
    assert (await lire()).json()["professionnels"] == seule["professionnels"]
    position = await enregistrer_une(guichet, await guichet.mediateur(), atelier)
    gardee = await lire(**{"X-Position": position})
    assert (gardee.json(), gardee.headers["x-position-atteinte"]) == (seule, "non")
    guichet.app.state.publies = Publies()
    fraiche = await lire(**{"X-Position": position})
    assert "x-position-atteinte" not in fraiche.headers
    assert fraiche.json()["accompagnements"]["total"] == 25  # twice twelve
    actifs = fraiche.json()["professionnels"]["actifs"]
    # Two did nothing: rounded, the two numbers do not say so, nor more than this month beside them.
    assert actifs["coordinateurs"] == {"nombre": 5, "inscrits": 5, "proportion": 100.0}


async def enregistrer_une(guichet: Banc, qui: Personne, corps: dict[str, Any]) -> str:
    une = corps | {"id": str(uuid4())}
    reponse = await guichet.client.post("/activites", json=une, headers=qui.entetes)
    assert reponse.status_code == 201, reponse.text
    return reponse.headers["x-position"]


def coordonnee(coordinateur: UUID, date: dt.date) -> dict[str, Any]:
    """Une ligne de la liste des activités de coordination."""
    vides: dict[str, Any] = {"thematiques_animation": [], "natures_partenariat": []}
    vides |= dict.fromkeys(("mediateurs", "structures", "autres_acteurs"), 0)
    le = {"date": date, "enregistree_le": dt.datetime.now(dt.UTC)}
    return vides | le | {"coordination_id": uuid4(), "coordinateur_id": coordinateur, "type": "animation"}
