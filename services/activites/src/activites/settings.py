"""Les réglages du service, par variables d'environnement."""

from pathlib import Path
from typing import Annotated, Literal, Self

from process.production import is_local
from process.settings import HttpUrl, ServiceSettings
from pydantic import Field, model_validator


class Settings(ServiceSettings):
    """Ceux de tout service, le fichier des statistiques, et RDV Service Public."""

    service: str = "activites"
    port: int = 8102
    statistiques_fichier: Path = Path(".local/statistiques.duckdb")
    """Le fichier DuckDB des statistiques : jetable, refait depuis le journal. Un par instance."""
    rdv_url: HttpUrl | Literal[""] = ""
    """Adresse de RDV Service Public, sans chemin ; vide : les pages disent que ce n’est pas relié."""
    rdv_client_id: str = ""
    """Celui de notre application chez lui (OAuth, portée `write`, retour à `/espace/rdv/retour`)."""
    rdv_client_secret: Annotated[str, Field(repr=False)] = ""

    rdv_revocation: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~/-]+)?$")] = ""
    """Chemin où révoquer un jeton chez lui (RFC 7009) ; vide : rien à révoquer."""

    @model_validator(mode="after")
    def _rdv_entier(self) -> Self:
        if len({bool(v) for v in (self.rdv_url, self.rdv_client_id, self.rdv_client_secret)}) > 1:
            raise ValueError("RDV_URL, RDV_CLIENT_ID et RDV_CLIENT_SECRET vont ensemble.")
        if self.rdv_url and not self.rdv_url.startswith("https:") and not is_local(self.rdv_url):
            raise ValueError("RDV_URL : https est obligatoire hors de cette machine.")
        if is_local(self.rdv_url) and not is_local(self.public_url):
            raise ValueError("RDV_URL : un faux RDV Service Public ne sert qu’à l’essai.")
        return self
