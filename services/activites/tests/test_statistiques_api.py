"""Ce que chacun lit de ses chiffres, de ceux de ses équipes, et de ceux de la plateforme."""

import asyncio
import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from activites.api import publies, suivi_en_direct
from activites.api.demandes import QuestionStatistiques, filtres_de
from activites.api.exports import Nommeurs
from activites.domain.evenements import Event
from activites.jobs import oublier_les_liens
from activites.projections import (
    appartenances,
    beneficiaires_suivis,
    coordinations,
    coordinations_listees,
    emplois,
    lieux_connus,
)
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import liens_de_chiffres
from activites.reactions import fermetures
from activites.statistiques import dessins
from activites.statistiques.filtres import Filtres, Perimetre
from activites.statistiques.questions import totaux
from contracts.equipes import EquipeCreeeV1, MandatFiniV1, MandatOuvertV1, MembrePartiV1, MembreRejointV1
from contracts.identity import CompteFermeV1, NomsPersonnes
from events.projection.executor import Asked
from events.projection.projection import fold_rows
from events.service import Tools
from events.store.store import Context, Store
from process.clock import Clock
from tableurs import ouvrir

from .appels import ANNEE, chiffres_de, coordonner
from .conftest import Banc, Personne
from .exemples import LIEU, MEDIATHEQUE
from .test_statistiques_questions import activite as une_activite

type Corps = dict[str, Any]
DECRITS = ("genres", "tranches_age", "statuts")


async def enregistrer(guichet: Banc, qui: Personne, corps: Corps) -> str:
    """Enregistre une copie de ce compte rendu ; rend la position à attendre."""
    reponse = await guichet.client.post("/activites", json=corps | {"id": str(uuid4())}, headers=qui.entetes)
    assert reponse.status_code == 201, reponse.text
    return reponse.headers["x-position"]


async def test_un_compte_rendu_accepte_est_compte_a_la_lecture_suivante(
    guichet: Banc, individuel: Corps
) -> None:
    lea = await guichet.mediateur()
    tag = {"id": str(uuid4()), "portee": "personnel", "nom": "Mobilité", "description": ""}
    assert (await guichet.client.post("/tags", json=tag, headers=lea.entetes)).status_code == 201
    await guichet.projeter()
    position = await enregistrer(guichet, lea, individuel | {"tags": [tag["id"]]})
    bloc = await chiffres_de(guichet, lea, position)
    assert bloc["totaux"]["activites"]["total"] == 1
    assert [(e["tag_id"], e["nom"], e["nombre"]) for e in bloc["etiquettes"]] == [(tag["id"], "Mobilité", 1)]
    assert bloc["communes"] == [
        {"code_insee": "21231", "nombre": 1, "proportion": 100.0, "libelle": "Dijon · 21000"}
    ]


async def test_une_correction_et_une_suppression_se_voient_aussitot(guichet: Banc, individuel: Corps) -> None:
    lea = await guichet.mediateur()
    await enregistrer(guichet, lea, individuel)
    corps = {nom: v for nom, v in individuel.items() if nom != "id"} | {"duree_minutes": 200}
    un, deux = str(uuid4()), str(uuid4())
    for activite_id in (un, deux):
        await guichet.client.post("/activites", json=individuel | {"id": activite_id}, headers=lea.entetes)
    await guichet.client.put(f"/activites/{un}", json=corps, headers=lea.entetes)
    supprimee = await guichet.client.delete(f"/activites/{deux}", headers=lea.entetes)
    bloc = await chiffres_de(guichet, lea, supprimee.headers["x-position"])
    durees = {ligne["valeur"]: ligne["nombre"] for ligne in bloc["activites"]["durees"]}
    assert durees == {"30": 0, "60": 1, "120": 0, "more": 1}


async def test_une_fiche_corrigee_range_ses_activites_passees_et_le_temps_n_y_vieillit_personne(
    guichet: Banc, individuel: Corps, fichier: Path
) -> None:
    lea, annee = await guichet.mediateur(), ANNEE
    fiche: Corps = {
        "prenom": "Amina",
        "nom": "Vidal",
        "annee_naissance": annee - 24,
        "genre": "feminin",
        "statut_social": "scolarise",
        "commune": {"code_insee": "21231"},
    }
    suivie, inode = str(uuid4()), fichier.stat().st_ino
    await guichet.client.post("/beneficiaires", json=fiche | {"id": suivie}, headers=lea.entetes)
    position = await enregistrer(guichet, lea, individuel | {"beneficiaire": {"id": suivie}})

    async def comptes() -> tuple[str, ...]:
        bloc = (await chiffres_de(guichet, lea, position))["beneficiaires"]
        par_code = [(ligne["valeur"], ligne["nombre"]) for nom in DECRITS for ligne in bloc[nom]]
        par_code += [(ligne["code_insee"], ligne["nombre"]) for ligne in bloc["communes"]]
        return tuple(code for code, nombre in par_code if nombre)

    assert await comptes() == ("feminin", "dix_huit_vingt_quatre", "scolarise", "21231")
    guichet.a_l_heure(dt.datetime(annee + 2, 1, 2, tzinfo=dt.UTC))
    assert await comptes() == ("feminin", "dix_huit_vingt_quatre", "scolarise", "21231")
    for champs, attendus in (
        ({"genre": "masculin"}, ("masculin", "dix_huit_vingt_quatre", "scolarise", "21231")),
        ({"statut_social": "en_emploi"}, ("masculin", "dix_huit_vingt_quatre", "en_emploi", "21231")),
        ({"commune": {"code_insee": "75056"}}, ("masculin", "dix_huit_vingt_quatre", "en_emploi", "75056")),
        ({"annee_naissance": annee - 59}, ("masculin", "quarante_cinquante_neuf", "en_emploi", "75056")),
        ({"annee_naissance": None}, ("masculin", "non_communique", "en_emploi", "75056")),
    ):
        fiche |= champs
        corrigee = await guichet.client.put(f"/beneficiaires/{suivie}", json=fiche, headers=lea.entetes)
        assert corrigee.status_code == 200, corrigee.text
        position = corrigee.headers["x-position"]
        assert await comptes() == attendus
    await guichet.client.delete(f"/beneficiaires/{suivie}", headers=lea.entetes)
    assert await comptes() == attendus
    assert fichier.stat().st_ino == inode, "le fichier a été refait"


async def test_sans_filtre_tout_le_passe_se_sait_de_la_question_meme(store: Store[Event]) -> None:
    """Les premières fois ne se cherchent alors pas ; un filtre de plus, et il le faut."""

    async def retenus(**question: Any) -> Filtres:
        def refuser(sorte: str, chemin: Sequence[str | int]) -> Exception:
            return AssertionError(sorte, chemin)

        return await filtres_de(
            QuestionStatistiques(**question),
            [Perimetre(uuid4())],
            moi=None,
            database=store.database,
            clock=Clock(),
            aujourd_hui=dt.date(2026, 3, 15),
            faute=refuser,
        )

    assert (await retenus()).tout_le_passe
    assert (await retenus(au=dt.date(2026, 1, 1))).tout_le_passe
    assert not (await retenus(types=["individuel"])).tout_le_passe


async def test_un_mediateur_ne_compte_que_les_siennes(guichet: Banc, individuel: Corps) -> None:
    lea, marc = await guichet.mediateur(), await guichet.mediateur()
    await enregistrer(guichet, lea, individuel)
    position = await enregistrer(guichet, marc, individuel)
    assert (await chiffres_de(guichet, lea, position))["totaux"]["activites"]["total"] == 1
    reponse = await guichet.client.get(
        "/statistiques", params={"mediateurs": str(marc.mediateur_id)}, headers=lea.entetes
    )
    assert reponse.status_code == 404


async def test_un_coordinateur_compte_ses_equipes_et_choisit_un_membre(
    guichet: Banc, individuel: Corps, atelier: Corps
) -> None:
    lea, marc, autre = [await guichet.mediateur() for _ in range(3)]
    chef = guichet.personne(coordinateur=True)
    equipe, _ = [await coordonner(guichet, chef, membre) for membre in (lea, marc)]
    m = MEDIATHEQUE
    await guichet.inserer(
        lieux_connus.table,
        {
            "lieu_id": LIEU,
            "nom": "Médiathèque",
            "commune": m.commune,
            "code_postal": m.code_postal,
            "code_insee": m.code_insee,
            "departement": m.departement,
        },
    )
    await enregistrer(guichet, lea, individuel)
    await enregistrer(guichet, autre, individuel)
    position = await enregistrer(guichet, marc, atelier)
    bloc = await chiffres_de(guichet, chef, position)
    assert bloc["mediateurs"] == 2
    assert bloc["totaux"]["activites"]["total"] == 2
    assert bloc["lieux"][0]["nom"] == "Médiathèque"
    seule = await chiffres_de(guichet, chef, position, mediateurs=str(lea.mediateur_id))
    assert seule["totaux"]["accompagnements"]["total"] == 1

    async def nommer_pour(qui: UUID, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return {equipe: "=Canari"} if (qui, *ids) == (chef.compte_id, equipe) else {}

    d_elle, un = {"equipe": str(equipe), "format": "csv"}, "1 membre aujourd’hui"
    sans_nom = f"Une des 2 que je coordonne ({un}, identifiant {equipe})"
    for nommeurs, dite in ((Nommeurs(equipes=nommer_pour), f"'=Canari ({un})"), (Nommeurs(), sans_nom)):
        guichet.app.state.nommeurs = nommeurs
        export = await guichet.client.get("/statistiques/export", params=d_elle, headers=chef.entetes)
        assert dite in export.text


async def test_les_filtres_proposent_ou_pour_qui_et_de_qui_sont_les_activites_que_l_on_compte(
    guichet: Banc, individuel: Corps, atelier: Corps
) -> None:
    """De ses équipes, chacun pendant qu'il en est ; sans ce que l'on ne voit pas, ni aucun bénéficiaire."""
    lea, marc, autre = [await guichet.mediateur() for _ in range(3)]
    chef = guichet.personne(coordinateur=True)
    equipe = await coordonner(guichet, chef, lea)
    await coordonner(guichet, chef, marc, parti_le=dt.datetime(2025, 3, 1, tzinfo=dt.UTC))
    tag = {"id": str(uuid4()), "portee": "personnel", "nom": "=Mobilité", "description": ""}
    await guichet.client.post("/tags", json=tag, headers=lea.entetes)
    await guichet.projeter()
    lieu = {"lieu_id": LIEU, "nom": "Médiathèque", "commune": "Lyon", "code_postal": "69003"}
    await guichet.inserer(lieux_connus.table, lieu | {"code_insee": "69383", "departement": "69"})
    await enregistrer(guichet, lea, individuel | {"tags": [tag["id"]], "date": "2025-06-14"})
    await enregistrer(guichet, lea, atelier | {"date": "2025-06-13"})
    await enregistrer(guichet, autre, individuel)
    position = await enregistrer(guichet, marc, individuel | {"date": "2025-06-15"})

    async def proposes(qui: Personne, statut: int = 200, **demandes: str) -> Any:
        entetes = qui.entetes | {"X-Position": position}
        reponse = await guichet.client.get("/statistiques/choix", params=demandes, headers=entetes)
        assert reponse.status_code == statut, reponse.text
        return reponse.json()

    siens = await proposes(lea)
    assert [(c["code_insee"], c["libelle"]) for c in siens["communes"]] == [
        ("69123", "Lyon · 69001"),
        ("21231", "Dijon · 21000"),
    ]
    assert [(d["code"], d["libelle"]) for d in siens["departements"]] == [
        ("69", "Rhône"),
        ("21", "Côte-d'Or"),
    ]
    assert [(un["nom"], un["commune"]) for un in siens["lieux"]] == [("Médiathèque", "Lyon")]
    assert [e["nom"] for e in siens["etiquettes"]] == ["=Mobilité"]
    assert (siens["mediateurs"], siens["v1"], siens["dernier_jour"]) == ([], False, "2025-06-14")
    [employeur] = siens["structures_employeuses"]
    assert employeur["nom"] is None
    assert (await chiffres_de(guichet, lea, structures_employeuses=employeur["structure_id"]))["totaux"][
        "activites"
    ]["total"] == 2

    async def nommer(comptes: Collection[UUID]) -> NomsPersonnes:
        return NomsPersonnes(
            personnes={lea.compte_id: "Léa Brun", marc.compte_id: "Marc Noir"},
            prenoms={lea.compte_id: "Léa", marc.compte_id: "Marc"},
        )

    async def nommer_pour(qui: UUID, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return dict.fromkeys(ids, "Mairie")

    guichet.app.state.nommer, guichet.app.state.nommeurs = nommer, Nommeurs(structures=nommer_pour)
    async with guichet.store.database.engine.begin() as connection:
        for membre in (lea, marc):
            await connection.execute(
                sa.update(appartenances.table)
                .where(appartenances.table.c.mediateur_id == membre.mediateur_id)
                .values(compte_id=membre.compte_id)
            )
    de_l_equipe = await proposes(chef)
    assert de_l_equipe["dernier_jour"] == "2025-06-14"
    assert [m["mediateur_id"] for m in de_l_equipe["mediateurs"]] == [str(lea.mediateur_id)]
    assert [(m["prenom"], m["nom"]) for m in de_l_equipe["mediateurs"]] == [("Léa", "Brun")]
    assert [e["nom"] for e in de_l_equipe["structures_employeuses"]] == ["Mairie"]
    assert de_l_equipe["etiquettes"] == [], "l’étiquette personnelle d’une autre ne se voit pas"
    assert (await proposes(chef, equipe=str(equipe)))["mediateurs"] == []
    assert (await proposes(chef, mediateurs=str(marc.mediateur_id)))["premier_jour"] is None
    assert len((await proposes(chef, lignes="1"))["communes"]) == 1
    await proposes(lea, 404, equipe=str(equipe))
    await proposes(chef, 404, mediateurs=str(autre.mediateur_id))
    await proposes(lea, 422, du="2025-01-01")


async def test_d6_un_membre_parti_compte_jusqu_au_jour_de_son_depart(
    guichet: Banc, individuel: Corps
) -> None:
    lea, chef = await guichet.mediateur(), guichet.personne(coordinateur=True)
    await coordonner(guichet, chef, lea, parti_le=dt.datetime(2025, 6, 15, 12, tzinfo=dt.UTC))
    await enregistrer(guichet, lea, individuel | {"date": "2025-06-15"})
    position = await enregistrer(guichet, lea, individuel | {"date": "2025-06-16"})
    assert (await chiffres_de(guichet, chef, position))["totaux"]["activites"]["total"] == 1
    assert (await chiffres_de(guichet, lea, position))["totaux"]["activites"]["total"] == 2


async def test_d7_le_successeur_lit_toute_la_periode_de_l_equipe_et_l_ancien_plus_rien(
    guichet: Banc, individuel: Corps
) -> None:
    lea, ancien, suivant = (
        await guichet.mediateur(),
        guichet.personne(coordinateur=True),
        guichet.personne(coordinateur=True),
    )
    assert ancien.coordinateur_id is not None
    assert suivant.coordinateur_id is not None
    equipe_id, quand = uuid4(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    await guichet.inserer(
        appartenances.table,
        {
            "equipe_id": equipe_id,
            "mediateur_id": lea.mediateur_id,
            "depuis": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        },
    )
    position = await enregistrer(guichet, lea, individuel | {"date": "2025-06-15"})
    creee = EquipeCreeeV1(
        equipe_id=equipe_id, coordinateur_id=ancien.coordinateur_id, creee_le=quand - dt.timedelta(days=365)
    )
    fini = MandatFiniV1(
        equipe_id=equipe_id, coordinateur_id=ancien.coordinateur_id, compte_id=ancien.compte_id, fini_le=quand
    )
    ouvert = MandatOuvertV1(
        equipe_id=equipe_id,
        coordinateur_id=suivant.coordinateur_id,
        compte_id=suivant.compte_id,
        depuis=quand,
    )
    for faits, lus in (([creee], (1, 0)), ([creee, fini, ouvert], (0, 1))):
        async with guichet.store.database.engine.begin() as connection:
            await connection.execute(sa.delete(coordinations.table))
        for row in fold_rows(coordinations, {}, faits).values():
            if row is not None:
                await guichet.inserer(coordinations.table, dict(row))
        blocs = [await chiffres_de(guichet, qui, position) for qui in (ancien, suivant)]
        assert tuple(bloc["totaux"]["activites"]["total"] for bloc in blocs) == lus
    refus = await guichet.client.get(
        "/statistiques", params={"mediateurs": str(lea.mediateur_id)}, headers=ancien.entetes
    )
    assert refus.status_code == 404


async def test_une_de_ses_equipes_se_compte_seule_et_celle_d_un_autre_ne_se_voit_pas(
    guichet: Banc, individuel: Corps
) -> None:
    """Les jours d'appartenance à celle-là ; d'un lien aussi, tant qu'on la coordonne."""
    lea, marc = await guichet.mediateur(), await guichet.mediateur()
    chef, autre = guichet.personne(mediateur=True, coordinateur=True), guichet.personne(coordinateur=True)
    une = await coordonner(guichet, chef, lea, parti_le=dt.datetime(2025, 6, 15, 12, tzinfo=dt.UTC))
    deux = await coordonner(guichet, chef, lea)
    await coordonner(guichet, chef, marc)
    for jour in ("2025-06-15", "2025-06-16"):
        position = await enregistrer(guichet, lea, individuel | {"date": jour})
    for equipe, attendu in ((une, 1), (deux, 2)):
        bloc = await chiffres_de(guichet, chef, position, equipe=str(equipe))
        assert (bloc["mediateurs"], bloc["totaux"]["activites"]["total"]) == (1, attendu)
        assert bloc["filtres"] == {"equipe": str(equipe)}
    fichier = await guichet.client.get(
        "/statistiques/export", params={"equipe": str(deux), "format": "json"}, headers=chef.entetes
    )
    [dite] = [ligne["Nombre"] for ligne in fichier.json() if ligne["Statistiques"] == "Équipe"]
    assert dite == f"Une des 3 que je coordonne (1 membre aujourd’hui, identifiant {deux})"
    dehors = {"equipe": str(une), "mediateurs": str(marc.mediateur_id)}
    for qui, question in ((autre, {"equipe": str(une)}), (lea, {"equipe": str(une)}), (chef, dehors)):
        for chemin in ("", "/export", "/suivi"):
            refus = await guichet.client.get(f"/statistiques{chemin}", params=question, headers=qui.entetes)
            assert refus.status_code == 404, (chemin, question)
    corps = {
        "jusqu_au": (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date().isoformat(),
        "question": {"equipe": str(une)},
    }
    assert (
        await guichet.client.post("/statistiques/partages", json=corps, headers=autre.entetes)
    ).status_code == 404
    # Léa alone: her figures are not those of an équipe.
    for question in ({"equipe": str(une)}, {"mediateurs": [str(lea.mediateur_id)]}):
        seule = await guichet.client.post(
            "/statistiques/partages", json=corps | {"question": question}, headers=chef.entetes
        )
        assert [e["pointeur"] for e in seule.json()["erreurs"]] == ["/question/mediateurs"]
    siens = corps | {"question": {"mediateurs": [str(chef.mediateur_id)]}}
    donne = await guichet.client.post("/statistiques/partages", json=siens, headers=chef.entetes)
    assert donne.status_code == 201
    arrive_le = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    marc_y_est = {"equipe_id": une, "mediateur_id": marc.mediateur_id, "depuis": arrive_le}
    await guichet.inserer(appartenances.table, marc_y_est)
    # Of two, only Léa has written: it would be hers alone, now as when Marc takes back what he wrote.
    donne = await guichet.client.post("/statistiques/partages", json=corps, headers=chef.entetes)
    assert [e["pointeur"] for e in donne.json()["erreurs"]] == ["/question/mediateurs"]

    async def lire(apres: str) -> int:
        return (await guichet.client.get(lien, headers={"X-Position": apres})).status_code

    sien = individuel | {"id": str(uuid4()), "date": "2025-06-15"}
    ecrit = await guichet.client.post("/activites", json=sien, headers=marc.entetes)
    await chiffres_de(guichet, marc, ecrit.headers["x-position"])
    entetes = chef.entetes | {"X-Position": ecrit.headers["x-position"]}
    donne = await guichet.client.post("/statistiques/partages", json=corps, headers=entetes)
    lien = f"/statistiques/publiques/{donne.json()['jeton']}"
    assert await lire(ecrit.headers["x-position"]) == 200
    assert str(marc.mediateur_id) not in (await guichet.client.get(lien)).text
    otee = await guichet.client.delete(f"/activites/{sien['id']}", headers=marc.entetes)
    assert await lire(otee.headers["x-position"]) == 410
    remise = await guichet.client.post(f"/activites/{sien['id']}/restauration", headers=marc.entetes)
    assert await lire(remise.headers["x-position"]) == 200
    un = appartenances.table.c
    async with guichet.store.database.engine.begin() as connection:
        seul = sa.and_(un.equipe_id == une, un.mediateur_id == marc.mediateur_id)
        await connection.execute(sa.delete(appartenances.table).where(seul))
    assert (await guichet.client.get(lien)).status_code == 410
    await guichet.inserer(appartenances.table, marc_y_est)
    async with guichet.store.database.engine.begin() as connection:
        await connection.execute(sa.delete(coordinations.table).where(coordinations.table.c.equipe_id == une))
    assert (await guichet.client.get(lien)).status_code == 410


async def test_un_coordinateur_sans_equipe_lit_zero(guichet: Banc) -> None:
    bloc = await chiffres_de(guichet, guichet.personne(coordinateur=True))
    assert (bloc["mediateurs"], bloc["totaux"]["activites"]["total"]) == (0, 0)


async def test_les_chiffres_de_la_plateforme_sont_ouverts_a_tous_sans_petites_cases(
    guichet: Banc, individuel: Corps, atelier: Corps
) -> None:
    lea = await guichet.mediateur()
    position = await enregistrer(guichet, lea, individuel)

    async def publies(position: str, **mois: str) -> Corps:
        entetes = {"X-Position": position}
        reponse = await guichet.client.get("/statistiques/publiques", headers=entetes, params=mois)
        assert reponse.status_code == 200, reponse.text
        return reponse.json()

    seule = await publies(position)
    assert seule["totaux"]["accompagnements"]["total"] is None
    assert {ligne["nombre"] for ligne in (*seule["types"], *seule["thematiques"])} == {None}
    await guichet.inserer(
        lieux_connus.table,
        {"lieu_id": LIEU, "nom": "M", "commune": "Dijon", "code_postal": "21000", "code_insee": "21231"},
    )
    position = await enregistrer(guichet, lea, atelier)
    tous = await publies(position, du="2025-06-01", au="2025-06-30")
    assert tous["totaux"]["accompagnements"]["total"] == 15
    assert (tous["arrondi"], tous["definitions"]["arrondi"]["nom"]) == (5, "Arrondi")
    # One individuel: it would come back from the total less the participants.
    assert [ligne["nombre"] for ligne in tous["types"]] == [None, None]
    assert tous["totaux"]["activites"]["total"] is None
    assert [mois["nombre"] for mois in tous["mois"]] == [15]
    partiel = await guichet.client.get("/statistiques/publiques", params={"du": "2025-06-02"})
    assert partiel.status_code == 422
    assert (await guichet.client.get("/statistiques")).status_code == 401
    # From any site, kept as long as a count is, asked for again without its body.
    ailleurs = {"Origin": "https://chiffres.exemple.fr"}
    for si, statut in (('"autre"', 200), ("*", 304)):
        lue = await guichet.client.get("/statistiques/publiques", headers=ailleurs | {"If-None-Match": si})
        assert (lue.status_code, lue.headers["access-control-allow-origin"]) == (statut, "*")
        assert (lue.headers["cache-control"], "etag" in lue.headers) == ("public, max-age=60", True)


async def test_une_question_de_tous_se_compte_une_fois_par_minute_et_trop_de_questions_attendent_ailleurs(
    guichet: Banc, individuel: Corps, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, adresse = guichet.client, "/statistiques/publiques"
    ensemble = [lue.json() for lue in await asyncio.gather(*(client.get(adresse) for _ in range(4)))]
    assert len({lue["a_jour_au"] for lue in ensemble}) == 1
    lea = await guichet.mediateur()
    position = await enregistrer(guichet, lea, individuel)
    # Kept for who asks again, not for who has written since.
    vue = (await client.get(adresse, headers={"X-Position": position})).json()
    assert vue["a_jour_au"] > ensemble[0]["a_jour_au"]
    assert (await client.get(adresse)).json()["a_jour_au"] == vue["a_jour_au"]
    monkeypatch.setattr(publies, "ATTENTE_S", 0.01)
    places = guichet.app.state.publies.places
    for _ in range(publies.PLACES):
        await places.acquire()
    trop = await client.get(adresse, params={"du": "2025-01-01"})
    assert (trop.status_code, trop.headers["retry-after"]) == (503, "2")
    assert (await client.get(adresse)).status_code == 200
    admin = guichet.personne(roles=["admin"])
    assert (await client.get("/statistiques/departements/21", headers=admin.entetes)).status_code == 200
    places.release()
    assert (await client.get(adresse, params={"du": "2025-01-01"})).status_code == 200


async def test_un_coordinateur_lit_son_territoire_et_un_administrateur_tout(
    guichet: Banc, individuel: Corps
) -> None:
    lea = await guichet.mediateur()
    chef = guichet.personne(coordinateur=True)
    admin = guichet.personne(roles=["admin"])
    structure, lieu = uuid4(), uuid4()
    emploi = {"emploi_id": uuid4(), "compte_id": chef.compte_id, "structure_id": structure}
    await guichet.inserer(emplois.table, emploi | {"debut": dt.date(2020, 1, 1), "departement": "21"})
    fiche = {"lieu_id": lieu, "nom": "M", "commune": "Dijon", "code_postal": "21000", "code_insee": "21231"}
    await guichet.inserer(lieux_connus.table, fiche | {"departement": "21"})
    position = [await enregistrer(guichet, lea, individuel) for _ in range(6)][-1]
    adresses = ["departements/21", f"structures/{structure}", f"lieux/{lieu}"]
    ailleurs = ["departements/13", f"structures/{uuid4()}", f"lieux/{uuid4()}"]
    for qui, chemins, statut in (
        (chef, adresses, 200),
        (chef, ailleurs, 404),
        (admin, [*adresses, *ailleurs, "plateforme"], 200),
        (chef, ["plateforme"], 403),
        (lea, [*adresses, "plateforme"], 403),
    ):
        for chemin in chemins:
            reponse = await guichet.client.get(
                f"/statistiques/{chemin}", headers=qui.entetes | {"X-Position": position}
            )
            assert reponse.status_code == statut, (chemin, reponse.text)
            if reponse.status_code == 200 and chemin in ("departements/21", "plateforme"):
                compte = 6 if chemin == "plateforme" else 5
                assert reponse.json()["totaux"]["accompagnements"]["total"] == compte
    # Of the whole platform, with the same filters: what they offer, and the table; of nobody by name.
    avec = {"departements": ["21", "13"], "types": "individuel", "format": "csv"}
    avec |= {"du": "2025-06-01", "au": "2025-06-30", "comparer": "precedente"}
    for chemin, params in (("choix", {"lignes": "1"}), ("export", avec)):
        for qui, statut in ((admin, 200), (chef, 403), (lea, 403)):
            reponse = await guichet.client.get(
                f"/statistiques/plateforme/{chemin}", params=params, headers=qui.entetes
            )
            assert reponse.status_code == statut, reponse.text
            if statut == 200 and chemin == "choix":
                proposes = reponse.json()
                assert ([d["code"] for d in proposes["departements"]], proposes["mediateurs"]) == (["21"], [])
            elif statut == 200:
                lignes = reponse.text.splitlines()
                dit = next(ligne for ligne in lignes if ligne.startswith("Départements"))
                assert "Côte-d'Or, Bouches-du-Rhône" in dit
                assert "statistiques-plateforme_20" in reponse.headers["content-disposition"]
                assert lignes[0].endswith("Statistiques;Nombre;Part;Période comparée;Écart")
                assert not [ligne for ligne in lignes if "vos " in ligne]
                assert set(lignes) >= {
                    "Périmètre;Toute la plateforme;;;",
                    "Période comparée;Du 01/05/2025 au 31/05/2025;;;",
                    "Accompagnements au total;6;;0;6",
                    "Accompagnements individuels;6;100 %;0;6",
                    "E-mail;6;100 %;0;6",
                }
    for chemin in ("", "/export"):
        for de_personne in ("equipe", "beneficiaires"):
            faute = await guichet.client.get(
                f"/statistiques/plateforme{chemin}", params={de_personne: str(uuid4())}, headers=admin.entetes
            )
            assert faute.status_code == 422
            assert de_personne in faute.text
    tous = await guichet.client.get("/statistiques/plateforme", headers=admin.entetes)
    for dites, mots in (
        (tous.json()["definitions"], "toutes celles qui ont saisi"),
        ((await chiffres_de(guichet, lea, position))["definitions"], "vous seul·e"),
        ((await chiffres_de(guichet, chef, position))["definitions"], "les membres de vos équipes"),
    ):
        assert mots in dites["mediateurs"]["phrase"]
    # In Nouméa the 28th begins while Paris is still at the 27th.
    noumea = emploi | {"emploi_id": uuid4(), "structure_id": uuid4(), "fuseau": "Pacific/Noumea"}
    await guichet.inserer(emplois.table, noumea | {"debut": dt.date(2026, 11, 28)})
    for heure, statut in ((12, 404), (14, 200)):
        guichet.a_l_heure(dt.datetime(2026, 11, 27, heure, tzinfo=dt.UTC))
        ici = f"/statistiques/structures/{noumea['structure_id']}"
        assert (await guichet.client.get(ici, headers=chef.entetes)).status_code == statut


async def test_une_equipe_se_compte_depuis_l_arrivee_de_chacun_ou_depuis_toujours_et_se_compare(
    guichet: Banc, individuel: Corps
) -> None:
    lea, chef = await guichet.mediateur(), guichet.personne(coordinateur=True)
    equipe = uuid4()
    await guichet.inserer(coordinations.table, {"equipe_id": equipe, "coordinateur_id": chef.coordinateur_id})
    jours = [dt.datetime(2025, mois, 1, 12, tzinfo=dt.UTC) for mois in (3, 5, 7)]
    membre: Corps = {"equipe_id": equipe, "mediateur_id": lea.mediateur_id, "compte_id": lea.compte_id}
    faits = [
        MembreRejointV1(**membre, depuis=jours[0]),
        MembrePartiV1(**membre, parti_le=jours[1]),
        MembreRejointV1(**membre, depuis=jours[2]),
    ]
    [ligne] = [row for row in fold_rows(appartenances, {}, faits).values() if row is not None]
    await guichet.inserer(appartenances.table, dict(ligne))
    for jour in ("2025-02-10", "2025-04-10", "2025-06-10", "2025-08-10"):
        position = await enregistrer(guichet, lea, individuel | {"date": jour})
    for depuis, attendu in (("arrivee", 2), ("toujours", 4)):
        bloc = await chiffres_de(guichet, chef, position, depuis=depuis)
        assert (bloc["mediateurs"], bloc["totaux"]["activites"]["total"]) == (1, attendu)
    bloc = await chiffres_de(
        guichet, lea, position, du="2025-07-01", au="2025-08-31", comparer="precedente", pas="trimestre"
    )
    assert bloc["filtres"]["comparer"] == "precedente"
    assert [point["libelle"] for point in bloc["periodes"]["points"]] == ["T3 2025"]
    comparaison = bloc["comparaison"]
    assert (comparaison["du"], comparaison["au"]) == ("2025-05-01", "2025-06-30")
    ecart = next(e for e in comparaison["ecarts"] if e["cle"] == "accompagnements")
    assert ecart == {
        "cle": "accompagnements",
        "avant": 1,
        "maintenant": 1,
        "difference": 0,
        "evolution": 0.0,
    }
    assert bloc["definitions"]["nouveaux"]["unite"] == "bénéficiaire"
    assert position <= bloc["position"]


@pytest.mark.parametrize(
    ("filtres", "statut"),
    [
        ({"du": "2025-06-30", "au": "2025-06-01"}, 422),
        ({"du": "1641600000"}, 422),
        ({"au": "2025-06-30T00:00:00+11:00"}, 422),
        ({"du": ""}, 422),
        ({"type": "collectif"}, 422),
        ({"communes": "99999"}, 422),
        ({"du": "hier"}, 422),
        ({"departements": "ZZ"}, 422),
        ({"comparer": "precedente"}, 422),
        ({"beneficiaires": str(uuid4())}, 404),
        ({"types": "'; drop table activites; --"}, 422),
        ({"mediateurs": "1 or 1=1"}, 422),
    ],
)
async def test_une_periode_ou_un_filtre_faux_est_refuse(
    guichet: Banc, filtres: dict[str, str], statut: int
) -> None:
    lea = await guichet.mediateur()
    reponse = await guichet.client.get("/statistiques", params=filtres, headers=lea.entetes)
    assert reponse.status_code == statut
    assert reponse.headers["content-type"] == "application/problem+json"


def commune(code: str) -> Corps:
    return {"commune": {"code_insee": code}}


async def test_un_arrondissement_compte_dans_sa_ville_et_les_deux_se_demandent(
    guichet: Banc, individuel: Corps
) -> None:
    lea = await guichet.mediateur()
    for code in ("75111", "75056", "75104", "26274"):
        position = await enregistrer(guichet, lea, individuel | commune(code))
    bloc = await chiffres_de(guichet, lea, position)
    assert [(c["code_insee"], c["libelle"], c["nombre"]) for c in bloc["communes"]] == [
        ("75056", "Paris · 75001", 3),
        ("26274", "Rochefourchat · 26340", 1),
    ]
    assert sum(c["proportion"] for c in bloc["communes"]) == 100
    for codes, attendu in (("75111", 1), ("75056", 3), ("69381", 0), ("26274", 1)):
        bloc = await chiffres_de(guichet, lea, position, communes=codes)
        assert bloc["totaux"]["activites"]["total"] == attendu, codes


async def test_les_chiffres_de_la_plateforme_se_relisent_quelques_secondes_sauf_de_qui_a_ecrit_depuis(
    guichet: Banc, individuel: Corps
) -> None:
    client, adresse = guichet.client, "/statistiques/plateforme"
    admin = guichet.personne(roles=["admin"]).entetes
    ensemble = [
        lue.json() for lue in await asyncio.gather(*(client.get(adresse, headers=admin) for _ in "abc"))
    ]
    assert len({lue["a_jour_au"] for lue in ensemble}) == 1
    position = await enregistrer(guichet, await guichet.mediateur(), individuel)
    vue = (await client.get(adresse, headers=admin | {"X-Position": position})).json()
    avant, apres = (lue["totaux"]["activites"]["total"] for lue in (ensemble[0], vue))
    assert apres > avant
    assert (await client.get(adresse, headers=admin)).json()["totaux"] == vue["totaux"]


async def test_toute_la_vie_de_la_plateforme_se_demande(guichet: Banc, individuel: Corps) -> None:
    lea = await guichet.mediateur()
    position = await enregistrer(guichet, lea, individuel | {"date": "2015-01-01"})
    bloc = await chiffres_de(guichet, lea, position, du="2015-01-01", au="2026-11-28")
    assert bloc["totaux"]["activites"]["total"] == 1
    assert bloc["accompagnements_par_jour"][0] == {"jour": "2015-01-01", "libelle": "01/01", "nombre": 1}
    # Nothing before the first day that can be recorded: no empty millennium.
    ancien = await chiffres_de(guichet, lea, position, du="0001-01-01", au="9999-12-31")
    assert ancien["accompagnements_par_jour"][0]["jour"] == "2015-01-01"
    assert ancien["accompagnements_par_mois"][0]["mois"] == "2015-01"


async def test_les_semaines_commencent_le_lundi_et_se_suivent_sans_trou(
    guichet: Banc, individuel: Corps
) -> None:
    lea = await guichet.mediateur()
    for jour in ("2026-03-29", "2026-03-30", "2026-04-05", "2026-04-13"):
        position = await enregistrer(guichet, lea, individuel | {"date": jour})
    bloc = await chiffres_de(guichet, lea, position, du="2026-03-25", au="2026-04-14")
    semaines = bloc["accompagnements_par_semaine"]
    assert [(s["semaine"], s["nombre"], s["individuels"], s["participants"]) for s in semaines] == [
        ("2026-03-23", 1, 1, 0),
        ("2026-03-30", 2, 2, 0),
        ("2026-04-06", 0, 0, 0),
        ("2026-04-13", 1, 1, 0),
    ]


async def test_les_chiffres_disent_jusqu_a_quel_instant_tout_est_compte(
    guichet: Banc, individuel: Corps
) -> None:
    lea = await guichet.mediateur()
    avant = dt.datetime.now(dt.UTC)
    position = await enregistrer(guichet, lea, individuel)
    bloc = await chiffres_de(guichet, lea, position)
    assert avant <= dt.datetime.fromisoformat(bloc["a_jour_au"]) <= dt.datetime.now(dt.UTC)
    publics = (await guichet.client.get("/statistiques/publiques")).json()
    assert avant <= dt.datetime.fromisoformat(publics["a_jour_au"])


async def test_un_long_filtre_tient_dans_l_adresse_ou_dans_le_corps(guichet: Banc) -> None:
    chef = guichet.personne(coordinateur=True)
    membres = [guichet.personne(mediateur=True) for _ in range(120)]
    for membre in membres:
        await coordonner(guichet, chef, membre)
    ids = [str(membre.mediateur_id) for membre in membres]
    assert (await chiffres_de(guichet, chef, mediateurs=ids[:100]))["mediateurs"] == 100
    question = {"du": "2015-01-01", "au": "2026-11-28", "mediateurs": ids, "types": ["individuel"]}
    reponse = await guichet.client.post("/statistiques", json=question, headers=chef.entetes)
    assert reponse.status_code == 200, reponse.text
    assert reponse.json()["mediateurs"] == 120
    trop = await guichet.client.post("/statistiques", json={"mediateurs": ids * 9}, headers=chef.entetes)
    assert trop.status_code == 422


@pytest.mark.parametrize(
    ("question", "pointeur"),
    [
        ({"du": "2025-06-30", "au": "2025-06-01"}, "/au"),
        ({"du": 1641600000}, "/du"),
        ({"type": "collectif"}, "/type"),
        ({"communes": ["75056", "99999"]}, "/communes/1"),
    ],
)
async def test_une_question_fausse_dit_ou(guichet: Banc, question: Corps, pointeur: str) -> None:
    lea = await guichet.mediateur()
    reponse = await guichet.client.post("/statistiques", json=question, headers=lea.entetes)
    assert reponse.status_code == 422
    assert [e["pointeur"] for e in reponse.json()["erreurs"]] == [pointeur]


async def test_un_lien_montre_ses_chiffres_a_qui_n_a_pas_de_compte_jusqu_a_sa_fin_ou_sa_revocation(
    guichet: Banc, individuel: Corps
) -> None:
    lea, marc = await guichet.mediateur(), await guichet.mediateur()
    for _ in range(6):
        await enregistrer(guichet, lea, individuel)
    position = await enregistrer(guichet, lea, individuel | {"duree_minutes": 200})
    await chiffres_de(guichet, lea, position)
    fin = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date()
    client, partages = guichet.client, "/statistiques/partages"

    async def donner(**corps: Any) -> Any:
        voulu = {"jusqu_au": fin.isoformat()} | corps
        return await client.post(partages, json=voulu, headers=lea.entetes)

    for faux, statut in (
        ({"jusqu_au": "2020-01-01"}, 422),
        ({"jusqu_au": (fin + dt.timedelta(days=366)).isoformat()}, 422),
        ({"question": {"beneficiaires": [str(uuid4())]}}, 422),
        ({"question": {"mediateurs": [str(marc.mediateur_id)]}}, 404),
    ):
        assert (await donner(**faux)).status_code == statut, faux
    moi = [str(lea.mediateur_id)]
    donne = (await donner(question={"communes": ["21231"], "mediateurs": moi})).json()
    lu = await client.get(f"/statistiques/publiques/{donne['jeton']}")
    assert lu.status_code == 200, lu.text
    assert lu.json()["totaux"]["accompagnements"]["total"] == 5
    assert lu.json()["filtres"] == {"communes": ["21231"], "mediateurs": 1}
    assert lu.json()["jusqu_au"] == fin.isoformat()
    assert {d["valeur"]: d["nombre"] for d in lu.json()["durees"]}["more"] is None
    assert str(lea.mediateur_id) not in lu.text
    [liste] = (await client.get(partages, headers=lea.entetes)).json()["elements"]
    assert (liste["id"], liste["question"]) == (
        donne["id"],
        {"communes": ["21231"], "mediateurs": moi},
    )
    assert "jeton" not in liste
    async with guichet.store.database.raw() as connection:
        garde = str(await connection.fetch("select * from liens_de_chiffres"))
    assert donne["jeton"] not in garde
    d_un_autre = await client.delete(f"{partages}/{donne['id']}", headers=marc.entetes)
    assert d_un_autre.status_code == 404
    # Sent twice, one link: only the last token opens it.
    voulu = str(uuid4())
    doublee, autre = [(await donner(id=voulu)).json() for _ in range(2)]
    assert (doublee["id"], autre["id"]) == (voulu, voulu)
    assert (await client.get(f"/statistiques/publiques/{doublee['jeton']}")).status_code == 410
    assert len((await client.get(partages, headers=lea.entetes)).json()["elements"]) == 2
    a_un_autre = {"id": voulu, "jusqu_au": fin.isoformat()}
    assert (await client.post(partages, json=a_un_autre, headers=marc.entetes)).status_code == 404
    assert (await client.delete(f"{partages}/{donne['id']}", headers=lea.entetes)).status_code == 204
    for jeton in (donne["jeton"], "inconnu"):
        fini = await client.get(f"/statistiques/publiques/{jeton}")
        assert fini.status_code == 410
        assert fini.json()["title"] == "Ce lien n’est plus valable."
    # Its last day is that of who gave it: it lasts five hours longer in Martinique.
    emploi = {"emploi_id": uuid4(), "compte_id": lea.compte_id, "structure_id": uuid4()}
    emploi |= {"debut": dt.date(2026, 1, 1), "fuseau": "America/Martinique"}
    await guichet.inserer(emplois.table, emploi)
    for heure, statut in ((3, 200), (5, 410)):
        guichet.a_l_heure(dt.datetime.combine(fin + dt.timedelta(days=1), dt.time(heure), dt.UTC))
        assert (await client.get(f"/statistiques/publiques/{autre['jeton']}")).status_code == statut


async def test_un_compte_ferme_ferme_ses_liens_et_les_finis_s_oublient(
    guichet: Banc, individuel: Corps
) -> None:
    """Ceux des comptes qui y mènent aussi ; trente jours après leur fin, il n'en reste rien."""
    lea, ancienne, marc = [await guichet.mediateur() for _ in range(3)]
    # At noon, it is the same day everywhere that matters here.
    maintenant = dt.datetime.combine(dt.datetime.now(dt.UTC), dt.time(12), dt.UTC)
    guichet.a_l_heure(maintenant)
    partages = "/statistiques/partages"
    fin = maintenant.date() + dt.timedelta(days=5)
    jetons: list[str] = []
    for qui in (lea, ancienne, marc):
        donne = await guichet.client.post(partages, json={"jusqu_au": fin.isoformat()}, headers=qui.entetes)
        jetons.append(donne.json()["jeton"])
    rapproches = {"rapprochement_id": uuid4(), "compte_id": lea.compte_id, "renvoye": ancienne.compte_id}
    await guichet.inserer(comptes_rapproches.table, rapproches)
    ferme = CompteFermeV1(
        compte_id=lea.compte_id, ferme_le=maintenant, effacement_le=maintenant + dt.timedelta(days=30)
    )
    [ordre] = fermetures.react(None, ferme).orders
    asked = Asked(uuid4(), ordre.what, Context("identity", "essai"))
    await fermetures.perform(Tools(guichet.store, Clock().now), asked)
    statuts = [(await guichet.client.get(f"/statistiques/publiques/{jeton}")).status_code for jeton in jetons]
    assert statuts == [410, 410, 200]

    async def restants(jours: int) -> tuple[int, int]:
        """Listed by who gave the one that was not revoked; kept once the job has passed."""
        alors = maintenant + dt.timedelta(days=jours)
        guichet.a_l_heure(alors)
        await oublier_les_liens(Tools(guichet.store, lambda: alors))
        liste = (await guichet.client.get(partages, headers=marc.entetes)).json()["elements"]
        async with guichet.store.database.engine.connect() as connection:
            gardes = await connection.scalar(sa.select(sa.func.count()).select_from(liens_de_chiffres))
        return len(liste), gardes or 0

    assert [await restants(jours) for jours in (5, 7, 31, 36)] == [(1, 3), (0, 3), (0, 1), (0, 0)]


async def test_les_memes_chiffres_s_emportent_en_tableau_et_en_dessin(
    guichet: Banc, individuel: Corps, atelier: Corps, tmp_path: Path
) -> None:
    """L'ordre des blocs et les libellés de docs/domaine/statistiques.md §7, dans chaque format."""

    async def nommer(ids: Collection[UUID]) -> NomsPersonnes:
        return NomsPersonnes(
            personnes=dict.fromkeys(ids, "=Anne Lise Roux"), prenoms=dict.fromkeys(ids, "=Anne Lise")
        )

    guichet.app.state.nommer = nommer
    lea, suivie = await guichet.mediateur(), str(uuid4())
    lieu = {"lieu_id": LIEU, "nom": "=1+1", "commune": "Dijon", "code_postal": "21000", "code_insee": "21231"}
    await guichet.inserer(lieux_connus.table, lieu)
    fiche: Corps = {"id": suivie, "prenom": "Zuldravine", "nom": "Vidal", "commune": {"code_insee": "21231"}}
    await guichet.client.post("/beneficiaires", json=fiche, headers=lea.entetes)
    await enregistrer(guichet, lea, individuel)
    await enregistrer(guichet, lea, individuel | {"beneficiaire": {"id": suivie}})
    entetes = lea.entetes | {"X-Position": await enregistrer(guichet, lea, atelier)}
    await guichet.projeter(beneficiaires_suivis)
    question: dict[str, Any] = {"du": "2025-06-01", "au": "2025-06-30"}
    question |= {"types": ["individuel", "collectif"], "thematiques": ["email", "logement"]}
    lus: dict[str, list[list[str]]] = {}
    for format_ in ("xlsx", "ods", "csv", "json"):
        reponse = await guichet.client.get(
            "/statistiques/export", params=question | {"format": format_}, headers=entetes
        )
        assert reponse.status_code == 200, reponse.text
        assert f"coop-numerique_statistiques_{ANNEE}" in str(reponse.headers)
        (tmp_path / format_).write_bytes(reponse.content)
        lignes = [ligne.valeurs or {} for ligne in ouvrir(tmp_path / format_).lire()]
        lus[format_] = [[v for v in ligne.values() if v] for ligne in lignes]
        lus[format_] = [ligne for ligne in lus[format_] if ligne]
    assert lus["ods"] == lus["xlsx"] == lus["csv"]
    lignes = lus["xlsx"]
    # « - » is null to a programme.
    assert lus["json"] == [[valeur for valeur in ligne if valeur != "-"] for ligne in lignes]
    assert lignes[0:4] == [
        ["Informations export"],
        ["Nom", "Roux"],
        ["Prénom", "=Anne Lise"],
        ["Rôle", "Médiateur"],
    ]
    assert [ligne[0] for ligne in lignes[4:6]] == ["Date d’export", "Heure d’export"]
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", " ".join(ligne[1] for ligne in lignes[4:6]))
    assert lignes[6:18] == [
        ["Filtres"],
        ["Période", "Depuis le 01/06/2025 jusqu’au 30/06/2025"],
        ["Source", "Toutes les sources de données"],
        ["Lieux d’accompagnement", "-"],
        ["Communes", "-"],
        ["Départements", "-"],
        ["Type d’accompagnement", "Accompagnement individuel, Atelier collectif"],
        ["Rôle", "-"],
        ["Thématiques non administratives", "E-mail"],
        ["Thématiques administratives", "Logement"],
        ["Tags", "-"],
        ["Statistiques générales"],
    ]
    assert lignes[18:29] == [
        ["Accompagnements au total", "14"],
        ["Bénéficiaires accompagnés", "14"],
        ["Nouveaux bénéficiaires", "9"],
        ["Bénéficiaires suivis", "1"],
        ["Bénéficiaires anonymes", "13"],
        ["Accompagnements par mois"],
        ["06/25", "14"],
        ["Statistiques sur vos accompagnements"],
        ["Accompagnements individuels", "2", "66,7 %"],
        ["Ateliers collectifs", "1", "33,3 %"],
        ["Nombre total de participants aux ateliers", "12"],
    ]
    assert lignes[29] == ["Nombre total d’activités", "3"]
    titres = [ligne[0] for ligne in lignes[30:] if len(ligne) == 1]
    assert titres == [
        "Thématiques Médiation numérique",
        "Thématiques Démarches administratives",
        "Tags",
        "Matériel utilisés",
        "Canaux des activités",
        "Durées des activités",
        "Nombre d’activités par lieux",
        "Statistiques sur vos bénéficiaires",
        "Genre",
        "Tranches d’âge",
        "Statuts",
        "Commune de résidence des bénéficiaires",
    ]
    rang = lignes.index(["Nombre d’activités par lieux"])
    assert lignes[rang + 1 : rang + 3] == [["=1+1", "12", "100 %"], ["Statistiques sur vos bénéficiaires"]]
    assert lignes[-2:] == [["Non communiqué", "13", "92,9 %"], ["Dijon · 21000", "1", "7,1 %"]]
    avec_elle = {"beneficiaires": suivie, "format": "json"}
    reponse = await guichet.client.get("/statistiques/export", params=avec_elle, headers=entetes)
    assert reponse.status_code == 200
    assert "Zuldravine" not in reponse.text
    assert suivie not in reponse.text
    for dessin in ("mois.svg", "thematiques.svg", "genres.svg"):
        svg = await guichet.client.get(f"/statistiques/graphiques/{dessin}", headers=entetes)
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert svg.text.startswith("<svg")
    assert (await guichet.client.get("/statistiques/graphiques/x.svg", headers=entetes)).status_code == 422


async def test_un_export_contient_toutes_les_lignes_d_une_longue_liste(
    guichet: Banc, individuel: Corps
) -> None:
    """À l'écran, les premières et « autres » ; ce qui s'emporte ne laisse rien de côté."""
    lea = await guichet.mediateur()
    assert lea.mediateur_id is not None
    faites = [une_activite(lea.mediateur_id, dt.date(2025, 6, 1), lieu_id=uuid4()) for _ in range(5_100)]
    ecrites = [(f"activite-{f.activite_id}", 0, [f]) for f in faites]
    await guichet.store.append_bulk(ecrites, Context("test", "test"))
    position = await enregistrer(guichet, lea, individuel)
    page = await chiffres_de(guichet, lea, position)
    assert (len(page["lieux"]), page["lieux_autres"]["lignes"]) == (1_000, 4_100)
    reponse = await guichet.client.get("/statistiques/export", params={"format": "json"}, headers=lea.entetes)
    dits = [ligne["Statistiques"] for ligne in reponse.json()]
    assert dits.count("Lieu inconnu") == 5_100
    assert not [dit for dit in dits if dit and dit.startswith("Autres")]


def test_un_dessin_n_execute_rien_de_ce_qu_il_dit() -> None:
    hostile = "</title><script>alert(1)</script>" + '"' * 3
    ligne = {"libelle": hostile, "nombre": 3, "proportion": 60.0}
    for svg in (dessins.barres(hostile, [ligne]), dessins.parts(hostile, [ligne]), dessins.barres("", [])):
        assert "<script" not in svg
        assert ElementTree.fromstring(svg).tag.endswith("svg")


async def test_la_coordination_se_compte_par_type_trimestre_thematique_et_echelon(guichet: Banc) -> None:
    chef = guichet.personne(coordinateur=True)

    async def coordonnee(type_: str, date: str, **champs: Any) -> None:
        ligne: Corps = {
            "coordination_id": uuid4(),
            "coordinateur_id": chef.coordinateur_id,
            "type": type_,
            "date": dt.date.fromisoformat(date),
            "thematiques_animation": [],
            "natures_partenariat": [],
            "mediateurs": 0,
            "structures": 0,
            "autres_acteurs": 0,
            "enregistree_le": dt.datetime.now(dt.UTC),
        }
        await guichet.inserer(coordinations_listees.table, ligne | champs)

    tag = uuid4()
    etiquette = {"id": str(tag), "portee": "personnel", "nom": "=Chartes", "description": ""}
    await guichet.client.post("/tags", json=etiquette, headers=chef.entetes)
    await guichet.projeter()
    await coordonnee("animation", "2025-03-31", thematiques_animation=["partage"], tags=[tag])
    await coordonnee("partenariat", "2025-10-01", echelon_territorial="Communal")
    lue = await guichet.client.get("/statistiques/coordination", headers=chef.entetes)
    chiffres = lue.json()

    def nombres(liste: list[Corps]) -> Corps:
        return {ligne["valeur"]: ligne["nombre"] for ligne in liste if ligne["nombre"]}

    assert (chiffres["total"], nombres(chiffres["types"])) == (2, {"animation": 1, "partenariat": 1})
    assert [(t["trimestre"], t["total"]) for t in chiffres["trimestres"]] == [
        ("2025-q1", 1),
        ("2025-q2", 0),
        ("2025-q3", 0),
        ("2025-q4", 1),
    ]
    assert nombres(chiffres["thematiques_animation"]) == {"partage": 1}
    assert nombres(chiffres["echelons_territoriaux"]) == {"Communal": 1}
    assert chiffres["definitions"]["thematiques_animation"]["unite"] == "animation"
    assert chiffres["definitions"].keys() >= chiffres.keys() - {
        *("comparaison", "filtres", "definitions", "position", "a_jour_au")
    }
    assert chiffres["filtres"] == {}
    assert chiffres["position"].startswith("activites:")
    assert dt.datetime.fromisoformat(chiffres["a_jour_au"]).tzinfo is not None
    periode = {"du": "2025-04-01", "au": "2025-12-31"}

    async def demander(chemin: str = "", **choix: str) -> Any:
        adresse = f"/statistiques/coordination{chemin}"
        return await guichet.client.get(adresse, params=choix, headers=chef.entetes)

    assert (await demander(**periode)).json()["total"] == 1
    lus = (await demander(types="animation", tags=str(tag), au="2025-12-31")).json()
    assert (lus["total"], lus["filtres"]) == (
        1,
        {"types": ["animation"], "tags": [str(tag)], "au": "2025-12-31"},
    )
    assert (await demander()).json()["comparaison"] is None
    comparee = (await demander(du="2025-07-01", au="2025-12-31", comparer="precedente")).json()["comparaison"]
    assert (comparee["du"], comparee["au"], comparee["total"]) == ("2025-01-01", "2025-06-30", 1)
    assert [(e["cle"], e["avant"], e["maintenant"]) for e in comparee["ecarts"]] == [
        ("total", 1, 1),
        ("animation", 1, 0),
        ("evenement", 0, 0),
        ("partenariat", 0, 1),
    ]
    sans_fin = await demander(du="2025-07-01", comparer="precedente")
    assert (sans_fin.status_code, sans_fin.json()["erreurs"][0]["type"]) == (422, "periode_entiere")
    for format_ in ("xlsx", "csv", "ods", "json"):
        fichier = await demander("/export", format=format_, types="animation")
        assert fichier.status_code == 200, fichier.text
        assert "coop-numerique_statistiques-coordination_20" in fichier.headers["content-disposition"]
    choix = {"du": "2025-01-01", "au": "2025-06-30", "comparer": "annee_precedente", "format": "json"}
    lignes = [[*ligne.values()] for ligne in (await demander("/export", **choix)).json()]
    assert ["Période comparée", "Du 01/01/2024 au 30/06/2024", None, None] in lignes
    assert ["Total", 1, 0, 1] in lignes
    autre = guichet.personne(coordinateur=True)
    lue = await guichet.client.get("/statistiques/coordination/export", headers=autre.entetes)
    assert lue.status_code == 200
    lea = await guichet.mediateur()
    refus = await guichet.client.get("/statistiques/coordination/export", headers=lea.entetes)
    assert refus.status_code == 403


async def test_ses_compteurs_s_envoient_quand_ils_bougent_et_le_suivi_finit_de_lui_meme(
    guichet: Banc, individuel: Corps, monkeypatch: pytest.MonkeyPatch
) -> None:
    instant, comptes = [0.0], list[int]()

    def compter(*question: Any) -> Any:
        bloc = totaux(*question)
        comptes.append(bloc["totaux"]["accompagnements"]["total"])
        return bloc

    async def compte(nombre: int) -> None:
        async with asyncio.timeout(60):
            while comptes[-1:] != [nombre]:
                await asyncio.sleep(0.02)

    monkeypatch.setattr(suivi_en_direct, "time", SimpleNamespace(monotonic=lambda: instant[0]))
    monkeypatch.setattr(suivi_en_direct, "totaux", compter)
    for pause in ("PAUSE_S", "BATTEMENT_S"):
        monkeypatch.setattr(suivi_en_direct, pause, 0.05)
    lea = await guichet.mediateur()
    position = await enregistrer(guichet, lea, individuel)
    await chiffres_de(guichet, lea, position)
    une_fois = await guichet.client.get("/statistiques/suivi", headers=lea.entetes)
    assert une_fois.text.count("event: totaux") == 1
    comptes.clear()
    suivent = lea.entetes | {"Accept": "text/event-stream"}
    suivi = asyncio.create_task(guichet.client.get("/statistiques/suivi", headers=suivent))
    await compte(1)
    await enregistrer(guichet, lea, individuel)
    await compte(2)
    instant[0] = suivi_en_direct.DUREE_S
    recu = (await suivi).text
    assert [int(n) for n in re.findall(r'"accompagnements":\{"total":(\d+)', recu)] == [1, 2]
    assert recu.endswith("event: fin\ndata: {}\n\n")
    # As many as may recount are at it: one more waits for its turn.
    recomptent: asyncio.Semaphore = guichet.app.state.suivis_qui_recomptent
    for _ in range(suivi_en_direct.A_LA_FOIS):
        await recomptent.acquire()
    en_attente = asyncio.create_task(guichet.client.get("/statistiques/suivi", headers=lea.entetes))
    await asyncio.sleep(0.3)
    assert not en_attente.done()
    recomptent.release()
    assert (await en_attente).text.count("event: totaux") == 1
    monkeypatch.setattr(suivi_en_direct, "PAR_COMPTE", 0)
    de_trop = await guichet.client.get("/statistiques/suivi", headers=lea.entetes)
    assert de_trop.status_code == 429
