"""Le dispositif : une première reprise depuis un fichier, puis la nuit devant une source lente.

La nuit interroge chacun par HTTP ; la source met 50 ms à répondre, et rien n'a changé sauf un contrat rompu
pour un compte sur cent. Ce qui doit être reconnu l'est, ce qui est rompu l'est : sinon la mesure s'arrête.
"""

import asyncio
import datetime as dt
import json
import secrets
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx2
from events.ops.servers import free_port, start_postgres
from events.postgres.database import Database
from events.projection.projection import Projector
from events.projection.source import FeedSource
from events.store.store import Context, Store
from faux_proconnect.dispositif import contrat, fiche_simple, structure
from identity.app import DESCRIPTION
from identity.connexion.chiffre import Empreintes
from identity.dispositif.fichier import SourceFichier
from identity.dispositif.http import SourceHttp
from identity.dispositif.reprise import Dispositif
from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId, MediateurId, Role
from process.clock import Clock

from identite_mesure.source import CLE

SECONDES_PAR_REPONSE = 0.05
BARRES = {"nuit_s": 60.0}
_ESPACE = UUID(int=0x1DE)
_CONTEXTE = Context("banc", "banc")
_ENSEMBLE = 64


async def mesurer(dossier: Path, nombre: int) -> dict[str, Any]:
    serveur = start_postgres(dossier / "postgres")
    try:
        return await _mesurer(serveur.url, dossier / "fiches.json", nombre)
    finally:
        serveur.stop()


async def _mesurer(url: str, fiches: Path, nombre: int) -> dict[str, Any]:
    await asyncio.to_thread(DESCRIPTION.migrate, url)
    database = Database(url)
    store = DESCRIPTION.store(database, {1: secrets.token_bytes(32)})
    await _ouvrir(store, nombre)
    await _projeter(store)
    rompus = range(0, nombre, 100)
    _ecrire(fiches, nombre, ())
    fichier_s = await _reprendre(store, Dispositif(store, SourceFichier(fiches), Clock()), nombre)

    _ecrire(fiches, nombre, rompus)
    nuit_s = await _nuit(store, fiches, nombre)
    mesures = await _compter(database)
    await database.close()
    attendus = {
        "reconnus": nombre - len(rompus),
        "termines": len(rompus),
        "emplois_en_cours": nombre - len(rompus),
    }
    if mesures != attendus:
        raise SystemExit(f"perdu : {mesures} au lieu de {attendus}")
    return {
        "fichier_s": fichier_s,
        "nuit_s": nuit_s,
        "nuit_comptes_par_s": round(nombre / nuit_s),
        **mesures,
        "barres": BARRES,
    }


async def _nuit(store: Store[Any], fiches: Path, nombre: int) -> float:
    """Le passage du lendemain, devant la source dans son processus."""
    port = free_port()
    source = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "identite_mesure.source", str(port), str(fiches), str(SECONDES_PAR_REPONSE)
    )
    limites = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
    try:
        async with httpx2.AsyncClient(timeout=5, trust_env=False, limits=limites) as http:
            adresse = f"http://127.0.0.1:{port}"
            await _prete(http, adresse)
            demain = Clock(lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
            return await _reprendre(store, Dispositif(store, SourceHttp(http, adresse, CLE), demain), nombre)
    finally:
        source.terminate()
        await source.wait()


async def _reprendre(store: Store[Any], dispositif: Dispositif, nombre: int) -> float:
    debut = time.perf_counter()
    bilan = await dispositif.reprendre_tous(_CONTEXTE)
    secondes = round(time.perf_counter() - debut, 1)
    if (bilan.done, bilan.refused) != (nombre, 0):
        raise SystemExit(f"repris : {bilan} au lieu de {nombre}")
    await _projeter(store)
    return secondes


async def _ouvrir(store: Store[Any], nombre: int) -> None:
    empreintes, places = Empreintes(secrets.token_bytes(32)), asyncio.Semaphore(_ENSEMBLE)
    maintenant = dt.datetime.now(dt.UTC)

    async def un(rang: int) -> None:
        compte_id, courriel = CompteId(uuid5(_ESPACE, str(rang))), _courriel(rang)
        identite = compte.Identite("https://banc.exemple.fr", str(rang))
        personne = compte.Personne("Camille", f"Essai {rang}", courriel)
        async with places:
            await store.execute(
                COMPTE(compte_id),
                compte.OuvrirCompte(compte_id, personne, identite, maintenant),
                _CONTEXTE,
                claims=[empreintes.courriel(courriel)],
            )
            role = compte.ChoisirRole(
                Role.MEDIATEUR, MediateurId(compte_id), None, True, "2026-01", maintenant
            )
            await store.execute(COMPTE(compte_id), role, _CONTEXTE)

    await asyncio.gather(*map(un, range(nombre)))


async def _projeter(store: Store[Any]) -> None:
    for projection in DESCRIPTION.own:
        projector = Projector(store.database, projection, FeedSource(store, "identity"))
        while await projector.step():
            pass


async def _compter(database: Database) -> dict[str, int]:
    async with database.raw() as connection:
        ligne: Any = await connection.fetchrow(
            """select count(*) filter (where conseiller_jusqu_au is null) as reconnus,
                      count(*) filter (where conseiller_jusqu_au is not null) as termines,
                      (select count(*) from emplois where fin is null) as emplois_en_cours
               from reconnaissances"""
        )
    return dict(ligne)


async def _prete(http: httpx2.AsyncClient, adresse: str) -> None:
    for _ in range(300):
        try:
            await http.get(f"{adresse}/rpc/get_mediateur")
            return
        except httpx2.HTTPError:
            await asyncio.sleep(0.1)
    raise SystemExit("la fausse source ne démarre pas")


def _ecrire(fiches: Path, nombre: int, rompus: Collection[int]) -> None:
    fiches.write_text(json.dumps([_fiche(rang, rompu=rang in rompus) for rang in range(nombre)]))


def _courriel(rang: int) -> str:
    return f"conseiller-{rang}@ville.exemple.fr"


def _fiche(rang: int, *, rompu: bool = False) -> dict[str, Any]:
    rupture = dt.datetime.now(dt.UTC).date().isoformat() if rompu else None
    fiche = fiche_simple(rang + 1, structure(contrat("2025-03-01", None, rupture)))
    return {**fiche, "email": _courriel(rang), "is_conseiller_numerique": not rompu}
