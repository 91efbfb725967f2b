"""Tous les endroits où la plateforme écrit, lus en entier pour y chercher des mots."""

import asyncio
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import canaris
import duckdb
import httpx2
import nats
from embedded.nats import operator
from embedded.runtime import Platform
from embedded.settings import SERVICES
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from scene import finit_par

type Endroit = tuple[str, str, str]
"""Base, table, colonne."""

_COLONNES = """
select c.table_schema, c.table_name, c.column_name
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE'
"""


async def colonnes_qui_disent(platform: Platform, mots: tuple[str, ...]) -> dict[Endroit, set[str]]:
    """Les colonnes des bases, toutes tables comprises, où l'un des mots se lit ; et lesquels."""
    trouves: dict[Endroit, set[str]] = {}
    for service in SERVICES:
        connexion: Any = await asyncpg.connect(platform.environment(service)["DATABASE_URL"])
        try:
            for schema, table, colonne in await connexion.fetch(_COLONNES):
                valeur, lieu = f'"{colonne}"::text', f'"{schema}"."{table}"'
                question = f"select string_agg({valeur}, chr(10)) from {lieu} where {valeur} ~* $1"
                if texte := await connexion.fetchval(question, canaris.motif(mots)):
                    trouves[service, table, colonne] = canaris.trouver(texte, mots)
        finally:
            await connexion.close()
    return trouves


async def lignes_du_journal(platform: Platform) -> dict[str, int]:
    """Par service : de quoi savoir que l'on a fouillé quelque chose."""
    comptes: dict[str, int] = {}
    for service in SERVICES:
        connexion: Any = await asyncpg.connect(platform.environment(service)["DATABASE_URL"])
        try:
            comptes[service] = await connexion.fetchval("select count(*) from events")
        finally:
            await connexion.close()
    return comptes


async def messages(platform: Platform) -> dict[str, list[str]]:
    """Chaque message de chaque flux : son sujet, ses en-têtes, son contenu."""
    textes: dict[str, list[str]] = {}
    for service in SERVICES:
        user = operator(service)
        client = await nats.connect(
            platform.settings.nats_url,
            user=user,
            password=platform.credentials[f"nats/{user}"],
            allow_reconnect=False,
        )
        try:
            for flux in await client.jetstream().streams_info():
                nom = flux.config.name or ""
                textes[nom] = await _du_flux(client, nom, flux.state.messages)
        finally:
            await client.close()
    return textes


async def _du_flux(client: Client, flux: str, nombre: int) -> list[str]:
    textes: list[str] = []
    # Without acknowledgements: a thousand messages that wait for theirs would be all that is given.
    lecture = ConsumerConfig(ack_policy=AckPolicy.NONE)
    abonnement = await client.jetstream().pull_subscribe(">", stream=flux, config=lecture)
    while len(textes) < nombre:
        for message in await abonnement.fetch(min(500, nombre - len(textes)), timeout=60):
            textes.append(f"{message.subject} {message.headers} {message.data.decode()}")
    await abonnement.unsubscribe()
    return textes


def modes(dossier: Path) -> dict[Path, int]:
    """Les droits de chaque fichier, sauf les prises réseau. PostgreSQL et NATS en ôtent pendant qu'on lit."""
    trouves: dict[Path, int] = {}
    for chemin in dossier.rglob("*"):
        with suppress(FileNotFoundError):
            mode = chemin.lstat().st_mode
            if not (stat.S_ISSOCK(mode) or stat.S_ISLNK(mode)):
                trouves[chemin] = stat.S_IMODE(mode)
    return trouves


def fichiers_de_journal(platform: Platform) -> dict[str, str]:
    """Ce que les programmes ont dit, de la plateforme et de ses serveurs."""
    dossier = platform.settings.folder
    fichiers = [*(dossier / "journaux").iterdir(), *dossier.rglob("*.log")]
    return {str(f.relative_to(dossier)): f.read_text(errors="replace") for f in fichiers}


async def mesures(platform: Platform) -> dict[str, str]:
    """/metrics de chaque service, et de la passerelle."""
    async with httpx2.AsyncClient(timeout=60) as http:
        return {
            nom: (await http.get(f"{platform.settings.url(nom)}/metrics")).text
            for nom in (*SERVICES, "traefik")
        }


async def statistiques(platform: Platform, copie: Path) -> list[str]:
    """Les lignes du fichier DuckDB, lues dans une copie : son processus le tient."""
    fichier = Path(platform.environment("activites")["STATISTIQUES_FICHIER"])

    def lire() -> list[str]:
        for ancienne in copie.glob(f"{fichier.name}*"):
            ancienne.unlink()
        for source in fichier.parent.glob(f"{fichier.name}*"):
            shutil.copy(source, copie / source.name)
        with duckdb.connect(str(copie / fichier.name)) as base:
            return [str(ligne) for ligne in base.execute("select * from activites").fetchall()]

    async def essayer() -> list[str] | None:
        try:
            return await asyncio.to_thread(lire)
        except (FileNotFoundError, duckdb.Error):
            return None  # it was written to while it was copied

    lignes = await finit_par(essayer, lambda lues: lues is not None, 60)
    assert lignes is not None
    return lignes
