"""La vue de l'équipe sur un vrai PostgreSQL : statuts à un instant donné, contrats, retours, pages."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from equipes.domain.vocabulaire import EquipeId
from equipes.projections import activites_vues, emplois, equipes, invitations, mandats, membres
from equipes.projections.membres import Instant, Statut, effectifs, rejointes_par, vue_de_lequipe
from equipes.projections.tables import metadata
from events.postgres.database import Database
from web.rapproches import Siens

EQUIPE = EquipeId(UUID(int=1))
ARRIVEE = dt.datetime(2025, 1, 6, 9, tzinfo=dt.UTC)
MAINTENANT = dt.datetime(2026, 4, 30, 12, tzinfo=dt.UTC)
SEUIL = dt.datetime(2026, 2, 28, 12, tzinfo=dt.UTC)
QUAND = Instant(MAINTENANT, MAINTENANT.date())
TOUS = frozenset(Statut)


async def poser(database: Database, table: sa.Table, *rows: dict[str, Any]) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(sa.insert(table), list(rows))


async def lire(database: Database, select: sa.Select[*tuple[Any, ...]]) -> list[Any]:
    async with database.engine.connect() as connection:
        return list((await connection.execute(select)).all())


async def vue(database: Database, quand: Instant = QUAND, statuts: frozenset[Statut] = TOUS) -> list[Any]:
    select = vue_de_lequipe(EQUIPE, quand, statuts)
    colonnes = select.selected_columns
    return await lire(database, select.order_by(colonnes.rang, colonnes.mediateur_id))


def periode(numero: int, **change: Any) -> dict[str, Any]:
    return {
        "equipe_id": EQUIPE,
        "mediateur_id": UUID(int=numero),
        "depuis": ARRIVEE,
        "compte_id": UUID(int=1000 + numero),
        "ancien_depuis": None,
    } | change


def cra(numero: int, vue_le: dt.datetime) -> dict[str, Any]:
    return {"activite_id": uuid4(), "mediateur_id": UUID(int=numero), "date": vue_le.date(), "vue_le": vue_le}


def emploi(numero: int, fin_prevue: dt.date | None, fin: dt.date | None = None) -> dict[str, Any]:
    return {
        "emploi_id": uuid4(),
        "compte_id": UUID(int=1000 + numero),
        "debut": dt.date(2025, 1, 6),
        "fin_prevue": fin_prevue,
        "commence": True,
        "fin": fin,
    }


async def test_actif_jusqua_deux_mois_civils_apres_le_dernier_cra(database: Database) -> None:
    await poser(database, membres.table, periode(10), periode(11), periode(12))
    await poser(
        database,
        activites_vues.table,
        cra(10, SEUIL - dt.timedelta(days=100)),
        cra(10, SEUIL),
        cra(11, SEUIL - dt.timedelta(microseconds=1)),
    )
    actif, inactif, jamais = await vue(database)
    assert (actif.mediateur_id, actif.statut, actif.dernier_cra_le) == (UUID(int=10), "actif", SEUIL)
    assert (inactif.mediateur_id, inactif.statut) == (UUID(int=11), "inactif")
    assert inactif.dernier_cra_le == SEUIL - dt.timedelta(microseconds=1)
    assert (jamais.mediateur_id, jamais.statut, jamais.dernier_cra_le) == (UUID(int=12), "inactif", None)


async def test_on_devient_inactif_avec_le_temps(database: Database) -> None:
    await poser(database, membres.table, periode(10))
    await poser(database, activites_vues.table, cra(10, SEUIL))
    plus_tard = MAINTENANT + dt.timedelta(seconds=1)
    [ligne] = await vue(database, Instant(plus_tard, plus_tard.date()))
    assert ligne.statut == "inactif"


async def test_dun_ancien_membre_on_ne_voit_que_son_depart(database: Database) -> None:
    depart = dt.datetime(2026, 4, 1, 8, tzinfo=dt.UTC)
    await poser(database, membres.table, periode(10, ancien_depuis=depart))
    await poser(database, activites_vues.table, cra(10, MAINTENANT))
    await poser(database, emplois.table, emploi(10, dt.date(2026, 5, 1)))
    [ligne] = await vue(database)
    assert (ligne.statut, ligne.ancien_depuis) == ("ancien", depart)
    assert (ligne.dernier_cra_le, ligne.fin_contrat, ligne.contrat_alerte) == (None, None, False)


async def test_qui_revient_nest_compte_quune_fois(database: Database) -> None:
    retour = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    await poser(
        database,
        membres.table,
        periode(10, ancien_depuis=retour - dt.timedelta(days=90)),
        periode(10, depuis=retour),
        periode(11),
    )
    lignes = await vue(database)
    assert [(r.mediateur_id, r.statut, r.depuis) for r in lignes] == [
        (UUID(int=10), "inactif", retour),
        (UUID(int=11), "inactif", ARRIVEE),
    ]
    assert dict(tuple(r) for r in await lire(database, effectifs(EQUIPE, QUAND))) == {"inactif": 2}


CONTRATS: list[tuple[list[tuple[dt.date | None, dt.date | None]], dt.date | None, bool, bool]] = [
    # (end foreseen, end observed) of each emploi -> end shown, observed, alert
    ([], None, False, False),
    ([(None, None)], None, False, False),
    ([(dt.date(2026, 7, 30), None)], dt.date(2026, 7, 30), False, False),
    ([(dt.date(2026, 7, 29), None)], dt.date(2026, 7, 29), False, True),
    ([(dt.date(2026, 1, 31), None)], dt.date(2026, 1, 31), False, True),
    ([(dt.date(2027, 1, 4), dt.date(2026, 4, 3))], dt.date(2026, 4, 3), True, True),
    ([(None, dt.date(2026, 4, 3))], dt.date(2026, 4, 3), True, True),
    ([(None, dt.date(2025, 9, 1)), (dt.date(2028, 1, 4), None)], dt.date(2028, 1, 4), False, False),
    ([(None, dt.date(2025, 9, 1)), (None, None)], None, False, False),
]


async def test_la_fin_de_contrat_est_signalee_a_moins_de_trois_mois(database: Database) -> None:
    for numero, (contrats, *_) in enumerate(CONTRATS):
        await poser(database, membres.table, periode(numero))
        for prevue, reelle in contrats:
            await poser(database, emplois.table, emploi(numero, prevue, reelle))
    lignes = await vue(database)
    assert [(r.fin_contrat, r.contrat_termine, r.contrat_alerte) for r in lignes] == [
        tuple(attendu) for _, *attendu in CONTRATS
    ]


async def test_la_vue_se_filtre_et_sordonne(database: Database) -> None:
    autre_equipe = periode(30, equipe_id=UUID(int=2))
    depart = dt.datetime(2026, 4, 1, 8, tzinfo=dt.UTC)
    await poser(
        database,
        membres.table,
        autre_equipe,
        periode(14, ancien_depuis=depart),
        *(periode(n) for n in (13, 12, 11, 10)),
    )
    await poser(database, activites_vues.table, cra(13, MAINTENANT), cra(30, MAINTENANT))
    ordre = [UUID(int=n) for n in (13, 10, 11, 12, 14)]
    assert [r.mediateur_id for r in await vue(database)] == ordre
    for statut, attendus in (
        (Statut.ACTIF, ordre[:1]),
        (Statut.INACTIF, ordre[1:4]),
        (Statut.ANCIEN, ordre[4:]),
    ):
        assert [r.mediateur_id for r in await vue(database, statuts=frozenset({statut}))] == attendus


async def test_chacun_retrouve_ses_equipes(database: Database) -> None:
    for numero in (1, 2, 3):
        equipe_id = UUID(int=numero)
        await poser(
            database, equipes.table, {"equipe_id": equipe_id, "nom": f"E{numero}", "creee_le": ARRIVEE}
        )
        mandat = {"equipe_id": equipe_id, "coordinateur_id": UUID(int=50 + numero // 3), "depuis": ARRIVEE}
        await poser(database, mandats.table, mandat | {"compte_id": UUID(int=60)})
        await poser(
            database,
            membres.table,
            periode(10, equipe_id=equipe_id, ancien_depuis=MAINTENANT if numero == 2 else None),
        )
    rejointes = rejointes_par([UUID(int=10)])
    par_equipe = rejointes.order_by(rejointes.selected_columns.equipe_id)
    assert [r.nom for r in await lire(database, par_equipe)] == ["E1", "E3"]
    coordonnees = mandats.coordonnees_par([UUID(int=50)])
    par_equipe = coordonnees.order_by(coordonnees.selected_columns.equipe_id)
    assert [r.nom for r in await lire(database, par_equipe)] == ["E1", "E2"]


async def test_une_invitation_perimee_ou_repondue_nest_plus_proposee(database: Database) -> None:
    def invitation(numero: int, reponse: str, expire_le: dt.datetime, **change: Any) -> dict[str, Any]:
        return {
            "invitation_id": UUID(int=numero),
            "equipe_id": EQUIPE,
            "compte_id": UUID(int=70),
            "par": UUID(int=80),
            "envoyee_le": ARRIVEE,
            "expire_le": expire_le,
            "reponse": reponse,
        } | change

    demain = MAINTENANT + dt.timedelta(days=1)
    await poser(
        database,
        invitations.table,
        invitation(1, "en_attente", demain),
        invitation(2, "en_attente", MAINTENANT),
        invitation(3, "refusee", demain),
        invitation(4, "en_attente", demain, compte_id=UUID(int=71)),
        invitation(5, "en_attente", demain, equipe_id=UUID(int=2)),
    )
    siens = Siens((UUID(int=70),), (UUID(int=10),), ())
    for proposees, attendues in (
        (invitations.recues(siens, MAINTENANT), (1, 5)),
        (invitations.envoyees(EQUIPE, MAINTENANT), (1, 4)),
    ):
        lues = await lire(database, proposees.order_by(*invitations.ordre(proposees)))
        assert [r.invitation_id for r in lues] == [UUID(int=n) for n in attendues]
    assert (await lire(database, invitations.nombre_en_attente(EQUIPE, MAINTENANT)))[0][0] == 2
    assert [r.invitation_id for r in await lire(database, invitations.a_clore(MAINTENANT, None, 10))] == [
        UUID(int=2)
    ]


async def test_les_migrations_creent_les_tables_declarees(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[Any]:
        declared = set(metadata.tables)

        def ours(name: str | None, kind: str, _: object) -> bool:
            return kind != "table" or name in declared

        options = {"include_name": ours, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
