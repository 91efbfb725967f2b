"""Ce que les migrations 0016, 0023 et 0025 réparent d'une base d'avant, seules."""

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from uuid import uuid4

from activites.app import DESCRIPTION
from activites.domain.place import Etendue
from activites.domain.tag import TagCree
from activites.domain.vocabulaire import CompteId, PorteeDeTag, TagId
from activites.projections import emplois
from contracts.identity import EmploiDeclareV1
from events.postgres.database import Database
from events.postgres.migrations import upgrade
from events.store.store import Context

from .conftest import CLE

MAINTENANT = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


async def test_une_base_d_avant_relit_ses_emplois_et_oublie_ce_que_rien_n_effacerait(
    database_url: str, tmp_path: Path
) -> None:
    avant = tmp_path / "migrations"
    shutil.copytree(DESCRIPTION.migrations, avant)
    for version in (avant / "versions").glob("*.py"):
        if version.name >= "0016":
            version.unlink()
    await asyncio.to_thread(upgrade, database_url, avant)
    database = Database(database_url)
    store = DESCRIPTION.store(database, {1: CLE})
    tag_id, compte, orphelin, repris = TagId(uuid4()), CompteId(uuid4()), uuid4(), uuid4()
    cree = TagCree(
        tag_id=tag_id,
        etendue=Etendue(portee=PorteeDeTag.NATIONAL),
        nom="Numérique",
        par=compte,
        cree_le=MAINTENANT,
    )
    await store.append(f"tag-{tag_id}", 0, [cree], Context("test", "essai"))
    async with database.raw() as connection:
        await connection.execute(
            "insert into tags (tag_id, portee, rang, nom, cle) values ($1, 'national', 4, 'Numérique', 'x')",
            tag_id,
        )
        await connection.execute(
            """insert into emplois (emploi_id, compte_id, structure_id, debut)
               values ($1, $1, $1, '2020-01-01')""",
            uuid4(),
        )
        await connection.execute(
            """insert into checkpoints (projection, source, xid, number, sequence)
               values ('emplois', 'identity', 7, 8, 9), ('lieux_choisis', 'identity', 7, 8, 9),
                      ('lieux_connus', 'cartographie', 7, 8, 9)"""
        )
        await connection.execute("insert into lieux_choisis values ($1, array[$2::uuid])", compte, repris)
        await connection.execute(
            """insert into events (id, stream, version, type, schema_version, data, metadata)
               values (gen_random_uuid(), 'activite-' || $1::uuid, 1, 'X', 1, '{}', '{}')""",
            repris,
        )
        await connection.execute(
            """insert into beneficiaires_suivis (beneficiaire_id, mediateur_id, prenom, nom, enregistre_le,
                 modifie_le, distincts, par_nom, par_prenom, par_annee, recherche)
               values ($1, $1, '—', 'Solo', now(), now(), '{}', 'solo ', ' solo', 9999, 'solo')""",
            compte,
        )
        for cra, activite_id in (("a", orphelin), ("b", repris)):
            await connection.execute(
                "insert into archive_v1 values ($1, $2, '{}', 'scellé', now())", cra, activite_id
            )
    await asyncio.to_thread(DESCRIPTION.migrate, database_url)
    async with database.raw() as connection:
        lus = await connection.fetch("select projection, sequence from checkpoints order by projection")
        assert [tuple(lu) for lu in lus] == [("emplois", 0), ("lieux_choisis", 0), ("lieux_connus", 9)]
        # Until the former ones are read, those of today are theirs.
        assert await connection.fetchval("select tous from lieux_choisis") == [repris]
        assert await connection.fetchval("select cree_par from tags") == compte
        ranges = await connection.fetchrow("select par_nom, par_prenom from beneficiaires_suivis")
        assert ranges is not None
        assert tuple(ranges) == ("solo", "solo")
        gardes = await connection.fetch("select cra_id, personnel from archive_v1 order by cra_id")
        assert [tuple(g) for g in gardes] == [("a", None), ("b", "scellé")]
    await database.close()


def test_relu_un_emploi_deja_connu_dit_son_departement() -> None:
    declare = EmploiDeclareV1(
        emploi_id=uuid4(),
        compte_id=uuid4(),
        structure_id=uuid4(),
        siret="13002603200016",
        debut=dt.date(2020, 1, 1),
        declare_le=MAINTENANT,
        code_insee="21231",
    )
    avant = emplois.project(None, declare)
    assert avant is not None
    relu = emplois.project(avant | {"departement": None}, declare)
    assert relu is not None
    assert relu["departement"] == "21"
