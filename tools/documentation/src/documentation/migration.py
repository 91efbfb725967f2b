"""`python -m documentation.migration <service> "<titre>"` : écrit la migration qu'une table changée demande.

Les migrations déjà là sont passées sur un PostgreSQL neuf, puis comparées aux tables du service.
"""

import asyncio
import re
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from events.ops.servers import start_postgres
from events.postgres.drift import NoValue, migration
from events.service import Service
from sqlalchemy.ext.asyncio import create_async_engine

from documentation.applications import DESCRIPTIONS


def ecrire(description: Service[Any], titre: str) -> Path | None:
    """Le fichier écrit ; None si les migrations disent déjà tout. Lève NoValue."""
    versions = description.migrations / "versions"
    numero = 1 + max(int(f.name[:4]) for f in versions.glob("[0-9][0-9][0-9][0-9]_*.py"))
    with tempfile.TemporaryDirectory(prefix="coop-migration-") as dossier:
        serveur = start_postgres(Path(dossier) / "postgres")
        try:
            description.migrate(serveur.url)
            texte = asyncio.run(_texte(serveur.url, description.metadata, numero, titre))
        finally:
            serveur.stop()
    if texte is None:
        return None
    fichier = versions / f"{numero:04}_{_nom(titre)}.py"
    fichier.write_text(texte, encoding="utf-8")
    return fichier


async def _texte(url: str, tables: sa.MetaData, numero: int, titre: str) -> str | None:
    engine = create_async_engine(sa.make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(migration, tables, numero, titre)
    finally:
        await engine.dispose()


def _nom(titre: str) -> str:
    ascii_ = unicodedata.normalize("NFKD", titre).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_).strip("_")[:60]


SERVICES = {description.name: description for description in DESCRIPTIONS}


def main(arguments: list[str]) -> None:
    match arguments:
        case [service, titre] if service in SERVICES and titre.strip():
            pass
        case _:
            raise SystemExit('usage : make migration SERVICE=activites NOM="le niveau dans la liste"')
    try:
        fichier = ecrire(SERVICES[service], titre.strip())
    except NoValue as colonne:
        raise SystemExit(
            f"{colonne} : les lignes déjà là n'ont pas de valeur pour cette colonne. Donnez-lui un "
            "server_default, ou laissez-la facultative."
        ) from None
    if fichier is None:
        print(f"{service} : les migrations disent déjà tout ce que disent les tables")
    else:
        print(f"écrit : {fichier} ; relisez-le, puis « make format »")


if __name__ == "__main__":
    main(sys.argv[1:])
