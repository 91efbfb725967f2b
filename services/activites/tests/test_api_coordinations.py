"""/coordinations : ce qu'un coordinateur enregistre, et que lui seul relit, corrige, supprime, télécharge."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
import pytest_asyncio
from activites.app import DESCRIPTION
from activites.domain.activite import REPENTIR
from activites.domain.coordination_faits import TextesDeCoordinationEffaces
from activites.erasure import effacer
from activites.exports.coordinations import COLONNES
from activites.projections import conseillers_numeriques, coordinations_listees, coordinations_supprimees
from activites.projections.comptes_rapproches import comptes_rapproches
from events.projection.manager import Manager
from events.projection.projection import Projection, Projector
from events.projection.source import FeedSource
from events.service import Tools
from events.store.store import Context
from events.testing import carry_through
from events.types import ERASED
from process.clock import Clock
from tableurs import ouvrir

from .appels import Corps, refus, sans_id
from .conftest import Banc, Personne
from .exemples_coordination import SIRET

CONTEXT = Context("operateur", "demande-42")
CANARI = "zibrolatune"


@pytest_asyncio.fixture
async def rose(banc: Banc) -> str:
    """Le compte de quelqu'un de l'annuaire."""
    compte_id = uuid4()
    ligne = {"compte_id": compte_id, "debuts": [], "fins": []}
    await banc.inserer(conseillers_numeriques.table, ligne)
    return str(compte_id)


@pytest.fixture
def animation(rose: str) -> Corps:
    """Le corps d'un POST : une animation avec une personne et une structure liées."""
    return {
        "id": str(uuid4()),
        "type": "animation",
        "date": "2025-06-30",
        "duree_minutes": 90,
        "mediateurs": 4,
        "structures": 2,
        "autres_acteurs": 1,
        "type_animation": "autre",
        "type_animation_autre": "Marche exploratoire",
        "initiative": "demande",
        "thematiques_animation": ["reseau", "autre"],
        "thematique_animation_autre": "Aller vers",
        "personnes": [rose],
        "structures_concernees": [{"nom": "Mairie de Dijon", "siret": SIRET}],
        "notes": "<p>Avec <b>tous</b></p>",
    }


@pytest.fixture
def evenement() -> Corps:
    return {
        "id": str(uuid4()),
        "type": "evenement",
        "date": "2025-06-29",
        "nom": "Forum du numérique",
        "participants": 120,
        "type_evenement": "grand_public",
        "organisateurs": ["ma_structure", "commune"],
        "echelon_territorial": "Departemental",
    }


@pytest.fixture
def partenariat() -> Corps:
    return {
        "id": str(uuid4()),
        "type": "partenariat",
        "date": "2025-06-28",
        "natures_partenariat": ["parcours_usager"],
        "structures_partenaires": [
            {"nom": "=CCAS", "type": "commune", "siret": SIRET},
            {"nom": "Les Amis", "type": "autre", "type_autre": "Collectif"},
        ],
    }


async def enregistrer(banc: Banc, moi: Personne, corps: Corps) -> str:
    reponse = await banc.client.post("/coordinations", json=corps, headers=moi.entetes)
    assert reponse.status_code == 201, reponse.text
    return f"/coordinations/{corps['id']}"


async def projeter(banc: Banc) -> None:
    projections: tuple[Projection[Any], ...] = (coordinations_listees, coordinations_supprimees)
    for projection in projections:
        projecteur = Projector(banc.store.database, projection, FeedSource(banc.store, "activites"))
        while await projecteur.step():
            pass


async def liste(banc: Banc, moi: Personne, chemin: str = "", **filtres: Any) -> list[dict[str, Any]]:
    reponse = await banc.client.get(f"/coordinations{chemin}", params=filtres, headers=moi.entetes)
    assert reponse.status_code == 200, reponse.text
    return reponse.json()["elements"]


async def test_les_trois_types_s_enregistrent_une_fois_et_se_relisent_en_entier(
    banc: Banc, animation: Corps, evenement: Corps, partenariat: Corps
):
    moi = banc.personne(coordinateur=True)
    for corps in (animation, evenement, partenariat):
        chemin = await enregistrer(banc, moi, corps)
        encore = await banc.client.post("/coordinations", json=corps, headers=moi.entetes)
        assert encore.status_code == 200
        lue = await banc.client.get(chemin, headers=moi.entetes)
        assert lue.headers["etag"] == '"1"'
        vue = lue.json()
        for nom, valeur in corps.items():
            if nom != "structures_partenaires":
                attendu = (
                    [v | {"siret": v.get("siret")} for v in valeur]
                    if nom == "structures_concernees"
                    else valeur
                )
                assert vue[nom] == attendu, nom
        assert vue["corrigee_le"] is None
    noms = [(s["nom"], s["type"], s["type_autre"], s["siret"]) for s in vue["structures_partenaires"]]
    assert noms == [("=CCAS", "commune", None, SIRET), ("Les Amis", "autre", "Collectif", None)]


async def test_toutes_les_fautes_sont_dites_avec_leur_pointeur(banc: Banc, partenariat: Corps):
    moi = banc.personne(coordinateur=True)
    partenaires = [{"nom": "", "type": None, "siret": "12345678900000"}]
    corps = partenariat | {
        "natures_partenariat": [],
        "structures_partenaires": partenaires,
        "date": "2014-01-01",
    }
    reponse = await banc.client.post("/coordinations", json=corps, headers=moi.entetes)
    assert reponse.status_code == 422
    assert [e["pointeur"] for e in reponse.json()["erreurs"]] == [
        "/date",
        "/natures_partenariat",
        "/structures_partenaires/0/nom",
        "/structures_partenaires/0/type",
        "/structures_partenaires/0/siret",
    ]
    inconnu = await banc.client.post(
        "/coordinations", json=partenariat | {"participants": 3}, headers=moi.entetes
    )
    assert inconnu.status_code == 422


async def test_la_date_s_arrete_au_jour_civil_du_coordinateur(banc: Banc, evenement: Corps):
    moi = banc.personne(coordinateur=True)
    banc.a_l_heure(dt.datetime(2025, 6, 28, 21, 0, tzinfo=dt.UTC))
    corps = evenement | {"date": "2025-06-29"}
    reponse = await banc.client.post("/coordinations", json=corps, headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (422, "DateDansLeFutur")
    # It is that day already in Paris at 22:30 UTC.
    banc.a_l_heure(dt.datetime(2025, 6, 28, 22, 30, tzinfo=dt.UTC))
    await enregistrer(banc, moi, corps)


async def test_seul_un_coordinateur_ecrit_et_seul_l_auteur_voit(banc: Banc, evenement: Corps):
    moi, autre = banc.personne(coordinateur=True), banc.personne(coordinateur=True, mediateur=True)
    chemin = await enregistrer(banc, moi, evenement)
    await projeter(banc)
    mediateur = banc.personne(mediateur=True)
    for qui, statut, probleme in ((autre, 404, "CoordinationInconnue"), (mediateur, 403, "AccesRefuse")):
        for methode, ou, corps in (
            ("GET", chemin, None),
            ("PUT", chemin, sans_id(evenement)),
            ("DELETE", chemin, None),
            ("POST", f"{chemin}/restauration", None),
        ):
            reponse = await banc.client.request(methode, ou, json=corps, headers=qui.entetes)
            assert (reponse.status_code, refus(reponse)) == (statut, probleme), (methode, ou)
    for methode in ("GET", "POST"):
        reponse = await banc.client.request(
            methode, "/coordinations", json=evenement, headers=mediateur.entetes
        )
        assert reponse.status_code == 403
    assert await liste(banc, autre) == []
    # As if it were not there.
    inconnue = await banc.client.get(f"/coordinations/{uuid4()}", headers=autre.entetes)
    cachee = await banc.client.get(chemin, headers=autre.entetes)
    propres = ("instance", "request_id")
    dites = [{n: v for n, v in r.json().items() if n not in propres} for r in (inconnue, cachee)]
    assert dites[0] == dites[1]


async def test_une_correction_ne_recouvre_pas_celle_d_un_autre_onglet(banc: Banc, evenement: Corps):
    moi = banc.personne(coordinateur=True)
    chemin = await enregistrer(banc, moi, evenement)
    corps = sans_id(evenement) | {"participants": 130}
    entetes = moi.entetes | {"If-Match": '"1"'}
    assert (await banc.client.put(chemin, json=corps, headers=entetes)).status_code == 200
    assert (await banc.client.put(chemin, json=sans_id(evenement), headers=entetes)).status_code == 412
    lue = (await banc.client.get(chemin, headers=moi.entetes)).json()
    assert (lue["participants"], lue["corrigee_le"] is not None) == (130, True)
    await projeter(banc)
    [listee] = await liste(banc, moi)
    assert (listee["participants"], listee["nom"]) == (130, "Forum du numérique")


async def test_la_liste_se_filtre_se_trie_et_se_parcourt_une_fois(
    banc: Banc, animation: Corps, evenement: Corps, partenariat: Corps
):
    moi = banc.personne(coordinateur=True)
    for corps in (animation, evenement, partenariat):
        await enregistrer(banc, moi, corps)
    await projeter(banc)
    a, e, p = (corps["id"] for corps in (animation, evenement, partenariat))

    async def ids(**filtres: Any) -> list[str]:
        return [c["id"] for c in await liste(banc, moi, **filtres)]

    assert await ids() == [a, e, p]
    assert await ids(tri="anciennes") == [p, e, a]
    # A bound alone filters: the platform before asked for both.
    assert await ids(du="2025-06-29") == [a, e]
    assert await ids(au="2025-06-29") == [e, p]
    assert await ids(types=["animation", "partenariat"]) == [a, p]
    premiere = await banc.client.get("/coordinations?limite=2", headers=moi.entetes)
    assert premiere.json()["total"] == 3
    suite = premiere.json()["suivant"]
    assert [c["id"] for c in await liste(banc, moi, limite=2, apres=suite)] == [p]
    refuse = await banc.client.get(
        "/coordinations", params={"apres": suite, "types": "animation"}, headers=moi.entetes
    )
    assert refuse.status_code == 400
    listee = (await liste(banc, moi, types="animation"))[0]
    assert not {"notes", "coordinateur_id", "personnes"} & listee.keys()


async def test_une_suppression_s_annule_et_tout_revient_a_l_identique(banc: Banc, partenariat: Corps):
    moi = banc.personne(coordinateur=True)
    chemin = await enregistrer(banc, moi, partenariat)
    await projeter(banc)
    avant, listees = (await banc.client.get(chemin, headers=moi.entetes)).json(), await liste(banc, moi)
    for _ in range(2):
        assert (await banc.client.delete(chemin, headers=moi.entetes)).status_code == 204
    await projeter(banc)
    assert await liste(banc, moi) == []
    assert (await banc.client.get(chemin, headers=moi.entetes)).status_code == 404
    [supprimee] = await liste(banc, moi, "/supprimees")
    assert (supprimee["id"], supprimee["type"]) == (partenariat["id"], "partenariat")
    reprise = await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
    assert reprise.status_code == 200
    await projeter(banc)
    assert (await banc.client.get(chemin, headers=moi.entetes)).json() == avant
    assert (await liste(banc, moi), await liste(banc, moi, "/supprimees")) == (listees, [])


async def test_apres_trente_jours_ses_textes_et_leur_cle_sont_detruits(banc: Banc, evenement: Corps):
    moi = banc.personne(coordinateur=True)
    chemin = await enregistrer(banc, moi, evenement)
    await banc.client.delete(chemin, headers=moi.entetes)
    [corbeille] = [r for r in DESCRIPTION.reactions if r.name == "corbeille"]
    vault = banc.store.vault
    assert vault is not None
    apres = Clock().now() + REPENTIR + dt.timedelta(minutes=1)
    for maintenant, effaces in (
        (apres - dt.timedelta(minutes=2), []),
        (apres, [("coordination", UUID(evenement["id"]))]),
    ):
        suites = Manager(banc.store.database, FeedSource(banc.store, "activites"), corbeille)
        outils = Tools(banc.store, lambda instant=maintenant: instant)
        await carry_through(suites, DESCRIPTION.executor(corbeille, outils))
        assert [ligne[:2] async for ligne in vault.ledger()] == effaces
    *_, dernier = await banc.store.load(f"coordination-{evenement['id']}")
    assert isinstance(dernier.event, TextesDeCoordinationEffaces)
    banc.a_l_heure(apres)
    reprise = await banc.client.post(f"{chemin}/restauration", headers=moi.entetes)
    assert (reprise.status_code, refus(reprise)) == (410, "SuppressionDefinitive")


async def test_le_compte_efface_emporte_ses_textes_et_ses_noms(
    banc: Banc, animation: Corps, evenement: Corps
):
    moi = banc.personne(coordinateur=True)
    structures = [{"nom": f"Chez {CANARI}"}, {"nom": CANARI}]
    ici = await enregistrer(banc, moi, animation | {"notes": CANARI, "structures_concernees": structures})
    la_bas = await enregistrer(banc, moi, evenement | {"nom": CANARI})
    await projeter(banc)
    await effacer(banc.store, "compte", moi.compte_id, "demande", CONTEXT, Clock().now())
    await projeter(banc)
    lue = (await banc.client.get(ici, headers=moi.entetes)).json()
    assert (lue["notes"], lue["mediateurs"]) == (ERASED, 4)
    assert [s["nom"] for s in lue["structures_concernees"]] == [ERASED, ERASED]
    assert (await banc.client.get(la_bas, headers=moi.entetes)).json()["nom"] == ERASED
    assert CANARI not in str(await liste(banc, moi))
    refusee = await banc.client.put(ici, json=sans_id(animation), headers=moi.entetes)
    assert (refusee.status_code, refus(refusee)) == (409, "CoordinationEffacee")


async def test_ce_que_l_autre_compte_a_saisi_est_a_la_personne(banc: Banc, evenement: Corps):
    ancien, moi = banc.personne(coordinateur=True), banc.personne(coordinateur=True)
    chemin = await enregistrer(banc, ancien, evenement)
    await banc.inserer(
        comptes_rapproches.table,
        {
            "rapprochement_id": uuid4(),
            "compte_id": moi.compte_id,
            "renvoye": ancien.compte_id,
            "coordinateur_id": moi.coordinateur_id,
            "coordinateur_renvoye": ancien.coordinateur_id,
        },
    )
    await projeter(banc)
    assert [c["id"] for c in await liste(banc, moi)] == [evenement["id"]]
    corps = sans_id(evenement) | {"participants": 7}
    assert (await banc.client.put(chemin, json=corps, headers=moi.entetes)).status_code == 200
    *_, dernier = await banc.store.load(f"coordination-{evenement['id']}")
    assert getattr(dernier.event, "coordinateur_id", None) == ancien.coordinateur_id


async def exporter(banc: Banc, moi: Personne, chemin: Path, **demande: Any) -> list[Mapping[str, str]]:
    reponse = await banc.client.get("/coordinations/export", params=demande, headers=moi.entetes)
    assert reponse.status_code == 200, reponse.text
    chemin.write_bytes(reponse.content)
    return [ligne.valeurs or {} for ligne in ouvrir(chemin).lire()]


def test_les_colonnes_de_l_export_sont_celles_de_la_plateforme_d_avant_puis_les_structures() -> None:
    """Règle : docs/domaine/activites.md §8.2."""
    assert [c.titre for c in COLONNES] == [
        "Date de l’activité",
        "Type",
        "Durée (min.)",
        "Participants",
        "Médiateur·ice·s numérique·s",
        "Structure·s",
        "Autres acteur.trice.s",
        "Nom de l’évènement",
        "Type d’animation, type d’évènement, nature du partenariat",
        "Organisé par",
        "Structure·s partenaire·s (Nom)",
        "Structure·s partenaire·s (type)",
        "Échelon territorial de l’évènement ou du partenariat",
        "Qui est à l’initiative de cette intervention ?",
        "Thématique(s) d’animation",
        "Tags",
        "Notes",
        "Enregistrée le",
        "Dernière modification le",
        "ID CRA",
        "Structure·s (Nom, SIRET)",
    ]


async def test_l_export_a_les_colonnes_prevues_et_dit_ce_qui_est_sans_objet(
    banc: Banc, animation: Corps, evenement: Corps, partenariat: Corps, tmp_path: Path
):
    moi, autre = banc.personne(coordinateur=True), banc.personne(coordinateur=True)
    notes = "<p>Salon, forum</p><p>Atelier, repas</p><p>Bilan, suite</p>" * 6
    for corps in (animation, evenement | {"nom": "Forum, salon", "notes": notes}, partenariat):
        await enregistrer(banc, moi, corps)
    await enregistrer(banc, autre, evenement | {"id": str(uuid4())})
    await projeter(banc)
    une, deux, trois = await exporter(banc, moi, tmp_path / "export.xlsx", format="xlsx")
    assert list(une) == [c.titre for c in COLONNES]
    assert (une["Durée (min.)"], une["Participants"], une["Nom de l’évènement"]) == ("90", "/", "/")
    forme = "Type d’animation, type d’évènement, nature du partenariat"
    assert une[forme] == "Autre : Marche exploratoire"
    assert une["Thématique(s) d’animation"].splitlines()[1] == "Autre : Aller vers"
    assert (une["Notes"], une["Structure·s (Nom, SIRET)"]) == ("Avec tous", f"Mairie de Dijon ({SIRET})")
    assert (deux["Durée (min.)"], deux["Participants"], deux["Médiateur·ice·s numérique·s"]) == (
        "/",
        "120",
        "/",
    )
    assert deux["Organisé par"] == "Ma structure (moi - même)\nUne commune"
    assert deux["Échelon territorial de l’évènement ou du partenariat"] == "Départemental"
    assert trois["Structure·s partenaire·s (Nom)"] == "=CCAS\nLes Amis"
    assert trois["Structure·s partenaire·s (type)"] == "Une commune\nAutre : Collectif"
    feuille = openpyxl.load_workbook(tmp_path / "export.xlsx").worksheets[0]
    assert feuille.title == "Activités de coordination"
    assert "f" not in {cellule.data_type for rangee in feuille.iter_rows() for cellule in rangee}
    assert (feuille["A1"].value, feuille["B4"].value, feuille["B5"].value) == (
        "Informations export",
        "Coordinateur",
        3,
    )
    filtree = {"format": "xlsx", "types": "evenement", "du": "2025-01-01"}
    await exporter(banc, moi, tmp_path / "filtre.xlsx", **filtree)
    feuille = openpyxl.load_workbook(tmp_path / "filtre.xlsx").worksheets[0]
    assert [[c.value for c in rangee[:2]] for rangee in feuille["A9:B12"]] == [
        ["Filtres", None],
        ["Période", "Depuis le 01/01/2025"],
        ["Type d’activité", "Évènement"],
        ["Tags", "-"],
    ]
    # Read back, a list in a cell and a title with commas are what they were.
    assert (
        list(map(list, await exporter(banc, moi, tmp_path / "export.csv", format="csv"))) == [list(une)] * 3
    )
    [seule] = await exporter(
        banc, moi, tmp_path / "export.json", format="json", types="evenement", du="2025-01-01"
    )
    assert seule["ID CRA"] == evenement["id"]
