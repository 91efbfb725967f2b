"""Deux comptes d'une même personne : ce que l'un a saisi se lit depuis l'autre, puis lui est rendu (E3)."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from activites.domain.activite import ACTIVITE, Active, Auteur, auteur
from activites.domain.faits import ActiviteCorrigee
from activites.domain.vocabulaire import CompteId, MediateurId
from activites.projections import activites_listees, appartenances, coordinations
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.fichier import Statistiques
from activites.statistiques.filtres import Perimetre
from activites.statistiques.personnes import par_personne
from contracts.identity import ComptesRapprochesV1, RapprochementAnnuleV1
from events.projection.projection import fold_rows
from events.projection.rebuild import rebuild
from events.projection.source import FeedSource
from events.types import Position
from web.rapproches import Personne as Servie

from .appels import Corps, enregistrer, sans_id
from .conftest import Banc, Personne, statistiques_en_marche

QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
MEMBRES_DEPUIS = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def fait(garde: Personne, renvoye: Personne) -> ComptesRapprochesV1:
    return ComptesRapprochesV1(
        rapprochement_id=uuid4(),
        compte_id=garde.compte_id,
        renvoye=renvoye.compte_id,
        rapproches_le=QUAND,
        mediateur_id=garde.mediateur_id or renvoye.mediateur_id,
        coordinateur_id=garde.coordinateur_id or renvoye.coordinateur_id,
        mediateur_renvoye=renvoye.mediateur_id,
        coordinateur_renvoye=renvoye.coordinateur_id,
    )


def annule(rapproches: ComptesRapprochesV1) -> RapprochementAnnuleV1:
    return RapprochementAnnuleV1(
        **rapproches.model_dump(include={"rapprochement_id", "compte_id", "renvoye"}), annule_le=QUAND
    )


async def apprendre(banc: Banc, *faits: ComptesRapprochesV1 | RapprochementAnnuleV1) -> None:
    """The read model after these facts, from nothing: live and rebuilt are the same fold."""
    lignes = [ligne for ligne in fold_rows(comptes_rapproches, {}, faits).values() if ligne is not None]
    table = comptes_rapproches.table
    async with banc.store.database.engine.begin() as connection:
        await connection.execute(sa.delete(table))
        if lignes:
            await connection.execute(sa.insert(table), lignes)


async def lues(banc: Banc, qui: Personne, chemin: str = "/activites") -> list[str]:
    await banc.projeter()
    reponse = await banc.client.get(chemin, headers=qui.entetes)
    assert reponse.status_code == 200, reponse.text
    return sorted(element["id"] for element in reponse.json()["elements"])


async def comptees(banc: Banc, qui: Personne, **filtres: Any) -> tuple[int, int]:
    """(médiateurs, activités) of their figures, once the file has everything."""
    statistiques: Statistiques = banc.app.state.statistiques
    async with banc.store.database.raw() as connection:
        fin = await connection.fetchrow(
            "select xid, position from events order by xid desc, position desc limit 1"
        )
    assert fin is not None
    assert await statistiques.reached(Position(fin["xid"], fin["position"]), 60)
    reponse = await banc.client.get("/statistiques", params=filtres, headers=qui.entetes)
    assert reponse.status_code == 200, reponse.text
    bloc = reponse.json()
    return bloc["mediateurs"], bloc["totaux"]["activites"]["total"]


async def equipe(banc: Banc, chef: Personne, *membres: Personne, parti_le: dt.datetime | None = None) -> None:
    equipe_id = uuid4()
    await banc.inserer(coordinations.table, {"equipe_id": equipe_id, "coordinateur_id": chef.coordinateur_id})
    for membre in membres:
        ligne = {"equipe_id": equipe_id, "mediateur_id": membre.mediateur_id, "compte_id": membre.compte_id}
        await banc.inserer(appartenances.table, ligne | {"depuis": MEMBRES_DEPUIS, "parti_le": parti_le})


async def saisir(banc: Banc, qui: Personne, corps: Corps, combien: int) -> list[str]:
    ids = [str(uuid4()) for _ in range(combien)]
    for activite_id in ids:
        await enregistrer(banc, qui, corps | {"id": activite_id})
    return ids


async def test_e3_les_listes_et_les_chiffres_des_deux_comptes_n_en_font_qu_un_puis_se_separent(
    guichet: Banc, tmp_path: Path, individuel: Corps
) -> None:
    lea, ancienne = await guichet.mediateur(), await guichet.mediateur()
    chef, autre_chef = guichet.personne(coordinateur=True), guichet.personne(coordinateur=True)
    await equipe(guichet, chef, lea, ancienne)
    await equipe(guichet, autre_chef, ancienne)
    siennes = await saisir(guichet, lea, individuel, 2)
    autres = await saisir(guichet, ancienne, individuel, 3)
    rapproches = fait(lea, ancienne)

    async def ensemble() -> None:
        assert await lues(guichet, lea) == sorted(siennes + autres)
        assert await comptees(guichet, lea) == (1, 5)
        # Once in the team that both were in, and in the other's team with all that she recorded.
        for qui in (chef, autre_chef):
            assert await comptees(guichet, qui) == (1, 5)
            for un in (lea, ancienne):
                assert await comptees(guichet, qui, mediateurs=str(un.mediateur_id)) == (1, 5)
        admin = guichet.personne(roles=["admin"]).entetes
        for un in (lea, ancienne):
            choix = {"mediateurs": str(un.mediateur_id)}
            bloc = (await guichet.client.get("/statistiques/plateforme", params=choix, headers=admin)).json()
            assert (bloc["mediateurs"], bloc["totaux"]["activites"]["total"]) == (1, 5)

    await apprendre(guichet, rapproches)
    await ensemble()
    # Made again from the journal, the list and the file say the same.
    store = guichet.store
    assert await rebuild(store.database, activites_listees, lambda: FeedSource(store, "activites")) == 5
    en_direct = guichet.app.state.statistiques
    async with statistiques_en_marche(store, tmp_path / "refaites.duckdb") as refaites:
        guichet.app.state.statistiques = refaites
        await ensemble()
    guichet.app.state.statistiques = en_direct

    entre_temps = await saisir(guichet, lea, individuel, 1)
    await apprendre(guichet, rapproches, annule(rapproches))
    assert await lues(guichet, lea) == sorted(siennes + entre_temps)
    assert await lues(guichet, ancienne) == sorted(autres)
    assert await comptees(guichet, chef) == (2, 6)
    assert await comptees(guichet, autre_chef) == (1, 3)


async def test_e3_ce_que_l_autre_compte_a_saisi_se_corrige_se_supprime_et_lui_reste(
    guichet: Banc, individuel: Corps
) -> None:
    lea, ancienne, zoe = [await guichet.mediateur() for _ in range(3)]
    assert ancienne.mediateur_id is not None
    un, deux = await saisir(guichet, ancienne, individuel, 2)
    correction = sans_id(individuel) | {"duree_minutes": 200}
    for qui in (lea, zoe):
        refus = await guichet.client.put(f"/activites/{un}", json=correction, headers=qui.entetes)
        assert refus.status_code == 404

    rapproches = fait(lea, ancienne)
    await apprendre(guichet, rapproches)
    assert (await guichet.client.get(f"/activites/{un}", headers=zoe.entetes)).status_code == 404
    ecrite = await guichet.client.put(f"/activites/{un}", json=correction, headers=lea.entetes)
    assert ecrite.status_code == 200, ecrite.text
    etat, _ = await guichet.store.state(ACTIVITE(UUID(un)))
    assert isinstance(etat, Active)
    assert isinstance(etat.derniere, ActiviteCorrigee)
    assert auteur(etat) == Auteur(MediateurId(ancienne.mediateur_id), CompteId(ancienne.compte_id))
    assert (await guichet.client.delete(f"/activites/{deux}", headers=lea.entetes)).status_code == 204
    reprise = await guichet.client.post(f"/activites/{deux}/restauration", headers=lea.entetes)
    assert reprise.status_code == 200, reprise.text
    assert await lues(guichet, lea) == sorted([un, deux])
    habitudes = await guichet.client.get("/activites/habitudes", headers=lea.entetes)
    assert (habitudes.json()["thematiques"], habitudes.json()["commune"]["nom"]) == (["email"], "Dijon")
    export = await guichet.client.get("/activites/export?format=json", headers=lea.entetes)
    assert {ligne["ID CRA"] for ligne in export.json()} == {un, deux}

    await apprendre(guichet, rapproches, annule(rapproches))
    lue = await guichet.client.get(f"/activites/{un}", headers=ancienne.entetes)
    assert lue.json()["duree_minutes"] == 200
    assert (await guichet.client.get(f"/activites/{un}", headers=lea.entetes)).status_code == 404


async def test_e3_l_emploi_et_les_brouillons_de_l_autre_compte_servent(
    guichet: Banc, individuel: Corps
) -> None:
    lea, ancienne = guichet.personne(mediateur=True), await guichet.mediateur()
    refus = await guichet.client.post("/activites", json=individuel, headers=lea.entetes)
    assert refus.json()["type"] == "/problemes/AucunEmploi"
    brouillon = f"/brouillons/{uuid4()}"
    corps = {"sorte": "individuel", "contenu": {"champs": [["notes", "un"]]}}
    assert (await guichet.client.put(brouillon, json=corps, headers=ancienne.entetes)).status_code == 200

    rapproches = fait(lea, ancienne)
    await apprendre(guichet, rapproches)
    await enregistrer(guichet, lea, individuel)
    liste = await guichet.client.get("/brouillons", headers=lea.entetes)
    assert [f"/brouillons/{un['id']}" for un in liste.json()["elements"]] == [brouillon]
    # Kept on, it stays in the place where it was.
    suite = corps | {"contenu": {"champs": [["notes", "deux"]]}}
    assert (await guichet.client.put(brouillon, json=suite, headers=lea.entetes)).status_code == 200

    await apprendre(guichet, rapproches, annule(rapproches))
    assert (await guichet.client.get(brouillon, headers=lea.entetes)).status_code == 404
    rendu = await guichet.client.get(brouillon, headers=ancienne.entetes)
    assert rendu.json()["contenu"] == suite["contenu"]


async def test_e3_un_coordinateur_qui_avait_deux_comptes_lit_toutes_ses_equipes(
    guichet: Banc, individuel: Corps
) -> None:
    lea, marc = await guichet.mediateur(), await guichet.mediateur()
    chef, ancien = guichet.personne(coordinateur=True), guichet.personne(coordinateur=True)
    await equipe(guichet, chef, lea)
    await equipe(guichet, ancien, marc, parti_le=dt.datetime(2025, 6, 15, 12, tzinfo=dt.UTC))
    await saisir(guichet, lea, individuel, 1)
    await saisir(guichet, marc, individuel | {"date": "2025-06-15"}, 1)
    await saisir(guichet, marc, individuel | {"date": "2025-06-16"}, 1)
    rapproches = fait(chef, ancien)
    await apprendre(guichet, rapproches)
    assert await comptees(guichet, chef) == (2, 2)
    await apprendre(guichet, rapproches, annule(rapproches))
    assert await comptees(guichet, chef) == (1, 1)


async def test_e3_trois_comptes_a_la_suite_sont_une_seule_personne(guichet: Banc, individuel: Corps) -> None:
    lea, deuxieme, premiere = [await guichet.mediateur() for _ in range(3)]
    for qui in (lea, deuxieme, premiere):
        await saisir(guichet, qui, individuel, 1)
    avant, apres = fait(deuxieme, premiere), fait(lea, deuxieme)
    await apprendre(guichet, avant, apres)
    assert await comptees(guichet, lea) == (1, 3)
    await apprendre(guichet, avant, apres, annule(apres))
    assert (await comptees(guichet, lea), await comptees(guichet, deuxieme)) == ((1, 1), (1, 2))


def test_e3_d_une_personne_partie_sous_un_compte_et_presente_sous_l_autre_tout_compte() -> None:
    un, deux, trois = (UUID(int=n) for n in (1, 2, 3))
    lea, zoe = Servie(un, (un, deux)), Servie(trois, (trois,))
    personnes = {un: lea, deux: lea, trois: zoe}
    juin, juillet = dt.date(2026, 6, 1), dt.date(2026, 7, 1)

    def comptes(*perimetres: Perimetre) -> dict[UUID, Sequence[Perimetre]]:
        return dict(par_personne(perimetres, personnes))

    assert comptes(Perimetre(deux, juin), Perimetre(trois, juin)) == {
        un: [Perimetre(un, juin, un), Perimetre(deux, juin, un)],
        deux: [Perimetre(un, juin, un), Perimetre(deux, juin, un)],
        trois: [Perimetre(trois, juin, trois)],
    }
    for fins, fin in (((juin, juillet), juillet), ((juin, None), None), ((None, juin), None)):
        faits = [Perimetre(qui, quand) for qui, quand in zip((un, deux), fins, strict=True)]
        assert {p.jusqu_au for p in comptes(*faits)[un]} == {fin}
