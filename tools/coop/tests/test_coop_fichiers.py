"""`coop` sur une table de lecture tenue dans un fichier : les statistiques d'activites."""

import asyncio
import datetime as dt
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import orjson
import pytest
from activites.app import DESCRIPTION
from activites.statistiques import fichier
from activites.statistiques.fichier import FichierStatistiques, Statistiques
from banc import CLES, CONTEXTE, Banc
from events.postgres.database import Database
from events.store.store import Store
from events.testing import Copies, add_stream

LE = dt.datetime(2026, 3, 15, 9, tzinfo=dt.UTC)


@dataclass
class Chiffres:
    """Le journal d'activites, et le fichier que son processus tiendrait."""

    store: Store[Any]
    chemin: Path

    @asynccontextmanager
    async def en_marche(self) -> AsyncGenerator[Statistiques]:
        """Comme le service."""
        ouvertes = DESCRIPTION.file(fichier, self.store, self.chemin)
        await ouvertes.open()
        tache = asyncio.create_task(ouvertes.run())
        yield ouvertes
        tache.cancel()
        await asyncio.gather(tache, return_exceptions=True)
        await ouvertes.close()

    async def ecrire(self, combien: int) -> list[str]:
        """Des comptes rendus ; rend leurs identifiants."""
        ids = [str(uuid4()) for _ in range(combien)]
        for activite_id in ids:
            champs = {
                "activite_id": activite_id,
                "mediateur_id": uuid4(),
                "compte_id": uuid4(),
                "type": "individuel",
                "date": LE.date(),
                "duree_minutes": 60,
                "type_lieu": "domicile",
                "structure_employeuse_id": uuid4(),
                "thematiques": ["email"],
                "participants": {"total": 1},
                "accompagnements": 1,
                "enregistree_le": LE,
            }
            fait = DESCRIPTION.codec.decode("ActiviteEnregistree", 1, orjson.dumps(champs))
            await self.store.append(f"activite-{activite_id}", 0, [fait], CONTEXTE)
        return ids

    async def sql(self, query: str, *values: object) -> Any:
        async with self.store.database.raw() as connection:
            return await connection.fetchval(query, *values)


@pytest.fixture
async def chiffres(
    banc: Banc, copies: Copies, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Chiffres]:
    """activites, dans une base à lui ; les variables sont les siennes."""
    async with copies.of(DESCRIPTION) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        await add_stream(banc.bus, "cartographie")
        store = DESCRIPTION.store(Database(url), {1: CLES[1]})
        yield Chiffres(store, tmp_path / "statistiques.duckdb")
        await store.database.close()


TABLES_DES_ACTIVITES = ("activites_rangees", "activites_recentes")


async def comptees(ouvertes: Statistiques) -> int:
    [(nombre,)] = await ouvertes.ask(FichierStatistiques.demander, "select count(*) from activites", {})
    return int(nombre)


async def vider(ouvertes: Statistiques) -> None:
    for table in TABLES_DES_ACTIVITES:
        await ouvertes.ask(FichierStatistiques.demander, f"delete from {table}", {})


async def test_un_fichier_se_voit_et_se_mesure_comme_une_table(banc: Banc, chiffres: Chiffres) -> None:
    async def retard() -> tuple[int, dict[str, Any]]:
        code, out, _ = await banc.coop("projections", "lag", "--service", "activites", "--json")
        return code, next(
            ligne for ligne in map(json.loads, out.splitlines()) if ligne["nom"] == "statistiques"
        )

    async with chiffres.en_marche():
        await chiffres.ecrire(3)
        async with asyncio.timeout(60):
            while (dit := await retard())[1]["faits"] != 0:
                await asyncio.sleep(0.1)
        assert dit[1]["secondes"] == 0
        code, out, _ = await banc.coop("projections", "list", "--service", "activites", "--json")
        [ligne] = [vu for vu in map(json.loads, out.splitlines()) if vu["nom"] == "statistiques"]
        assert (code, ligne["nature"], ligne["source"]) == (0, "fichier", "activites")
        assert ligne["fichier"].endswith(f":{chiffres.chemin}")
        assert ligne["position"] is not None
    await chiffres.sql("update checkpoints set updated_at = now() - interval '1 minute'")
    code, vu = await retard()
    assert (code, vu["faits"], "aucun processus" in vu["note"]) == (1, None, True)


async def test_un_fichier_est_refait_par_son_processus_pendant_qu_il_repond(
    banc: Banc, chiffres: Chiffres
) -> None:
    await chiffres.ecrire(5)
    async with chiffres.en_marche() as ouvertes:
        await vider(ouvertes)
        code, out, _ = await banc.coop("projections", "rebuild", "activites", "statistiques")
        assert (code, "refait jusqu’à" in out) == (0, True)
        assert await comptees(ouvertes) == 5


async def test_un_fichier_que_personne_ne_tient_est_refait_a_l_ouverture(
    banc: Banc, chiffres: Chiffres
) -> None:
    await chiffres.ecrire(5)
    async with chiffres.en_marche() as ouvertes:
        await vider(ouvertes)
    await chiffres.sql("update checkpoints set updated_at = now() - interval '1 minute'")
    code, out, _ = await banc.coop("projections", "rebuild", "activites", "statistiques")
    assert (code, "sera refait à l’ouverture" in out) == (0, True)
    async with chiffres.en_marche() as ouvertes:
        assert await comptees(ouvertes) == 5


async def test_un_fichier_se_compare_au_journal_quand_personne_ne_le_tient(
    banc: Banc, chiffres: Chiffres
) -> None:
    verifier = ("projections", "verify", "activites", "statistiques")
    code, _, err = await banc.coop(*verifier)
    assert (code, "Aucun fichier" in err) == (2, True)
    perdue, *_ = await chiffres.ecrire(5)
    async with chiffres.en_marche():
        pass
    # What came later is not the file's to have.
    await chiffres.ecrire(1)
    code, out, _ = await banc.coop(*verifier)
    assert (code, "5 lignes comparées, aucune différence" in out) == (0, True)

    tenir = "import duckdb, sys; b = duckdb.connect(sys.argv[1]); print('tenu', flush=True); sys.stdin.read()"
    autre = await asyncio.create_subprocess_exec(
        sys.executable, "-c", tenir, str(chiffres.chemin),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert autre.stdout is not None
    assert await autre.stdout.readline() == b"tenu\n"
    code, _, err = await banc.coop(*verifier)
    await autre.communicate(b"")
    assert (code, "est tenu par activites" in err) == (2, True)

    def abimer() -> None:
        with duckdb.connect(str(chiffres.chemin)) as base:
            for table in TABLES_DES_ACTIVITES:
                base.execute(f"delete from {table} where activite_id = ?", [perdue])

    await asyncio.to_thread(abimer)
    code, out, _ = await banc.coop(*verifier)
    assert code == 1
    assert "1 manquantes" in out
    assert perdue in out
    assert {p.name for p in chiffres.chemin.parent.glob("*.duckdb*")} == {"statistiques.duckdb"}


async def test_un_fait_mis_de_cote_par_un_fichier_est_repris(banc: Banc, chiffres: Chiffres) -> None:
    await chiffres.ecrire(2)
    refuse, *_ = await chiffres.ecrire(1)
    flux = f"activite-{refuse}"
    await chiffres.sql("update events set data = data || '{\"duree_minutes\": null}' where stream = $1", flux)
    async with chiffres.en_marche() as ouvertes:
        assert await comptees(ouvertes) == 2
        assert (await banc.coop("rebut", "rejouer", "activites"))[0] == 1
        await chiffres.sql(
            "update events set data = data || '{\"duree_minutes\": 9}' where stream = $1", flux
        )
        assert (await banc.coop("rebut", "rejouer", "activites"))[0] == 0
        assert await comptees(ouvertes) == 3
    assert (await banc.coop("rebut", "list", "--service", "activites"))[0] == 0
