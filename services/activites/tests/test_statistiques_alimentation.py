"""Le fichier se nourrit du journal, se refait de lui, et compte chaque fait une fois."""

import asyncio
import resource
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from activites.app import DESCRIPTION
from activites.domain.evenements import Event
from activites.domain.vocabulaire import ActiviteId
from activites.statistiques import fichier as modele
from activites.statistiques.fichier import FichierStatistiques, Statistiques
from activites.statistiques.filtres import Filtres
from activites.statistiques.questions import totaux
from events.projection import filerows
from events.projection.filemodel import Held
from events.store.store import Context, Store
from structlog.testing import capture_logs

from .conftest import statistiques_en_marche
from .exemples import INDIVIDUEL, enregistree
from .histoires import prendre

CONTEXT = Context("test", "requete-de-test")


def test_le_fichier_n_est_lisible_que_du_service(tmp_path: Path) -> None:
    chemin = tmp_path / "chiffres" / "statistiques.duckdb"
    FichierStatistiques(chemin).close()
    assert chemin.stat().st_mode & 0o777 == 0o600
    assert chemin.parent.stat().st_mode & 0o777 == 0o700
    # Also one left open by an older version.
    chemin.chmod(0o644)
    FichierStatistiques(chemin).close()
    assert chemin.stat().st_mode & 0o777 == 0o600


async def ecrire(store: Store[Event], combien: int) -> None:
    exemple = replace(enregistree(INDIVIDUEL), notes=None)
    faits = [replace(exemple, activite_id=ActiviteId(uuid4())) for _ in range(combien)]
    await store.append_bulk(((f"activite-{f.activite_id}", 0, [f]) for f in faits), CONTEXT)


async def total(chiffres: Statistiques) -> int:
    bloc = await chiffres.ask(totaux, Filtres(None))
    return bloc["totaux"]["activites"]["total"]


async def jusqu_a(chiffres: Statistiques, attendu: int) -> None:
    async with asyncio.timeout(30):
        while await total(chiffres) != attendu:
            await asyncio.sleep(0.02)


async def mis_de_cote(store: Store[Event]) -> list[tuple[str, str, str]]:
    async with store.database.raw() as connection:
        rows = await connection.fetch("select projection, stream, error from parked")
    return [(row["projection"], row["stream"], row["error"].split()[0]) for row in rows]


async def test_le_fichier_reprend_ou_il_en_etait(fichier: Path, store: Store[Event]) -> None:
    async with statistiques_en_marche(store, fichier) as chiffres:
        await ecrire(store, 700)
        await jusqu_a(chiffres, 700)
    await ecrire(store, 300)
    avant = fichier.stat().st_ino
    async with statistiques_en_marche(store, fichier) as chiffres:
        await jusqu_a(chiffres, 1000)
    assert fichier.stat().st_ino == avant


@pytest.mark.parametrize("contenu", [b"", b"ceci n'est pas une base" * 1000, b"........DUCK" + bytes(5000)])
async def test_un_fichier_perdu_ou_illisible_est_refait_avant_de_repondre(
    fichier: Path, store: Store[Event], contenu: bytes
) -> None:
    await ecrire(store, 20)
    await asyncio.to_thread(fichier.write_bytes, contenu)
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 20


@pytest.mark.parametrize(("forme", "meme_fichier"), [("des_tables", True), ("des_lus", False)])
async def test_un_fichier_d_une_version_precedente_est_refait(
    fichier: Path, store: Store[Event], forme: str, meme_fichier: bool
) -> None:
    """De ses faits, si leur lecture n'a pas changé ; du journal, dans un nouveau fichier, sinon."""
    await ecrire(store, 20)
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 20

    def vieillir() -> None:
        with duckdb.connect(str(fichier)) as base:
            base.execute("drop view beneficiaires")
            base.execute("delete from activites_recentes")
            base.execute(f"update forme set {forme} = 'une autre'")

    await asyncio.to_thread(vieillir)
    avant = fichier.stat().st_ino
    for _ in range(2):
        async with statistiques_en_marche(store, fichier) as chiffres:
            assert await total(chiffres) == 20
    assert (fichier.stat().st_ino == avant) is meme_fichier


async def test_refait_a_la_demande_le_fichier_repond_prend_ce_qui_arrive_et_ne_relit_pas_le_journal(
    fichier: Path, store: Store[Event]
) -> None:
    async with statistiques_en_marche(store, fichier) as chiffres:
        await ecrire(store, 700)
        await jusqu_a(chiffres, 700)
        avant = fichier.stat().st_ino
        await filerows.ask_rebuild(store.database, chiffres.line)
        await ecrire(store, 50)
        async with asyncio.timeout(30):
            while [ligne.rebuilding for ligne in await filerows.lines(store.database, chiffres.name)] != [
                False
            ]:
                assert await total(chiffres) >= 700
                await asyncio.sleep(0.02)
        await jusqu_a(chiffres, 750)
        assert fichier.stat().st_ino == avant


async def fausser(store: Store[Event], duree: str) -> None:
    """Un des faits du journal porte cette durée."""
    async with store.database.raw() as connection:
        await connection.execute(
            """update events set data = jsonb_set(data, '{duree_minutes}', $1::jsonb)
               where stream = (select min(stream) from events)""",
            duree,
        )


@pytest.mark.parametrize("corrige", [True, False], ids=["un SQL corrige", "une autre replique l'a pris"])
async def test_un_fait_que_le_fichier_a_saute_est_retente_du_journal(
    tmp_path: Path, store: Store[Event], monkeypatch: pytest.MonkeyPatch, corrige: bool
) -> None:
    fichier = tmp_path / "a.duckdb"
    await ecrire(store, 3)
    await fausser(store, '"beaucoup"')
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 2
        ligne = chiffres.line
    await fausser(store, "30")
    if corrige:
        monkeypatch.setattr(modele, "EMPREINTE", "celle d'un SQL corrigé")
    else:
        async with statistiques_en_marche(store, tmp_path / "b.duckdb") as chiffres:
            assert await total(chiffres) == 3
        assert await mis_de_cote(store) == []
        await filerows.ask_rebuild(store.database, ligne)
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 3


async def test_un_fichier_qui_ne_peut_se_relire_est_refait_du_journal(
    fichier: Path, store: Store[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    await ecrire(store, 3)
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 3

    def abime(_: object) -> None:
        raise duckdb.IOException("Corrupt database file")

    monkeypatch.setattr(modele.reprise, "preparer", abime)
    monkeypatch.setattr(modele, "EMPREINTE", "une autre")
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 3


def test_une_reprise_interrompue_ne_laisse_a_la_version_d_avant_que_des_tables_a_refaire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = tmp_path / "s.duckdb"
    avant = FichierStatistiques(chemin)
    prendre(avant, [replace(enregistree(INDIVIDUEL), notes=None)], 0)
    avant.close()

    def tuee(_: object) -> None:
        raise duckdb.OutOfMemoryException

    with monkeypatch.context() as pose:
        pose.setattr(modele, "EMPREINTE", "celle d'après")
        apres = FichierStatistiques(chemin)
        for etape in ("preparer", "echanger"):
            with pose.context() as coupee:
                coupee.setattr(modele.reprise, etape, tuee)
                with pytest.raises(duckdb.OutOfMemoryException):
                    apres.remake()
        apres.close()
    revenue = FichierStatistiques(chemin)
    assert revenue.stale
    assert revenue.remake()
    assert [nombre for (nombre,) in revenue.demander("select count(*) from activites", {})] == [1]
    assert revenue.demander("select 1 from duckdb_tables() where table_name like '%refaites'", {}) == []
    revenue.close()


async def test_un_fichier_tenu_par_un_autre_processus_empeche_le_demarrage(
    fichier: Path, store: Store[Event]
) -> None:
    code = "import duckdb, sys; b = duckdb.connect(sys.argv[1]); print('tenu', flush=True); sys.stdin.read()"
    autre = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        str(fichier),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert autre.stdout is not None
    assert await autre.stdout.readline() == b"tenu\n"
    try:
        with pytest.raises(Held):
            await DESCRIPTION.file(modele, store, fichier).open()
    finally:
        await autre.communicate(b"")


async def test_un_fait_etranger_ne_casse_ni_le_direct_ni_la_reconstruction(
    fichier: Path, store: Store[Event]
) -> None:
    async with statistiques_en_marche(store, fichier) as chiffres:
        await ecrire(store, 3)
        async with store.database.raw() as connection:
            await connection.execute(
                """insert into events (id, stream, version, type, schema_version, data, metadata)
                   values (gen_random_uuid(), 'beneficiaire-1', 1, 'BeneficiaireSuivi', 1, '{}', '{}')"""
            )
        await ecrire(store, 2)
        await jusqu_a(chiffres, 5)
    await filerows.ask_rebuild(store.database, chiffres.line)
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 5
    assert await mis_de_cote(store) == []


@pytest.mark.parametrize(
    ("abime", "erreur"),
    [('{"duree_minutes": "beaucoup"}', "ConstraintException"), ('{"date": null}', "ConstraintException")],
)
async def test_un_fait_que_le_fichier_refuse_est_mis_de_cote(
    fichier: Path, store: Store[Event], abime: str, erreur: str
) -> None:
    await ecrire(store, 3)
    async with store.database.raw() as connection:
        flux = await connection.fetchval("select stream from events order by position offset 1 limit 1")
        await connection.execute("update events set data = data || $1::jsonb where stream = $2", abime, flux)
    async with statistiques_en_marche(store, fichier) as chiffres:
        assert await total(chiffres) == 2
        await ecrire(store, 1)
        await jusqu_a(chiffres, 3)
    assert await mis_de_cote(store) == [("statistiques", flux, erreur)]


@contextmanager
def disque_plein() -> Generator[None]:
    """Aucun fichier de ce processus ne grandit plus : DuckDB échoue en validant, puis en annulant."""
    avant = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, avant[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, avant)


async def attendre_qu_il_le_dise(logs: Any) -> None:
    async with asyncio.timeout(30):
        while not dits(logs):
            await asyncio.sleep(0.02)


def dits(logs: Any) -> list[str]:
    return [ligne["error"].split()[0] for ligne in logs if ligne["event"] == "file_waits"]


async def test_un_disque_plein_n_accuse_aucun_fait_et_les_chiffres_reprennent(
    fichier: Path, store: Store[Event]
) -> None:
    async with statistiques_en_marche(store, fichier) as chiffres:
        await ecrire(store, 10)
        await jusqu_a(chiffres, 10)
        with capture_logs() as logs, disque_plein():
            await ecrire(store, 3000)
            await attendre_qu_il_le_dise(logs)
            # It still answers, and counts nothing by halves.
            assert await total(chiffres) == 10
        await jusqu_a(chiffres, 3010)
        assert len(dits(logs)) == 1
    assert await mis_de_cote(store) == []


async def test_la_memoire_qui_manque_n_accuse_aucun_fait(fichier: Path, store: Store[Event]) -> None:
    async with statistiques_en_marche(store, fichier) as chiffres:
        with capture_logs() as logs:
            await chiffres.ask(FichierStatistiques.demander, "set memory_limit = '1MB'", {})
            await ecrire(store, 3000)
            await attendre_qu_il_le_dise(logs)
            await chiffres.ask(FichierStatistiques.demander, "set memory_limit = '192MB'", {})
        await jusqu_a(chiffres, 3000)
        assert dits(logs) == ["OutOfMemoryException"]
    assert await mis_de_cote(store) == []
