"""Les tables de lecture : une fonction, des lignes ; et les migrations qui les créent."""

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid4

import sqlalchemy as sa
from activites.domain.evenements import Event
from activites.domain.faits import TextesEffaces
from activites.domain.vocabulaire import ActiviteId, CompteId, TagId
from activites.erasure import effacer
from activites.projections import activites_listees, activites_supprimees, emplois, lieux_connus
from activites.projections.tables import metadata
from contracts.cartographie import LieuMisAJourV1, LieuReferenceV1
from contracts.identity import ContratTermineV1, EmploiCommenceV1, EmploiDeclareV1
from events.projection.projection import Projector, Row, fold_rows
from events.projection.rebuild import rebuild
from events.projection.source import FeedSource
from events.store.store import Context, Store

from .conftest import Banc
from .exemples import (
    ACTIVITE,
    ATELIER,
    INDIVIDUEL,
    LIEU,
    MAINTENANT,
    MEDIATHEQUE,
    MOI,
    PLUS_TARD,
    SUPPRIMEE,
    corrigee,
    enregistree,
    restauree,
)

CONTEXT = Context("operateur", "demande-42")
EMPLOI, COMPTE, STRUCTURE = uuid4(), uuid4(), uuid4()
DECLARE = EmploiDeclareV1(
    emploi_id=EMPLOI,
    compte_id=COMPTE,
    structure_id=STRUCTURE,
    siret="13002603200016",
    debut=dt.date(2024, 1, 1),
    declare_le=MAINTENANT,
)
COMMENCE = EmploiCommenceV1(emploi_id=EMPLOI, compte_id=COMPTE, debut=dt.date(2024, 2, 1))


def termine(motif: str) -> ContratTermineV1:
    return ContratTermineV1.model_validate(
        {
            "emploi_id": EMPLOI,
            "compte_id": COMPTE,
            "fin": dt.date(2025, 1, 31),
            "motif": motif,
            "constate_le": MAINTENANT,
        }
    )


def ligne(*events: Event) -> Row | None:
    return fold_rows(activites_listees, {}, events).get(ACTIVITE)


def test_une_activite_enregistree_est_dans_la_liste_sans_ses_notes():
    row = ligne(enregistree(INDIVIDUEL))
    assert row is not None
    assert (row["mediateur_id"], row["date"], row["accompagnements"]) == (MOI, INDIVIDUEL.date, 1)
    assert (row["enregistree_le"], row["corrigee_le"]) == (MAINTENANT, None)
    assert set(row) == set(activites_listees.table.c.keys())
    assert not [valeur for valeur in row.values() if "Dupont" in str(valeur)]


def test_une_correction_garde_l_heure_d_enregistrement():
    row = ligne(enregistree(ATELIER), corrigee(ATELIER, replace(ATELIER, duree_minutes=60)))
    assert row is not None
    assert (row["duree_minutes"], row["enregistree_le"], row["corrigee_le"]) == (60, MAINTENANT, PLUS_TARD)


def test_une_activite_supprimee_quitte_la_liste():
    assert ligne(enregistree(ATELIER), SUPPRIMEE) is None


def test_une_activite_reprise_revient_dans_la_liste_telle_qu_elle_etait():
    correction = corrigee(ATELIER, replace(ATELIER, duree_minutes=60))
    reprise = replace(restauree(ATELIER), duree_minutes=60, corrigee_le=PLUS_TARD)
    avant = (enregistree(ATELIER), correction)
    assert ligne(*avant, SUPPRIMEE, reprise) == ligne(*avant)


def test_une_activite_supprimee_se_reprend_tant_que_ses_textes_sont_la():
    efface = TextesEffaces(activite_id=ACTIVITE, mediateur_id=MOI, effaces_le=PLUS_TARD)
    row = fold_rows(activites_supprimees, {}, [SUPPRIMEE])[ACTIVITE]
    assert row == {
        "activite_id": ACTIVITE,
        "mediateur_id": MOI,
        "type": ATELIER.type,
        "date": ATELIER.date,
        "supprimee_le": PLUS_TARD,
    }
    for suite in (restauree(ATELIER), efface):
        assert fold_rows(activites_supprimees, {}, [SUPPRIMEE, suite])[ACTIVITE] is None


def test_un_emploi_termine_compte_encore_pour_les_activites_passees():
    row = fold_rows(emplois, {}, [DECLARE, COMMENCE, termine("terme")])[EMPLOI]
    assert row == {
        "emploi_id": EMPLOI,
        "compte_id": COMPTE,
        "structure_id": STRUCTURE,
        "debut": dt.date(2024, 2, 1),
        "fin": dt.date(2025, 1, 31),
        "fuseau": None,
        "departement": None,
        "siret": DECLARE.siret,
        "code_insee": None,
    }


def test_un_emploi_declare_par_erreur_n_a_jamais_existe():
    assert fold_rows(emplois, {}, [DECLARE, termine("erreur")])[EMPLOI] is None


def test_la_fin_d_un_emploi_inconnu_est_sans_effet():
    assert fold_rows(emplois, {}, [COMMENCE, termine("rupture")])[EMPLOI] is None


def test_un_lieu_mis_a_jour_remplace_le_precedent():
    lieu = {"lieu_id": LIEU, "source": "france-services", "id_source": "1", "code_insee": None}
    avant = LieuReferenceV1.model_validate(
        lieu | {"nom": "Mairie", "commune": "Chenôve", "code_postal": "21300"}
    )
    apres = LieuMisAJourV1.model_validate(
        lieu | {"nom": "Médiathèque", "commune": "Chenôve", "code_postal": "21300", "departement": "21"}
    )
    row = fold_rows(lieux_connus, {}, [avant, apres])[LIEU]
    assert row is not None
    assert (row["nom"], row["departement"], row["code_insee"]) == ("Médiathèque", "21", None)
    assert row["tri"] == "mediatheque"


async def test_les_emplois_et_les_lieux_se_lisent_pour_le_domaine(banc: Banc):
    qui = await banc.mediateur()
    await banc.embaucher(await banc.mediateur(), uuid4(), dt.date(2023, 1, 1))
    async with banc.store.database.engine.connect() as connection:
        rows = (await connection.execute(emplois.du_compte(CompteId(qui.compte_id)))).all()
        lieu = (await connection.execute(lieux_connus.ceux_ci([LIEU]))).one()
    [emploi] = [emplois.emploi(row) for row in rows]
    assert isinstance(emploi.structure_id, UUID)
    assert emploi.debut == dt.date(2020, 1, 1)
    assert lieux_connus.lieu_connu(lieu) == MEDIATHEQUE


async def test_les_migrations_creent_les_tables_telles_que_declarees(banc: Banc):
    def decrites(connection: sa.Connection) -> dict[str, dict[str, tuple[str, bool]]]:
        base = sa.inspect(connection)
        return {
            nom: {
                c["name"]: (str(c["type"].compile(connection.dialect)), c["nullable"])
                for c in base.get_columns(nom)
            }
            for nom in metadata.tables
        }

    async with banc.store.database.engine.connect() as connection:
        en_base = await connection.run_sync(decrites)
        dialecte = connection.dialect
    assert en_base == {
        nom: {c.name: (str(c.type.compile(dialecte)), bool(c.nullable)) for c in table.columns}
        for nom, table in metadata.tables.items()
    }


async def test_la_liste_refaite_par_le_serveur_est_celle_que_donnent_les_faits(store: Store[Event]) -> None:
    """Toutes les sortes de saisies, avec et sans texte ; corrigées, supprimées, reprises, effacées."""
    saisies = [
        INDIVIDUEL,
        replace(INDIVIDUEL, notes=None, tags=(TagId(uuid4()),)),
        ATELIER,
        replace(ATELIER, titre_atelier=None),
    ]
    faits = [replace(enregistree(s), activite_id=ActiviteId(uuid4())) for s in saisies for _ in range(5)]
    await store.append_bulk(((f"activite-{f.activite_id}", 0, [f]) for f in faits), CONTEXT)
    for fait in (faits[0], faits[5], faits[10]):
        apres = replace(corrigee(ATELIER, replace(ATELIER, duree_minutes=61)), activite_id=fait.activite_id)
        await store.append(f"activite-{fait.activite_id}", 1, [apres], CONTEXT)
    for fait in (faits[1], faits[11]):
        retrait = replace(SUPPRIMEE, activite_id=fait.activite_id)
        await store.append(f"activite-{fait.activite_id}", 1, [retrait], CONTEXT)
    reprise = replace(restauree(ATELIER), activite_id=faits[11].activite_id)
    await store.append(f"activite-{reprise.activite_id}", 2, [reprise], CONTEXT)
    await effacer(store, "activite", faits[12].activite_id, "demande", CONTEXT, PLUS_TARD)

    async def lignes() -> list[dict[str, object]]:
        table = activites_listees.table
        async with store.database.engine.connect() as connexion:
            lues = await connexion.execute(sa.select(table).order_by(table.c.activite_id))
            return [dict(ligne) for ligne in lues.mappings()]

    projecteur = Projector(store.database, activites_listees, FeedSource(store, "activites"))
    while await projecteur.step():
        pass
    avant = await lignes()
    assert len(avant) == 19
    assert await rebuild(store.database, activites_listees, lambda: FeedSource(store, "activites")) == 27
    assert await lignes() == avant
