"""Le parcours principal, fait une fois devant la personne qui découvre la plateforme.

Tout passe par la passerelle, comme pour un vrai médiateur ; le peuplement seul écrit dans les journaux.
"""

import asyncio
import datetime as dt
import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import httpx2

from embedded import bilan, etapes
from embedded.client import Person, Refused
from embedded.runtime import Platform
from embedded.settings import SERVICES

type Bilan = dict[str, object]

MESURES = 100
"""Comptes rendus envoyés un à un pour mesurer le délai jusqu'aux statistiques."""


@dataclass(slots=True)
class Attendu:
    """Ce que la plateforme a accepté, et doit donc montrer."""

    activites: int = 0
    accompagnements: int = 0
    delais_ms: list[float] = field(default_factory=list[float])


class CommandeEchouee(Exception):
    """Une commande du parcours a échoué, et a dit pourquoi."""


async def parcours(platform: Platform, *, mediateurs: int, cra: int, graine: int) -> Bilan:
    """Le bilan de la démonstration : l'objet JSON que `demo` écrit en dernière ligne.

    mediateurs, cra : taille du peuplement, fait une fois par plateforme.   graine : de ses tirages.
    """
    urls = {s: platform.environment(s)["DATABASE_URL"] for s in SERVICES}
    avant = await bilan.compter(urls)
    attendu = Attendu(avant.listees, avant.accompagnements_listes)
    lieux = await importer_les_lieux(platform)
    base = platform.settings.public_url
    async with (
        Person(base, "lea.martin@ville.exemple.fr") as lea,
        Person(base, "hugo.petit@ville.exemple.fr") as hugo,
        Person(base, "marc.dubois@departement.exemple.fr") as marc,
        Person(base, "aline.moreau@agence.exemple.fr") as aline,
        Person(base, "yann.leroux@agence.exemple.fr") as yann,
    ):
        _dire(f"\n— Le parcours principal, par {base} —")
        await etapes.inscrire(lea, "mediateur", _dire)
        await etapes.inscrire(hugo, "mediateur", _dire)
        await etapes.inscrire(marc, "coordinateur", _dire)
        await habiliter(platform, aline, "admin")
        await habiliter(platform, yann, "support")
        equipe_id = await etapes.former_une_equipe(marc, (lea, hugo), _dire)
        await etapes.rendre_compte(lea, hugo, attendu, _dire)
        await etapes.terminer_un_contrat(hugo, marc, equipe_id, _dire)
        if avant.listees == 0:
            await peupler(platform, mediateurs, cra, graine, attendu)
        await aline.sign_in()
        await _rattraper(aline, urls)
        await mesurer(lea, attendu)
        plateforme = await _rattraper(aline, urls)
        await etapes.montrer(lea, marc, equipe_id, _dire)
        equipe = (await marc.get(f"/equipes/{equipe_id}"))["effectifs"]
    apres = await bilan.compter(urls)
    totaux = plateforme["totaux"]
    vues = {
        "activites": totaux["activites"]["total"],
        "accompagnements": totaux["accompagnements"]["total"],
        "beneficiaires": totaux["beneficiaires"]["total"],
    }
    perdus = (
        abs(attendu.activites - vues["activites"])
        + abs(attendu.accompagnements - vues["accompagnements"])
        + abs(attendu.activites - apres.listees)
        + abs(attendu.accompagnements - apres.accompagnements_listes)
        + apres.mis_de_cote
    )
    delais = sorted(attendu.delais_ms)
    return {
        "comptes": apres.comptes,
        "activites": attendu.activites,
        "accompagnements": attendu.accompagnements,
        "statistiques": vues,
        "equipe": {"membres": equipe["actifs"] + equipe["inactifs"], "anciens": equipe["anciens"]},
        "lieux": lieux["lieux"],
        "lieux_refuses": lieux["refuses"],
        "evenements": apres.evenements,
        "delai_p50_ms": round(delais[len(delais) // 2], 1),
        "delai_p99_ms": round(delais[int(len(delais) * 0.99)], 1),
        "perdus": perdus,
    }


def dite(erreur: Exception) -> str:
    """Pourquoi le parcours s'est arrêté, en une phrase."""
    match erreur:
        case TimeoutError() | httpx2.TimeoutException():
            return "une réponse n’est pas venue à temps. La machine est peut-être très occupée."
        case Refused():
            return f"la plateforme a répondu {erreur}"
        case CommandeEchouee() | AssertionError():
            return str(erreur)
        case _:
            return " : ".join([type(erreur).__name__, *str(erreur).splitlines()[:1]])


async def habiliter(platform: Platform, qui: Person, droit: str) -> None:
    """Un droit d'application, comme l'exploitant le donne ; la personne l'a à sa prochaine connexion."""
    session = await qui.sign_in()
    if session["droit"] != droit:
        arguments = ("droit", session["compte_id"], droit, "--motif", "demonstration")
        await _lancer(platform.environment("identity"), "coop", *arguments, montrer=False)
    _dire(f"{session['prenom']} {session['nom']} ({qui.email}) : {droit}, à /gestion/utilisateurs.")


async def importer_les_lieux(platform: Platform) -> dict[str, int]:
    """Importe data/lieux si ce n'est fait ; rend les lieux publiés et les lignes refusées."""
    async with Person(platform.settings.public_url, "") as anyone:
        compte = await anyone.get("/lieux/comptage")
        if compte["total"] == 0:
            _dire("Import des lieux réels (data/lieux) :")
            await _lancer(platform.environment("cartographie"), "cartographie", "importer")
        # The import is done when the command ends; the map follows through the projection.
        for _ in range(300):
            suivant = await anyone.get("/lieux/comptage")
            if suivant["total"] and suivant == compte:
                break
            compte = suivant
            await asyncio.sleep(0.3)
    return {"lieux": compte["total"], "refuses": compte["refuses_dernier_import"]}


async def peupler(platform: Platform, mediateurs: int, cra: int, graine: int, attendu: Attendu) -> None:
    """Ajoute une activité vraisemblable, par les mêmes faits que l'usage réel (paquet peuplement)."""
    env: dict[str, str] = {}
    for service in ("identity", "equipes", "activites"):
        du_service = platform.environment(service)
        env[f"{service.upper()}__DATABASE_URL"] = du_service["DATABASE_URL"]
        env[f"{service.upper()}__COFFRE_CLES"] = du_service["COFFRE_CLES"]
    env["IDENTITY_HASH_KEY"] = platform.environment("identity")["HASH_KEY"]
    taille = ("--mediateurs", str(mediateurs), "--cra", str(cra), "--graine", str(graine))
    sortie = await _lancer(env, "peuplement", *taille, "--json", montrer=False)
    ecrit = json.loads(sortie.splitlines()[-1])
    attendu.activites += ecrit["activites"]
    attendu.accompagnements += ecrit["accompagnements"]
    _dire(
        f"Peuplement sur quatre ans, en {ecrit['secondes']} s : comptes {ecrit['comptes']}, "
        f"équipes {ecrit['equipes']}, activités {ecrit['activites']}, "
        f"accompagnements {ecrit['accompagnements']}."
    )


async def mesurer(qui: Person, attendu: Attendu) -> None:
    """Délai entre « compte rendu accepté » et « compté dans les statistiques lues par HTTP ».

    Ce qui a servi à mesurer est supprimé : chaque allumage ne gonfle pas l'activité de la personne.
    """
    aujourd_hui = dt.datetime.now(dt.UTC).date()
    mesures = [etapes.individuel(aujourd_hui, etapes.A_DOMICILE) for _ in range(MESURES)]
    for mesure in mesures:
        await qui.post("/activites", mesure)
        accepte = time.perf_counter()
        await qui.get("/statistiques", qui.positions["activites"])
        while qui.last.headers.get("x-position-atteinte") == "non":
            await qui.get("/statistiques", qui.positions["activites"])
        attendu.delais_ms.append((time.perf_counter() - accepte) * 1000)
    for mesure in mesures:
        await qui.write("DELETE", f"/activites/{mesure['id']}")


async def _rattraper(qui: Person, urls: dict[str, str]) -> Any:
    """Les chiffres de tous, une fois que les statistiques et la liste ont tout pris (15 min au plus).

    qui : un administrateur ; ceux qui se publient sont arrondis, et ne diraient pas ce qui est perdu.
    """
    limite = time.monotonic() + 900
    pause = 0.1
    while True:
        contenu = await bilan.compter(urls)
        lus = await qui.get("/statistiques/plateforme", contenu.fin)
        a_jour = qui.last.headers.get("x-position-atteinte") != "non"
        if (a_jour and lus["totaux"]["activites"]["total"] == contenu.listees) or time.monotonic() > limite:
            return lus
        # Counting a large journal is work taken from those who must catch up.
        await asyncio.sleep(pause)
        pause = min(pause * 2, 10)


async def _lancer(env: dict[str, str], module: str, *arguments: str, montrer: bool = True) -> str:
    """Une commande de la plateforme, dans son propre processus ; rend sa sortie."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    sortie, _ = await process.communicate()
    texte = sortie.decode()
    if montrer:
        _dire(texte.rstrip())
    if process.returncode != 0:
        raise CommandeEchouee(f"« python -m {module} » a échoué (code {process.returncode}).")
    return texte


def _dire(texte: str) -> None:
    print(texte, flush=True)
