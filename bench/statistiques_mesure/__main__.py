"""`make bench-statistiques` : les mêmes questions en SQL et par notre API ; écrit bench/statistiques.json.

ACTIVITES, MEDIATEURS, LECTEURS, DEBIT (CRA par seconde pendant qu'on lit), SECONDES changent les tailles : un
essai plus petit n'écrit rien. Chaque mesure est dite dès qu'elle est faite. Les barres sont celles de
docs/domaine/statistiques.md §6.
"""

import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from activites.app import DESCRIPTION
from events.ops.servers import free_port, start_postgres
from events.postgres.database import Database
from moteur.http import attendre
from moteur.machine import machine
from moteur.processus import Cote, run
from web.testing import TokenIssuer

from statistiques_mesure import direct, fraicheur, generateur, lecteurs, reconstruction
from statistiques_mesure.banc import Banc, Memoire, centile
from statistiques_mesure.service import coordonner, servir

RESULTAT = Path(__file__).parents[1] / "statistiques.json"
_ENTIERES = {"ACTIVITES": 3_000_000, "MEDIATEURS": 10_000, "LECTEURS": 20, "DEBIT": 200, "SECONDES": 15}
_TAILLES = {nom: int(os.environ.get(nom, defaut)) for nom, defaut in _ENTIERES.items()}
_ATTENTE_S = 3600.0
_TOURS, _EQUIPE = 4, 20
_DIRECT_S = 40.0
"""Ce qu'une question prend au plus au SQL direct, toutes répétitions ensemble ; une, quoi qu'elle dure."""


@dataclass(frozen=True, slots=True)
class Mesures:
    """Ce qui est mesuré, dit à mesure : interrompu, le banc n'a rien perdu."""

    debut: float = field(default_factory=time.monotonic)
    dites: dict[str, Any] = field(default_factory=dict[str, Any])

    def dire(self, nom: str, mesure: Any) -> None:
        self.dites[nom] = mesure
        passees = time.monotonic() - self.debut
        print(f"[{passees:.0f} s] {nom} : {json.dumps(mesure, ensure_ascii=False)}", flush=True)


async def mesurer(dossier: Path, mesures: Mesures) -> None:
    async with AsyncExitStack() as pile:
        serveur = await asyncio.to_thread(start_postgres, dossier / "postgres", durable=True)
        pile.callback(serveur.stop)
        await asyncio.to_thread(DESCRIPTION.migrate, serveur.url)
        emetteur = await pile.enter_async_context(TokenIssuer())
        cle = secrets.token_bytes(32)
        store: Any = DESCRIPTION.store(Database(serveur.url), {1: cle})
        pile.push_async_callback(store.database.close)
        await _peupler(serveur.url, cle, mesures)
        chemin, port = dossier / "statistiques.duckdb", free_port()
        await _refaire(serveur.url, cle, chemin, mesures)
        cote = Cote(servir, serveur.url, port, cle, emetteur.issuer, emetteur.url, chemin)
        pile.callback(cote.end)
        await _attendre(port)
        banc, memoire = Banc(emetteur, port), Memoire(cote.pid)
        pile.push_async_callback(banc.client.aclose)
        arrivees = fraicheur.Arrivees(store, _TAILLES["DEBIT"], _TAILLES["MEDIATEURS"])
        temoin = await fraicheur.Temoin.embaucher(banc, store)
        await fraicheur.mesurer(temoin, 20)  # les premiers chauffent
        mesures.dire("fraicheur_au_repos", await fraicheur.mesurer(temoin))
        async with arrivees.pendant():
            sous_debit = await fraicheur.mesurer(temoin)
        mesures.dire("fraicheur_sous_debit", sous_debit | {"cra_par_s": arrivees.par_s})
        connection: Any = await asyncpg.connect(serveur.url)
        pile.push_async_callback(connection.close)
        await connection.execute("set transaction_timeout = 0; set statement_timeout = 0")
        await connection.execute(direct.TABLES)
        accompagnements = await connection.fetchval("select count(*) from direct.accompagnements")
        mesures.dire("accompagnements", accompagnements)
        questions = await _questions(store, connection)
        await _sous_charge(banc, port, temoin, arrivees, questions, mesures)
        mesures.dire("fichier_mo", round(chemin.stat().st_size / 2**20))
        mesures.dire("memoire_max_mo_du_service", memoire.sommet_mo())
        comparees: dict[str, dict[str, float]] = {}
        for nom, question in questions.items():
            nouveau = partial(_un_de_plus, store, arrivees, banc, questions["mediateur"][1][0])
            comparees[nom] = await _comparer(banc, nouveau, connection, *question)
            mesures.dire(f"question_{nom}", comparees[nom])
        rapports = [m["rapport"] for m in comparees.values()]
        mesures.dire("rapport_moyen", round(statistics.geometric_mean(rapports), 1))
        mesures.dire("rapport_min", min(rapports))


async def _peupler(url: str, cle: bytes, mesures: Mesures) -> None:
    """Le journal, à plusieurs ; rien n'y est en train de s'écrire quand on le mesure."""
    debut, parts = time.perf_counter(), generateur.PARTS
    nombres = [
        _TAILLES["ACTIVITES"] * (n + 1) // parts - _TAILLES["ACTIVITES"] * n // parts for n in range(parts)
    ]
    cotes = [
        Cote(generateur.peupler, url, cle, nombre, _TAILLES["MEDIATEURS"], graine + 1)
        for graine, nombre in enumerate(nombres)
    ]
    ecrits = sum([await asyncio.to_thread(cote.result, _ATTENTE_S) for cote in cotes])
    connection: Any = await asyncpg.connect(url)
    await connection.execute("set transaction_timeout = 0; set statement_timeout = 0")
    await connection.execute("analyze events")
    await connection.execute("checkpoint")
    await connection.close()
    secondes = time.perf_counter() - debut
    mesures.dire("journal", {"faits": ecrits, "secondes": round(secondes)})


async def _refaire(url: str, cle: bytes, chemin: Path, mesures: Mesures) -> None:
    seconds = _ATTENTE_S
    dit = await asyncio.to_thread(run, reconstruction.refaire, url, cle, chemin, seconds=seconds)
    essai = chemin.with_name("essai.duckdb")
    parts = await asyncio.to_thread(run, reconstruction.decomposer, url, cle, essai, seconds=seconds)
    faits = mesures.dites["journal"]["faits"]
    ensemble, une = parts["pris_par_s"], parts.pop("pris_un_par_un_par_s")
    mesures.dire(
        "prises_ensemble",
        {"par_s": ensemble, "une_par_une_par_s": une, "rapport": round(ensemble / une, 1)},
    )
    mesures.dire(
        "reconstruction",
        {
            "faits_par_s": round(faits / dit["des_lus_secondes"]),
            "secondes": round(dit["des_lus_secondes"], 1),
            "memoire_max_mo": dit["des_lus_memoire_max_mo"],
        },
    )
    mesures.dire(
        "fichier_neuf_du_journal",
        {
            "faits_par_s": round(faits / dit["secondes"]),
            "secondes": round(dit["secondes"], 1),
            "memoire_max_mo": dit["memoire_max_mo"],
        }
        | parts,
    )


async def _attendre(port: int) -> None:
    """Le fichier est là : c'est le temps de démarrer."""
    await asyncio.to_thread(run, attendre, port)


type Question = tuple[str, list[dict[str, Any]], str, list[Any]]
"""Adresse ; qui la demande, chacun des lecteurs à son tour ; et, du premier, la condition du SQL direct."""


async def _questions(store: Any, connection: Any) -> dict[str, Question]:
    """Un médiateur, une équipe de 20, une structure, un département, la nation, un filtre rare."""
    tries: list[UUID] = [
        row[0]
        for row in await connection.fetch(
            "select mediateur_id from direct.activites group by 1 order by count(*) desc, 1"
        )
    ]
    # From the one with most of all to the one with least.
    actifs = tries[:: max(1, len(tries) // _EQUIPE)][:_EQUIPE]
    chef = await coordonner(store, actifs)
    structure, departement = await connection.fetchrow(
        "select mode() within group (order by structure_employeuse_id),"
        " mode() within group (order by departement) from direct.activites"
    )
    jour = await connection.fetchval("select max(date) from direct.activites")
    annee, mois = f"{jour.year - 1}-01-01", f"{jour.year - 1}-11-01"
    fin_annee, fin_mois = f"{jour.year - 1}-12-31", f"{jour.year - 1}-11-30"
    tous: list[dict[str, Any]] = [{"roles": ["admin"]}]
    entre = "a.date between $1::text::date and $2::text::date"
    return {
        "mediateur": (
            "/statistiques",
            [{"mediateur_id": un} for un in actifs],
            "a.mediateur_id = $1",
            [actifs[0]],
        ),
        "equipe_de_20": ("/statistiques", [{"coordinateur_id": chef}], "a.mediateur_id = any($1)", [actifs]),
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
    banc: Banc,
    nouveau: Callable[[], Awaitable[str]],
    connection: Any,
    adresse: str,
    qui: list[dict[str, Any]],
    condition: str,
    valeurs: list[Any],
) -> dict[str, float]:
    """La médiane de chaque côté, en alternant, caches chauds ; moins souvent ce qui dure.

    Ce que le service a gardé n'est pas mesuré : à chaque tour, un CRA de plus fait tout recompter.
    """
    nous: list[float] = []
    eux: list[float] = []
    for _ in range(_TOURS):
        position = await nouveau()
        debut = time.perf_counter()
        await banc.demander(adresse, qui[0], position)
        nous.append((time.perf_counter() - debut) * 1000)
        if sum(eux) < _DIRECT_S * 1000:
            eux.append(await direct.duree_ms(connection, condition, valeurs))
    a, b = statistics.median(nous[1:]), statistics.median(eux[1:] or eux)
    return {
        "nous_ms": round(a, 1),
        "direct_ms": round(b, 1),
        "rapport": round(b / a, 2),
        "direct_fois": len(eux),
    }


async def _un_de_plus(store: Any, arrivees: fraicheur.Arrivees, banc: Banc, mediateur: dict[str, Any]) -> str:
    """Un CRA de ce médiateur. Rend sa position, une fois comptée."""
    fait = arrivees.un_de(mediateur["mediateur_id"])
    ecrits = await store.append(f"activite-{fait.activite_id}", 0, [fait], generateur.CONTEXTE)
    position = f"{DESCRIPTION.name}:{ecrits.position}"
    await banc.demander("/statistiques", {"mediateur_id": uuid4()}, position)
    return position


async def _sous_charge(
    banc: Banc,
    port: int,
    temoin: fraicheur.Temoin,
    arrivees: fraicheur.Arrivees,
    questions: dict[str, Question],
    mesures: Mesures,
) -> None:
    """Le 95e centile de chacune, LECTEURS à la fois, DEBIT CRA arrivant à la seconde ; et la fraîcheur.

    Un lecteur qui a sa réponse en demande aussitôt une autre : les deux cœurs sont pleins, au service et ici.
    """

    async def guetter(limite: float) -> None:
        while time.monotonic() < limite:
            await temoin.relever()
            await asyncio.sleep(0.2)

    for nom, (adresse, qui, _, _) in questions.items():
        demandes = [
            lecteurs.requete(adresse, banc.entetes(**qui[rang % len(qui)]))
            for rang in range(_TAILLES["LECTEURS"])
        ]
        secondes = _TAILLES["SECONDES"]
        async with arrivees.pendant():
            lecture = asyncio.to_thread(run, lecteurs.lire, port, demandes, secondes)
            durees, _ = await asyncio.gather(lecture, guetter(time.monotonic() + secondes))
        mesures.dire(
            f"lecteurs_{nom}",
            {
                "reponses": len(durees),
                "p50_ms": round(centile(durees, 0.5), 1),
                "p95_ms": round(centile(durees, 0.95), 1),
                "cra_par_s": arrivees.par_s,
                "fraicheur": temoin.dire(),
            },
        )


_TENUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "rapport_moyen": ("30 au moins", lambda m: m >= 30),
    "rapport_min": ("3 au moins", lambda m: m >= 3),
    "fraicheur_au_repos": ("99e centile à 200 ms", lambda m: m["p99_ms"] <= 200),
    "fraicheur_sous_debit": (
        "99e centile à 1 s, débit tenu",
        lambda m: m["p99_ms"] <= 1000 and m["cra_par_s"] >= 0.95 * _TAILLES["DEBIT"],
    ),
    "reconstruction": (
        "500 000 faits/s, de ceux que le fichier garde",
        lambda m: m["faits_par_s"] >= 500_000,
    ),
    "prises_ensemble": ("20 fois une par une", lambda m: m["rapport"] >= 20),
    "memoire_max_mo_du_service": ("1 500 Mo", lambda m: m <= 1500),
    "lecteurs_nation_toujours": ("95e centile à 300 ms", lambda m: m["p95_ms"] <= 300),
}
_LECTEURS: tuple[str, Callable[[Any], bool]] = ("95e centile à 100 ms", lambda m: m["p95_ms"] <= 100)


def _manquees(mesures: dict[str, Any]) -> list[str]:
    """Les barres qui ne sont pas tenues, parmi ce qui a été mesuré."""
    dites: list[str] = []
    for nom, mesure in mesures.items():
        if nom in _TENUES or nom.startswith("lecteurs_"):
            barre, tenue = _TENUES.get(nom, _LECTEURS)
            if not tenue(mesure):
                dites.append(f"{nom}, {barre} : {mesure}")
    return dites


async def main() -> int:
    mesures = Mesures()
    try:
        with tempfile.TemporaryDirectory() as dossier:
            await mesurer(Path(dossier), mesures)
    finally:
        manquees = _manquees(mesures.dites)
        for phrase in manquees:
            print(f"barre manquée : {phrase}", flush=True)
    if _TAILLES == _ENTIERES:
        document = {"machine": machine(), "tailles": _TAILLES, "mesures": mesures.dites}
        RESULTAT.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    return 1 if manquees and _TAILLES == _ENTIERES else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
