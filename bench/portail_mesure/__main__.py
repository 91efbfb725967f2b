"""Le portail mesuré : `make bench-portail`, qui écrit bench/portail.json.

Le temps du serveur est celui du portail seul, au-delà des réponses de l'API (`Server-Timing`). Sur le
téléphone émulé, le rapport à une page d'une ligne, ouverte dans la même mesure, dit ce que coûte la page et
non la machine.
"""

import asyncio
import json
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import chromium
import plateau
from moteur.machine import machine
from playwright.async_api import async_playwright
from poids import peser
from scene import Scene
from visite import TELEPHONE, Visites

from portail_mesure import ecran, gestes, pages, serveur

_CRA = "/espace/cra/individuel"
RESULTAT = Path(__file__).parents[1] / "portail.json"
BARRES = {"propre_p95_ms": 25.0, "appels": 4, "requetes": 6, "scripts": 8 * 1024, "elements": 1_200}
LCP, BLOQUE = 1.8, 0.25
GESTES = {"complet": {"gestes": 9, "secondes": 19.9}, "modèle": {"gestes": 2, "secondes": 5.0}}
"""Au plus, pour un compte rendu."""


async def main() -> int:
    mesures: dict[str, dict[str, Any]] = {}
    async with AsyncExitStack() as stack:
        dossier = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plateforme = await stack.enter_async_context(plateau.allumee(dossier / "plateforme"))
        scene = Scene(plateforme, stack)
        qui = await pages.mediatrice(scene)
        playwright = await stack.enter_async_context(async_playwright())
        navigateur = await playwright.chromium.launch(**chromium.options())
        stack.push_async_callback(navigateur.close)
        visites = Visites(plateforme, scene, navigateur, stack)

        vide = await stack.enter_async_context(ecran.page_vide())
        temoin = await ecran.mesurer(visites, None, vide)
        for personne, liste in ((None, pages.PUBLIQUES), (qui, pages.PERSONNELLES)):
            async with pages.client(scene, personne) as http:
                for mesuree in liste:
                    lues: dict[str, Any] = await serveur.mesurer(http, mesuree.chemin)
                    page = await (
                        visites.connectee(personne, taille=TELEPHONE)
                        if personne
                        else visites.anonyme(taille=TELEPHONE)
                    )
                    poids = await peser(page, mesuree.chemin)
                    lues |= {
                        "octets": poids.octets,
                        "budget_octets": mesuree.budget,
                        "scripts": poids.scripts,
                        "requetes": poids.requetes,
                        "elements": poids.elements,
                    }
                    lues |= await ecran.mesurer(visites, personne, mesuree.chemin)
                    lues["lcp_face_au_vide"] = round(lues["lcp_s"] / temoin["lcp_s"], 2)
                    mesures[mesuree.nom] = lues
                    _dire(mesuree.nom, lues)
        ecran_large = await visites.connectee(qui)
        cra = {"complet": await gestes.compter(ecran_large, _CRA, gestes.COMPLET)}
        await gestes.garder_un_modele(ecran_large, _CRA)
        cra["modèle"] = await gestes.depuis_le_modele(ecran_large)
        for nom, fait in cra.items():
            print(f"CRA, {nom} : {fait['gestes']} gestes, {fait['secondes']} s selon le modèle des gestes")
    manquees = [*_manquees(mesures), *_trop_longs(cra)]
    RESULTAT.write_text(
        json.dumps(
            {
                "machine": machine(),
                "barres": BARRES | {"lcp_s": LCP, "bloque_s": BLOQUE, "cra": GESTES},
                "page_vide": temoin,
                "pages": mesures,
                "cra": cra,
                "manquees": manquees,
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )
    for phrase in manquees:
        print(f"barre manquée : {phrase}")
    return 1 if manquees else 0


def _dire(nom: str, lues: dict[str, Any]) -> None:
    print(
        f"{nom:22} propre p95 {lues['propre_p95_ms']:5} ms · {lues['pages_par_s']:5} pages/s · "
        f"{lues['octets'] / 1024:5.1f} ko, {lues['requetes']} requêtes · LCP {lues['lcp_s']} s "
        f"({lues['lcp_face_au_vide']} × vide), bloqué {lues['bloque_s']} s",
        flush=True,
    )


def _manquees(mesures: dict[str, dict[str, Any]]) -> list[str]:
    """Les barres de ce que la machine ne décide pas d'abord, puis celles du téléphone."""
    return [
        f"{nom} : {quoi} {lues[quoi]} > {barre}"
        for nom, lues in mesures.items()
        for quoi, barre in (
            *BARRES.items(),
            ("octets", lues["budget_octets"]),
            ("lcp_s", LCP),
            ("bloque_s", BLOQUE),
        )
        if lues[quoi] > barre
    ]


def _trop_longs(cra: dict[str, dict[str, float]]) -> list[str]:
    return [
        f"CRA, {nom} : {cra[nom][quoi]} {quoi} > {barre}"
        for nom, barres in GESTES.items()
        for quoi, barre in barres.items()
        if cra[nom][quoi] > barre
    ]


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
