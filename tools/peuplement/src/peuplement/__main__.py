"""`python -m peuplement` : une activité vraisemblable, par les mêmes faits que l'usage réel.

Écrit dans les journaux de identity, equipes et activites ; relais et projections font le reste. Les bases
sont dites par l'environnement (`settings.py`).
"""

import asyncio
import datetime as dt
import json
import sys
import time
from random import Random
from typing import Any

import sqlalchemy as sa
from activites.domain.faits import Event as FaitActivite
from activites.domain.vocabulaire import LieuConnu, LieuId
from activites.projections import lieux_connus
from equipes.domain.evenements import Event as FaitEquipe
from events.codec import Codec
from events.postgres.database import Database
from events.store.store import ClaimTaken, Conflict, Context, Store
from events.vault.vault import Vault
from identity.connexion.chiffre import Empreintes
from identity.domain.compte import CompteDejaOuvert
from identity.domain.evenements import Event as FaitIdentity
from process.settings import load
from process.usage import Analyseur
from sqlalchemy.exc import SQLAlchemyError

from peuplement import comptes_rendus, inscriptions, territoire
from peuplement.population import inventer
from peuplement.settings import Journal, Settings

PAQUET = 2000


def arguments() -> Analyseur:
    parser = Analyseur(
        prog="python -m peuplement",
        description="Peuple la plateforme : médiateurs, coordinateurs, équipes, comptes rendus sur 4 ans.",
        epilog="Codes de sortie : 0 bien, 1 échec, 2 réglage manquant, 3 cette graine est déjà là.",
    )
    parser.add_argument("--mediateurs", type=int, default=20)
    parser.add_argument("--cra", type=int, default=2000)
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--jour", type=dt.date.fromisoformat, help="dernier jour, AAAA-MM-JJ (aujourd’hui)")
    parser.add_argument("--json", action="store_true", help="écrit le bilan en JSON sur la dernière ligne")
    return parser


def _open(journal: Journal, codec: Codec[Any]) -> Store[Any]:
    database = Database(journal.database_url)
    return Store(database, codec, Vault(database, journal.coffre_cles))


async def peupler(
    settings: Settings, mediateurs: int, cra: int, graine: int, aujourd_hui: dt.date
) -> dict[str, Any]:
    """Le bilan : ce qui a été écrit, et le temps pris."""
    debut = time.perf_counter()
    hasard = Random(graine)  # noqa: S311 - believable data, not secrets
    communes = territoire.lire()
    population = inventer(mediateurs, communes, hasard, aujourd_hui)
    context = Context("peuplement", f"peuplement-{graine}")
    identity = _open(settings.identity, Codec[FaitIdentity](FaitIdentity))
    equipes = _open(settings.equipes, Codec[FaitEquipe](FaitEquipe))
    activites = _open(settings.activites, Codec[FaitActivite](FaitActivite))
    empreintes = Empreintes(settings.identity_hash_key)
    comptes = await inscriptions.inscrire(identity, empreintes, population, context, aujourd_hui)
    membres = await inscriptions.former_les_equipes(equipes, population, context)
    lieux = await _lieux(activites.database)
    accompagnements = ecrites = 0
    faits = comptes_rendus.ecrire(cra, population, lieux, communes, hasard, aujourd_hui)
    debut_cra = time.perf_counter()
    for paquet in comptes_rendus.par_paquets(faits, PAQUET):
        await activites.append_bulk(((f"activite-{f.activite_id}", 0, [f]) for f in paquet), context)
        ecrites += len(paquet)
        accompagnements += sum(f.accompagnements for f in paquet)
        _progress(ecrites, cra, debut_cra)
    for store in (identity, equipes, activites):
        await store.database.close()
    return {
        "comptes": comptes,
        "equipes": len(population.equipes),
        "membres": membres,
        "activites": ecrites,
        "accompagnements": accompagnements,
        "secondes": round(time.perf_counter() - debut, 1),
    }


async def _lieux(database: Database) -> dict[str, list[LieuConnu]]:
    """Les lieux que activites connaît, par département, dans un ordre stable."""
    c = lieux_connus.table.c
    par_departement: dict[str, list[LieuConnu]] = {}
    async with database.engine.connect() as connection:
        for row in await connection.execute(
            sa.select(lieux_connus.table).where(c.departement.is_not(None)).order_by(c.lieu_id)
        ):
            lieu = LieuConnu(
                LieuId(row.lieu_id), row.commune, row.code_postal, row.code_insee, row.departement
            )
            par_departement.setdefault(row.departement, []).append(lieu)
    return par_departement


def _progress(done: int, total: int, since: float) -> None:
    if sys.stderr.isatty():
        rate = done / max(time.perf_counter() - since, 0.001)
        print(f"\r{done} / {total} comptes rendus ({rate:.0f}/s)", end="", file=sys.stderr, flush=True)


def main() -> int:
    options = arguments().parse_args()
    jour = options.jour or dt.datetime.now(dt.UTC).date()
    settings = load(Settings)
    try:
        bilan = asyncio.run(peupler(settings, options.mediateurs, options.cra, options.graine, jour))
    except (ClaimTaken, Conflict, CompteDejaOuvert):
        print(
            f"La graine {options.graine} est déjà dans cette plateforme : prenez-en une autre.",
            file=sys.stderr,
        )
        return 3
    except (OSError, SQLAlchemyError) as error:
        # A database that is slow, or gone: whoever reads this did nothing wrong.
        print(
            f"Le peuplement s’est arrêté : PostgreSQL n’a pas répondu à temps ({type(error).__name__}).",
            file=sys.stderr,
        )
        return 1
    if options.json:
        print(json.dumps(bilan, ensure_ascii=False))
    else:
        print(", ".join(f"{valeur} {nom}" for nom, valeur in bilan.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
