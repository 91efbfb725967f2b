"""`python -m grand_journal`: two real read models of activites made again from a big journal.

Its PostgreSQL table by `coop projections rebuild`, at rest then while the service answers; and the DuckDB
file of its statistics. EVENEMENTS : size of the journal (5 000 000). Writes bench/reconstruction-<n>.json.
Exit 1 when the table is slower than its bar or takes over 300 MB, the file over 1 500, when a request fails,
or when a table is not what the journal says. How fast the file is made: `make bench-statistiques`.
"""

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
from activites.settings import Settings
from chaos.people import Mediateur
from chaos.processes import Role, incidents
from chaos.servers import Nats, database, settings
from events.ops.servers import free_port, start_postgres
from moteur.machine import machine
from process.settings import load
from web.testing import TokenIssuer

from grand_journal.charge import Charge
from grand_journal.emplois import embaucher
from grand_journal.remplissage import ouvrir, remplir

EVENEMENTS = int(os.environ.get("EVENEMENTS", "5000000"))
BARRE_MO, BARRE_DU_FICHIER_MO = 300.0, 1500.0
BARRE_FAITS = 89_000
"""Per second, at rest: ten times what folding every fact gave on this machine."""
LECTEURS = 40
_WARM_SECONDS = 30.0
"""Of load that is not measured, before the reference: caches, plans, and what a rebuild leaves to write."""
_ALONE_SECONDS = 20.0
"""The reference's shortest duration; it lasts as long as the rebuild alone did."""
_LIMIT_SECONDS = 1800.0
_SERVICE = "activites : son API et deux de ses projections ; ni relais, ni statistiques"
_TABLE = ["coop", "projections", "rebuild", "activites", "activites_listees"]
_FICHIER = ["grand_journal.fichier"]
# Row by row: what the journal says last of each activité, and what the table shows.
_COMPARE = """
select count(*) from (
  select * from (
    select distinct on (stream) type, (data->>'activite_id')::uuid as id,
      (data->>'duree_minutes')::int as minutes, data->>'mediateur_id' as mediateur,
      data->'thematiques' as thematiques
    from events order by stream, version desc) last
  where type <> 'ActiviteSupprimee') e
full join activites_listees l on l.activite_id = e.id
where e.id is null or l.activite_id is null or e.minutes <> l.duree_minutes
   or e.mediateur <> l.mediateur_id::text or e.thematiques <> to_jsonb(l.thematiques)"""
_EXPECTED = """
select count(*) filter (where version = 1) - count(*) filter (where type = 'ActiviteSupprimee') from events"""


async def refaire(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run the module. Its seconds, and the peak resident megabytes that the system kept of it."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own command, watched from here
        [sys.executable, "-m", *command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = 0.0
    try:
        while process.poll() is None:
            peak = max(peak, _peak_mb(process.pid))
            if time.perf_counter() - started > _LIMIT_SECONDS:
                raise RuntimeError(f"la reconstruction dure plus de {_LIMIT_SECONDS:.0f} s")
            await asyncio.sleep(0.05)
        seconds = time.perf_counter() - started
        said = process.communicate()[0]
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} a rendu {process.returncode} :\n{said}")
    print(f"  {said.strip().splitlines()[-1]}", file=sys.stderr, flush=True)
    return {
        "secondes": round(seconds, 1),
        "evenements_par_seconde": round(EVENEMENTS / seconds),
        "memoire_de_pointe_mo": round(peak, 1),
    }


def _peak_mb(pid: int) -> float:
    """VmHWM of a process: the highest so far; 0 when it has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


async def mesurer(folder: Path) -> dict[str, Any]:
    """The whole run, on servers of its own."""
    measured_on = machine()
    async with AsyncExitStack() as stack:
        postgres = start_postgres(folder / "postgres", durable=True)
        stack.callback(postgres.stop)
        (folder / "bus").mkdir()
        bus = Nats(folder / "bus", cluster=False)
        stack.callback(bus.close)
        bus.prepare(bus.ports)
        bus.start_all()
        await bus.declare_streams()
        issuer = await stack.enter_async_context(TokenIssuer())
        url = database(postgres.url, "activites")
        environment = {
            **settings(url, bus.urls[0]),
            "JWKS_URL": issuer.url,
            "LOG_LEVEL": "WARNING",
            "PORT": "1",
        }
        admin: Any = await asyncpg.connect(postgres.url)
        await admin.execute("create database activites")
        await admin.close()
        migrate = [sys.executable, "-m", "activites", "migrer"]
        await asyncio.to_thread(subprocess.run, migrate, env={**os.environ, **environment}, check=True)

        _dire(f"écriture de {EVENEMENTS} faits")
        reglages = load(Settings, **{name.lower(): value for name, value in environment.items()})
        mediateurs = await remplir(reglages, EVENEMENTS)
        _dire("reconstruction, rien d’autre ne tourne")
        first = await refaire(_TABLE, environment)
        _dire("le fichier des statistiques, rien d’autre ne tourne")
        path = folder / "statistiques.duckdb"
        file = await refaire([*_FICHIER, str(path)], environment)

        people = [Mediateur(mediateur_id) for mediateur_id in mediateurs[:LECTEURS]]
        await embaucher(bus, people, dt.datetime.now(dt.UTC))
        roles = [
            Role(name, folder, environment, port=free_port())
            for name in ("activites api", "grand_journal.travailleur projections")
        ]
        for role in roles:
            role.start()
            stack.push_async_callback(role.stop)
        await roles[0].ready()
        connection: Any = await ouvrir(url)
        stack.push_async_callback(connection.close)
        await _until(connection, "select count(*) from emplois", len(people))
        api = f"http://127.0.0.1:{roles[0].port}"

        warm = Charge(api, issuer, people)
        await _during(warm, asyncio.sleep(_WARM_SECONDS))
        alone_seconds = max(_ALONE_SECONDS, first["secondes"])
        _dire(f"le service seul, sans reconstruction, pendant {alone_seconds:.0f} s : la référence")
        alone = Charge(api, issuer, people)
        await _during(alone, asyncio.sleep(alone_seconds))
        _dire("reconstruction pendant que le service répond")
        charge = Charge(api, issuer, people)
        second = await _during(charge, refaire(_TABLE, environment))

        written = [*warm.ecrites, *alone.ecrites, *charge.ecrites]
        present = "select count(*) from activites_listees where activite_id = any($1::uuid[])"
        await _until(connection, present, len(written), written)
        in_table = await connection.fetchval("select count(*) from activites_listees")
        return {
            "evenements": EVENEMENTS,
            "service": _SERVICE,
            "reconstruction_seule": first,
            "reconstruction_en_service": second,
            "fichier_des_statistiques": file,
            "barre_mo": BARRE_MO,
            "barre_du_fichier_mo": BARRE_DU_FICHIER_MO,
            "barre_faits_par_seconde": BARRE_FAITS,
            "tient": max(run["memoire_de_pointe_mo"] for run in (first, second)) <= BARRE_MO
            and file["memoire_de_pointe_mo"] <= BARRE_DU_FICHIER_MO
            and first["evenements_par_seconde"] >= BARRE_FAITS,
            "sans_reconstruction": alone.bilan(alone_seconds),
            "pendant_la_reconstruction": charge.bilan(second["secondes"]),
            "ecrites_par_le_service": len(written),
            "perdues": len(written) - await connection.fetchval(present, written),
            "lignes": in_table,
            "activites_du_journal": await connection.fetchval(_EXPECTED),
            "ecarts_ligne_a_ligne": await connection.fetchval(_COMPARE),
            "incidents": dict(incidents(roles)),
            "machine": measured_on,
        }


async def _during(charge: Charge, work: Any) -> Any:
    """The result of `work`, the load running for its whole duration."""
    async with asyncio.TaskGroup() as group:
        group.create_task(charge.run())
        try:
            return await work
        finally:
            charge.finish()


async def _until(connection: Any, sql: str, wanted: int, *args: object) -> None:
    """Wait 30 s at most for a count; what is missing past that is counted as lost by the caller."""
    limit = time.perf_counter() + 30
    while await connection.fetchval(sql, *args) < wanted and time.perf_counter() < limit:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


def _dire(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def afficher(result: dict[str, Any]) -> None:
    """The table that people read."""
    print(
        f"\n{'reconstruction de ' + str(EVENEMENTS) + ' faits':<46} {'secondes':>9} {'faits/s':>9} {'Mo':>7}"
    )
    for name, key in (
        ("la table, seule", "reconstruction_seule"),
        ("la table, en service", "reconstruction_en_service"),
        ("le fichier des statistiques, seul", "fichier_des_statistiques"),
    ):
        row = result[key]
        values = (row["secondes"], row["evenements_par_seconde"], row["memoire_de_pointe_mo"])
        print(f"{name:<46} {values[0]:>9} {values[1]:>9} {values[2]:>7}")
    print(f"\n{'réponses (ms)':<46} {'requêtes':>9} {'p50':>8} {'p99':>8} {'max':>8} {'erreurs':>8}")
    for name, key in (("sans", "sans_reconstruction"), ("pendant", "pendant_la_reconstruction")):
        for method in ("GET", "POST"):
            row = result[key][method]
            values = (row["p50_ms"], row["p99_ms"], row["max_ms"], row["erreurs"])
            print(
                f"{f'{method} {name} reconstruction':<46} {row['requetes']:>9}", *(f"{v:>8}" for v in values)
            )
    print(
        f"\nservice mesuré, {result['service']}"
        f"\nla table, ≤ {BARRE_MO:.0f} Mo et seule {BARRE_FAITS} faits/s au moins,"
        f" le fichier ≤ {BARRE_DU_FICHIER_MO:.0f} Mo :"
        f" {'oui' if result['tient'] else 'NON'} ;"
        f" {result['ecrites_par_le_service']} comptes rendus écrits, {result['perdues']} perdu ;"
        f" {result['lignes']} lignes pour {result['activites_du_journal']} activités,"
        f" {result['ecarts_ligne_a_ligne']} écart ; incidents : {result['incidents'] or 'aucun'}"
    )


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="grand-journal-") as name:
        result = asyncio.run(mesurer(Path(name)))
    out = Path(__file__).parents[1] / f"reconstruction-{EVENEMENTS}.json"
    out.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    afficher(result)
    print(f"écrit : {out}")
    failed = sum(result["pendant_la_reconstruction"][method]["erreurs"] for method in ("GET", "POST"))
    wrong = result["perdues"] or result["ecarts_ligne_a_ligne"] or failed
    return int(bool(wrong) or not result["tient"] or result["lignes"] != result["activites_du_journal"])


if __name__ == "__main__":
    sys.exit(main())
