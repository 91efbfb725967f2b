"""L'import de 10 000 comptes rendus d'un xlsx : dépôt, essai, import, puis le même fichier encore."""

import base64
import io
import time
from typing import Any
from uuid import uuid4

from tableurs import Format, ecrire

from activites_mesure.service import Service, Tailles

_TITRES = ("Date", "Type", "Durée (min)", "Canaux d’accompagnement", "Commune", "Code postal",
           "Thématique(s) d’accompagnement", "Participants", "Genre", "Notes supplémentaires")  # fmt: skip


async def mesurer(service: Service, tailles: Tailles) -> dict[str, Any]:
    qui = await service.mediateur()
    fichier = _fichier(tailles.importes)
    mesures: dict[str, Any] = {"lignes": tailles.importes, "octets": len(fichier)}
    depot = {"id": str(uuid4()), "fichier": base64.b64encode(fichier).decode()}
    chemin = f"/activites/imports/{depot['id']}"
    async with service.client(qui) as client:
        for quoi, adresse, corps in (
            ("depot", "/activites/imports", depot),
            ("essai", f"{chemin}/essai", {}),
            ("import", f"{chemin}/execution", {"mode": "tout_ou_rien"}),
            ("encore", f"{chemin}/execution", {"mode": "tout_ou_rien"}),
        ):
            debut = time.perf_counter()
            reponse = await client.post(adresse, json=corps)
            mesures[f"{quoi}_s"] = round(time.perf_counter() - debut, 2)
            reponse.raise_for_status()
    rapport = reponse.json()
    attendu = {"enregistrees": 0, "deja_enregistrees": tailles.importes, "refusees": 0}
    if {nom: rapport[nom] for nom in attendu} != attendu:
        raise SystemExit(f"le second import dit {rapport}")
    return mesures | {"lignes_par_s": round(tailles.importes / mesures["import_s"])}


def _fichier(lignes: int) -> bytes:
    """Un atelier pour neuf individuels ; chaque ligne ses notes."""
    sortie = io.BytesIO()

    def ligne(n: int) -> list[str]:
        jour = f"{1 + n % 28:02}/{1 + n % 12:02}/2025"
        commun = [jour, "Individuel", "45", "À domicile", "Dijon", "21000", "E-mail ; Santé"]
        if n % 10:
            return [*commun, "1", "Féminin", f"Rendez-vous {n}, à revoir"]
        return [*commun[:1], "Atelier", *commun[2:], "8", "Féminin : 5 ; Masculin : 3", f"Atelier {n}"]

    ecrire(Format.XLSX, "CRA", _TITRES, map(ligne, range(lignes)), sortie)
    return sortie.getvalue()
