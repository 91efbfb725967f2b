"""La source par HTTP : `GET <url>/rpc/get_mediateur?email=…`, bornée, sans redirection."""

from urllib.parse import urlencode

import httpx2

from identity.connexion.proconnect.errors import SigninFailed
from identity.connexion.proconnect.sending import Sender
from identity.dispositif.reponse import Reponse
from identity.dispositif.source import ReponseAberrante, SourceMuette, lire

_INCONNUE = 404


class SourceHttp:
    """Une par processus."""

    def __init__(self, http: httpx2.AsyncClient, url: str, cle: str, secondes: float = 5.0) -> None:
        """url : adresse de base, sans barre finale.   secondes : pour une réponse entière."""
        self._envoi = Sender(http, secondes)
        self._url = f"{url}/rpc/get_mediateur"
        self._entetes = {"Authorization": f"Bearer {cle}", "Accept": "application/json"}

    async def de(self, courriel: str) -> Reponse | None:
        try:
            recu = await self._envoi.get(
                f"{self._url}?{urlencode({'email': courriel})}", self._entetes, also=(_INCONNUE,)
            )
        except SigninFailed as echec:
            raise SourceMuette(echec.detail) from None
        if recu.status == _INCONNUE:
            return None
        if recu.media_type != "application/json":
            raise ReponseAberrante("format")
        return lire(recu.body, courriel)
