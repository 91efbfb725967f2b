"""Qui pose les questions, et le processus qui y répond."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
from web.testing import TokenIssuer


class Banc:
    """`client` parle au service ; chaque requête a son jeton, qui dure moins qu'une mesure."""

    def __init__(self, emetteur: TokenIssuer, port: int) -> None:
        self.emetteur = emetteur
        self.client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300)

    def entetes(self, *, compte_id: UUID | None = None, **qui: Any) -> dict[str, str]:
        jeton = self.emetteur.token("activites", compte_id=compte_id or uuid4(), **qui)
        return {"Authorization": f"Bearer {jeton}"}

    async def demander(self, adresse: str, qui: dict[str, Any], position: str = "") -> httpx2.Response:
        entetes = self.entetes(**qui) | ({"X-Position": position} if position else {})
        reponse = await self.client.get(adresse, headers=entetes)
        reponse.raise_for_status()
        return reponse


class Memoire:
    """Le sommet de mémoire résidente d'un processus, depuis le dernier `oublier`."""

    def __init__(self, pid: int) -> None:
        self._proc = Path(f"/proc/{pid}")

    def oublier(self) -> None:
        (self._proc / "clear_refs").write_text("5")

    def sommet_mo(self) -> int:
        [ligne] = [un for un in (self._proc / "status").read_text().splitlines() if un.startswith("VmHWM:")]
        return round(int(ligne.split()[1]) / 1024)


def centile(valeurs: Sequence[float], part: float) -> float:
    return sorted(valeurs)[min(len(valeurs) - 1, int(len(valeurs) * part))] if valeurs else math.nan
