"""L'API « Recherche d'entreprises » de l'État : bornée en taille et en temps, relue avant d'être crue.

https://recherche-entreprises.api.gouv.fr : `GET /search?q=`, sans clé, 7 demandes par seconde.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2
from referentiels import communes
from referentiels.siret import NumeroRefuse, lire_siret

from identity.entreprises.annuaire import PROPOSES, AnnuaireInjoignable, Etablissement

_OCTETS = 1_000_000
"""De la réponse, une fois décompressée."""
_TEXTE = 200
_SECONDES = 4.0
_ACTIF = "A"


class RechercheEntreprises:
    """Une par processus."""

    def __init__(self, http: httpx2.AsyncClient, url: str, secondes: float = _SECONDES) -> None:
        """secondes : pour une réponse entière, même goutte à goutte."""
        self._http = http
        self._url = url
        self._secondes = secondes

    async def etablissement(self, siret: str) -> Etablissement | None:
        return next((e for e in await self._lire(siret) if e.siret == siret), None)

    async def chercher(self, mots: str) -> list[Etablissement]:
        return (await self._lire(mots))[:PROPOSES]

    async def _lire(self, mots: str) -> list[Etablissement]:
        document = await self._demander({"q": mots, "per_page": str(PROPOSES), "page": "1"})
        resultats = document.get("results") if isinstance(document, dict) else None
        if not isinstance(resultats, list):
            raise AnnuaireInjoignable
        lus = {e.siret: e for resultat in resultats for e in _etablissements(resultat)}
        return list(lus.values())

    async def _demander(self, parametres: dict[str, str]) -> Any:
        request = httpx2.Request("GET", f"{self._url}/search", params=parametres)
        try:
            async with asyncio.timeout(self._secondes):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    corps = bytearray()
                    async for morceau in response.aiter_bytes():
                        corps += morceau
                        if len(corps) > _OCTETS:
                            raise AnnuaireInjoignable
                finally:
                    await response.aclose()
            if response.status_code != 200:
                raise AnnuaireInjoignable
            return json.loads(corps)
        except (httpx2.HTTPError, httpx2.StreamError, TimeoutError, ValueError, RecursionError):
            # Without its cause: the address of the request says what was looked for.
            raise AnnuaireInjoignable from None


def _etablissements(resultat: Any) -> Iterator[Etablissement]:
    """Le siège, et ceux qui répondent à la demande. Ce qui est illisible est laissé."""
    if not isinstance(resultat, dict):
        return
    nom = _texte(resultat.get("nom_raison_sociale")) or _texte(resultat.get("nom_complet"))
    repondants = resultat.get("matching_etablissements")
    for lu in [resultat.get("siege"), *(repondants if isinstance(repondants, list) else [])]:
        if isinstance(lu, dict) and nom and (etablissement := _etablissement(nom, lu)):
            yield etablissement


def _etablissement(nom: str, lu: dict[str, Any]) -> Etablissement | None:
    try:
        siret = lire_siret(_texte(lu.get("siret"))).valeur
    except NumeroRefuse:
        return None
    commune = communes.par_code(_texte(lu.get("commune")))
    return Etablissement(
        siret,
        nom,
        _texte(lu.get("adresse")),
        _texte(lu.get("code_postal")),
        _texte(lu.get("libelle_commune")) or (commune.nom if commune else ""),
        commune.code if commune else None,
        ouvert=lu.get("etat_administratif") == _ACTIF,
    )


def _texte(valeur: Any) -> str:
    return " ".join(valeur.split())[:_TEXTE] if isinstance(valeur, str) else ""
