"""Plusieurs répliques, chacune son processus et son fichier, sur le même journal."""

import asyncio
import base64
import datetime as dt
import re
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from activites.domain.evenements import Event
from activites.domain.faits import ActiviteEnregistree
from events.ops.servers import free_port
from events.store.store import Context, Store
from web.testing import TokenIssuer

from .conftest import CLE
from .test_statistiques_questions import activite, corrigee, supprimee

CONTEXTE = Context("test", "requete-de-test")
LEA = uuid4()
LIEUX, FICHES = [uuid4() for _ in range(5)], [uuid4() for _ in range(4)]
EMPLOYEUR = uuid4()
DEBUT = dt.date(2025, 1, 1)
_COMPTE_LE = re.compile(rb'"a_jour_au":"[^"]*"')


def faites(combien: int) -> list[ActiviteEnregistree]:
    """À égalité presque partout : l'ordre des lignes ne peut pas venir de celui des prises."""
    return [
        activite(
            LEA if rang % 3 else uuid4(),
            DEBUT + dt.timedelta(days=rang % 300),
            1 if rang % 2 else 4,
            lieu_id=LIEUX[rang % 5],
            structure_employeuse_id=EMPLOYEUR,
            thematiques=[["email"], ["sante", "email"], ["logement"]][rang % 3],
            residence_code_insee=["21231", "13055", None][rang % 3],
            suivis=[str(FICHES[rang % 4])],
            participants={"total": 0 if rang % 2 else 3, "genres": {} if rang % 2 else {"feminin": 2}},
        )
        for rang in range(combien)
    ]


async def ecrire(store: Store[Event], faits: Sequence[tuple[ActiviteEnregistree, int, Any]]) -> str:
    """Chacun à sa version ; rend la position du dernier."""
    lots = [(f"activite-{activite.activite_id}", version, [fait]) for activite, version, fait in faits]
    await store.append_bulk(lots, CONTEXTE)
    async with store.database.raw() as connection:
        derniere = await connection.fetchval(
            "select xid::text || '-' || position from events order by xid desc, position desc limit 1"
        )
    return f"activites:{derniere}"


class Replique:
    """Un processus `statistiques`. fichier : le sien."""

    def __init__(
        self, process: asyncio.subprocess.Process, fichier: Path, client: httpx2.AsyncClient
    ) -> None:
        self.process, self.fichier, self._client = process, fichier, client

    async def repond(self) -> bool:
        try:
            return (await self._client.get("/sante/vivant")).status_code < 500
        except httpx2.ConnectError:
            return False

    async def prete(self) -> None:
        async with asyncio.timeout(60):
            while not await self.repond():
                assert self.process.returncode is None, "la réplique s'est arrêtée"
                await asyncio.sleep(0.05)

    async def lire(self, adresse: str, entetes: dict[str, str], position: str) -> bytes:
        """Le corps, sans l'instant où il a été compté."""
        for _ in range(30):
            reponse = await self._client.get(adresse, headers=entetes | {"X-Position": position})
            assert reponse.status_code == 200, reponse.text
            if "x-position-atteinte" not in reponse.headers:
                return _COMPTE_LE.sub(b'"a_jour_au":""', reponse.content)
        raise AssertionError("la position n'a pas été atteinte")


@asynccontextmanager
async def repliquer(
    dossier: Path, nom: str, base: str, nats_url: str, issuer: TokenIssuer
) -> AsyncGenerator[Replique]:
    port, fichier = free_port(), dossier / f"{nom}.duckdb"
    environnement = {
        "PATH": "/usr/bin:/bin",
        "PORT": str(port),
        "DATABASE_URL": base,
        "NATS_URL": nats_url,
        "ISSUER": issuer.issuer,
        "JWKS_URL": issuer.url,
        "COFFRE_CLES": f"1:{base64.b64encode(CLE).decode()}",
        "STATISTIQUES_FICHIER": str(fichier),
        "LOG_LEVEL": "WARNING",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "activites", "statistiques", env=environnement
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield Replique(process, fichier, client)
    finally:
        process.kill()
        await process.wait()


async def retenue(store: Store[Event]) -> bool:
    """Quelqu'un attend de dire où en est son fichier neuf."""
    async with store.database.raw() as connection:
        trouvee = await connection.fetchval(
            """select exists (select from pg_stat_activity where datname = current_database()
                 and wait_event_type = 'Lock' and query ilike '%insert into checkpoints%')"""
        )
    return bool(trouvee)


@asynccontextmanager
async def nul_ne_dit_ou_il_en_est(base: str) -> AsyncGenerator[None]:
    """Le temps du bloc. On lit encore, et le flux n'est pas retenu : ce verrou ne prend pas de numéro."""
    sans_limite = {"transaction_timeout": "0", "idle_in_transaction_session_timeout": "0"}
    connection: Any = await asyncpg.connect(base, server_settings=sans_limite)
    try:
        async with connection.transaction():
            await connection.execute("lock table checkpoints in share row exclusive mode")
            yield
    finally:
        await connection.close()


async def test_deux_repliques_disent_les_memes_chiffres_et_l_une_ne_fait_jamais_attendre_l_autre(
    base: str, store: Store[Event], nats_url: str, tmp_path: Path
) -> None:
    """Octet pour octet, à la même position : l'une a suivi le journal, l'autre l'a relu d'un trait."""
    activites = faites(240)
    async with TokenIssuer() as issuer, AsyncExitStack() as pile:

        def entetes(**qui: Any) -> dict[str, str]:
            return {"Authorization": f"Bearer {issuer.token('activites', compte_id=uuid4(), **qui)}"}

        lea, tous = entetes(mediateur_id=LEA), entetes(roles=["admin"])
        await ecrire(store, [(a, 0, a) for a in activites[:100]])
        ancienne = await pile.enter_async_context(repliquer(tmp_path, "ancienne", base, nats_url, issuer))
        await ancienne.prete()
        for debut in range(100, 200, 20):
            position = await ecrire(store, [(a, 0, a) for a in activites[debut : debut + 20]])
            await ancienne.lire("/statistiques", lea, position)
        await ecrire(store, [(a, 1, corrigee(a, duree_minutes=200)) for a in activites[:60:7]])
        await ecrire(store, [(a, 1, supprimee(a)) for a in activites[1:60:7]])

        async with nul_ne_dit_ou_il_en_est(base):
            neuve = await pile.enter_async_context(repliquer(tmp_path, "neuve", base, nats_url, issuer))
            async with asyncio.timeout(60):
                while not await retenue(store):
                    await asyncio.sleep(0.05)
            neuve.process.send_signal(signal.SIGSTOP)
        position = await ecrire(store, [(a, 0, a) for a in activites[200:]])
        pendant = await ancienne.lire("/statistiques/plateforme", tous, position)
        assert b'"total":%d' % (240 - 9) in pendant
        assert not neuve.fichier.exists(), "la neuve n'en est pas à son fichier : l'ancienne a répondu avant"
        neuve.process.send_signal(signal.SIGCONT)
        await neuve.prete()

        for adresse, qui in (
            ("/statistiques", lea),
            ("/statistiques?du=2025-03-01&au=2025-06-30&comparer=annee_precedente&lignes=2&pas=semaine", lea),
            ("/statistiques/plateforme", tous),
            ("/statistiques/plateforme?types=collectif&departements=13&thematiques=sante", tous),
            ("/statistiques/departements/13", tous),
            (f"/statistiques/structures/{EMPLOYEUR}", tous),
        ):
            une, autre = [await replique.lire(adresse, qui, position) for replique in (ancienne, neuve)]
            assert une == autre, adresse
