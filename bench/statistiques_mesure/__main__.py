"""`make bench-statistiques` : les mêmes questions en SQL et par notre API ; écrit bench/statistiques.json.

ACTIVITES, MEDIATEURS, LECTEURS, DEBIT (CRA par seconde pendant qu'on lit), SECONDES changent les tailles : un
essai plus petit n'écrit rien. Les barres sont celles de docs/domaine/statistiques.md §6.
"""

import asyncio
import json
import math
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
from activites.app import DESCRIPTION
from events.ops.servers import free_port, start_postgres
from events.postgres.database import Database
from events.store.store import Context
from moteur.http import attendre
from moteur.machine import machine
from moteur.processus import Cote, run
from web.testing import TokenIssuer

from statistiques_mesure import direct, generateur
from statistiques_mesure.service import coordonner, servir

RESULTAT = Path(__file__).parents[1] / "statistiques.json"
_ENTIERES = {"ACTIVITES": 3_000_000, "MEDIATEURS": 10_000, "LECTEURS": 20, "DEBIT": 200, "SECONDES": 20}
_TAILLES = {nom: int(os.environ.get(nom, defaut)) for nom, defaut in _ENTIERES.items()}
_ATTENTE_S = 3600.0


class Banc:
    """Qui pose les questions. questions : nom -> (adresse, jeton, condition du SQL direct, ses valeurs)."""

    def __init__(self, emetteur: TokenIssuer, port: int) -> None:
        self.emetteur = emetteur
        self.client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300)

    def entetes(self, **qui: Any) -> dict[str, str]:
        jeton = self.emetteur.token("activites", compte_id=uuid4(), **qui)
        return {"Authorization": f"Bearer {jeton}"}

    async def demander(self, adresse: str, qui: dict[str, Any], position: str = "") -> httpx2.Response:
        entetes = self.entetes(**qui) | ({"X-Position": position} if position else {})
        reponse = await self.client.get(adresse, headers=entetes)
        reponse.raise_for_status()
        return reponse


async def mesurer(dossier: Path) -> dict[str, Any]:
    async with AsyncExitStack() as pile:
        serveur = await asyncio.to_thread(start_postgres, dossier / "postgres", durable=True)
        pile.callback(serveur.stop)
        await asyncio.to_thread(DESCRIPTION.migrate, serveur.url)
        emetteur = await pile.enter_async_context(TokenIssuer())
        cle = secrets.token_bytes(32)
        store: Any = DESCRIPTION.store(Database(serveur.url), {1: cle})
        pile.push_async_callback(store.database.close)
        faits = generateur.inventes(_TAILLES["ACTIVITES"], _TAILLES["MEDIATEURS"])
        ecrits = await generateur.ecrire(store, faits)
        connection: Any = await asyncpg.connect(serveur.url)
        pile.push_async_callback(connection.close)
        await connection.execute("set transaction_timeout = 0; set statement_timeout = 0")
        await connection.execute(direct.TABLES)
        chemin, port, debut = dossier / "statistiques.duckdb", free_port(), time.perf_counter()
        cote = Cote(servir, serveur.url, port, cle, emetteur.issuer, emetteur.url, chemin)
        pile.callback(cote.end)
        await _attendre(port)
        refait = time.perf_counter() - debut
        banc = Banc(emetteur, port)
        pile.push_async_callback(banc.client.aclose)
        questions = await _questions(store, connection)
        mesures = {nom: await _comparer(banc, connection, *question) for nom, question in questions.items()}
        rapports = [m["rapport"] for m in mesures.values()]
        return {
            "accompagnements": await connection.fetchval("select count(*) from direct.accompagnements"),
            "questions": mesures,
            "rapport_moyen": round(statistics.geometric_mean(rapports), 1),
            "rapport_min": min(rapports),
            "sous_charge": await _sous_charge(banc, store, questions),
            "reconstruction_faits_par_s": round(ecrits / refait),
            "fichier_mo": round(chemin.stat().st_size / 2**20),
            "memoire_max_mo_des_processus_finis": round(
                resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            ),
        }


async def _attendre(port: int) -> None:
    """Le fichier se refait d'abord : la première réponse peut tarder."""
    limite = time.monotonic() + _ATTENTE_S
    while True:
        try:
            await asyncio.to_thread(run, attendre, port)
        except Exception:
            if time.monotonic() > limite:
                raise
        else:
            return


type Question = tuple[str, dict[str, Any], str, list[Any]]


async def _questions(store: Any, connection: Any) -> dict[str, Question]:
    """Un médiateur, une équipe de 20, une structure, un département, la nation, un filtre rare."""
    actifs: list[UUID] = [
        row[0]
        for row in await connection.fetch(
            "select mediateur_id from direct.activites group by 1 order by count(*) desc, 1 limit 400"
        )
    ][::20][:20]
    chef = await coordonner(store, actifs)
    structure, departement = await connection.fetchrow(
        "select mode() within group (order by structure_employeuse_id),"
        " mode() within group (order by departement) from direct.activites"
    )
    jour = await connection.fetchval("select max(date) from direct.activites")
    annee, mois = f"{jour.year - 1}-01-01", f"{jour.year - 1}-11-01"
    fin_annee, fin_mois = f"{jour.year - 1}-12-31", f"{jour.year - 1}-11-30"
    tous: dict[str, Any] = {"roles": ["admin"]}
    entre = "a.date between $1::text::date and $2::text::date"
    return {
        "mediateur": ("/statistiques", {"mediateur_id": actifs[0]}, "a.mediateur_id = $1", [actifs[0]]),
        "equipe_de_20": ("/statistiques", {"coordinateur_id": chef}, "a.mediateur_id = any($1)", [actifs]),
        "structure": (
            f"/statistiques/structures/{structure}",
            tous,
            "a.structure_employeuse_id = $1",
            [structure],
        ),
        "departement_un_an": (
            f"/statistiques/departements/{departement}?du={annee}&au={fin_annee}",
            tous,
            f"{entre} and a.departement = $3",
            [annee, fin_annee, departement],
        ),
        "nation_un_mois": (
            f"/statistiques/plateforme?du={mois}&au={fin_mois}",
            tous,
            entre,
            [mois, fin_mois],
        ),
        "nation_un_an": (
            f"/statistiques/plateforme?du={annee}&au={fin_annee}",
            tous,
            entre,
            [annee, fin_annee],
        ),
        "nation_toujours": ("/statistiques/plateforme", tous, "true", []),
        "filtre_rare": (
            "/statistiques/plateforme?thematiques=sante&types_lieu=domicile&materiels=tablette",
            tous,
            "a.thematiques && '{sante}' and a.type_lieu = 'domicile' and a.materiels && '{tablette}'",
            [],
        ),
    }


async def _comparer(
    banc: Banc, connection: Any, adresse: str, qui: dict[str, Any], condition: str, valeurs: list[Any]
) -> dict[str, float]:
    """La médiane de chaque côté, en alternant, caches chauds."""
    nous: list[float] = []
    eux: list[float] = []
    for tour in range(4):
        debut = time.perf_counter()
        await banc.demander(adresse, qui)
        ici = (time.perf_counter() - debut) * 1000
        la = await direct.duree_ms(connection, condition, valeurs)
        if tour:
            nous.append(ici)
            eux.append(la)
    a, b = statistics.median(nous), statistics.median(eux)
    return {"nous_ms": round(a, 1), "direct_ms": round(b, 1), "rapport": round(b / a, 2)}


async def _sous_charge(banc: Banc, store: Any, questions: dict[str, Question]) -> dict[str, Any]:
    """Le 95e centile de chacune, LECTEURS à la fois, et la fraîcheur, DEBIT CRA arrivant à la seconde."""
    fini = asyncio.Event()
    fraicheurs: list[float] = []
    arrivees = generateur.inventes(_TAILLES["DEBIT"] * 3600, 500, graine=2)
    contexte = Context("bench", "bench-statistiques")

    async def ecrire() -> None:
        par_lot = max(1, _TAILLES["DEBIT"] // 10)
        while not fini.is_set():
            debut = time.monotonic()
            paquet = [next(arrivees) for _ in range(par_lot)]
            await store.append_bulk(((f"activite-{f.activite_id}", 0, [f]) for f in paquet), contexte)
            await asyncio.sleep(max(0.0, 0.1 - (time.monotonic() - debut)))

    async def guetter() -> None:
        """Un CRA de plus, puis la lecture qui l'attend."""
        while not fini.is_set():
            fait = next(arrivees)
            debut = time.perf_counter()
            await store.append_bulk([(f"activite-{fait.activite_id}", 0, [fait])], contexte)
            async with store.database.raw() as connection:
                xid, numero = await connection.fetchrow(
                    "select xid::text, position from events where stream = $1", f"activite-{fait.activite_id}"
                )
            qui = {"mediateur_id": fait.mediateur_id}
            reponse = await banc.demander("/statistiques", qui, f"activites:{xid}-{numero}")
            if "x-position-atteinte" in reponse.headers:
                fraicheurs.append(math.inf)
            else:
                fraicheurs.append((time.perf_counter() - debut) * 1000)
            await asyncio.sleep(0.2)

    async def lire(adresse: str, qui: dict[str, Any], durees: list[float], limite: float) -> None:
        while time.monotonic() < limite:
            debut = time.perf_counter()
            await banc.demander(adresse, qui)
            durees.append((time.perf_counter() - debut) * 1000)

    fond = [asyncio.create_task(ecrire()), asyncio.create_task(guetter())]
    p95: dict[str, float] = {}
    for nom, (adresse, qui, _, _) in questions.items():
        durees: list[float] = []
        limite = time.monotonic() + _TAILLES["SECONDES"]
        await asyncio.gather(*(lire(adresse, qui, durees, limite) for _ in range(_TAILLES["LECTEURS"])))
        p95[nom] = round(_centile(durees, 0.95), 1)
    fini.set()
    await asyncio.gather(*fond)
    return {
        "lecteurs": _TAILLES["LECTEURS"],
        "cra_par_s": _TAILLES["DEBIT"],
        "p95_ms": p95,
        "fraicheur_p99_ms": round(_centile(fraicheurs, 0.99), 1),
    }


def _centile(valeurs: list[float], part: float) -> float:
    return sorted(valeurs)[min(len(valeurs) - 1, int(len(valeurs) * part))] if valeurs else math.nan


async def main() -> int:
    with tempfile.TemporaryDirectory() as dossier:
        mesures = await mesurer(Path(dossier))
    document = {"machine": machine(), "tailles": _TAILLES, "mesures": mesures}
    texte = json.dumps(document, ensure_ascii=False, indent=2)
    print(texte)
    if _TAILLES == _ENTIERES:
        RESULTAT.write_text(texte + "\n")
    charge = mesures["sous_charge"]
    manquees = [
        *(["rapport moyen < 30"] if mesures["rapport_moyen"] < 30 else []),
        *(["un rapport < 3"] if mesures["rapport_min"] < 3 else []),
        *(["fraîcheur > 1 s"] if charge["fraicheur_p99_ms"] > 1000 else []),
        *(["reconstruction < 500 000/s"] if mesures["reconstruction_faits_par_s"] < 500_000 else []),
        *(
            f"{nom} : {ms} ms"
            for nom, ms in charge["p95_ms"].items()
            if ms > (300 if nom == "nation_toujours" else 100)
        ),
    ]
    for phrase in manquees:
        print(f"barre manquée : {phrase}")
    return 1 if manquees and _TAILLES == _ENTIERES else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
