"""Réglages des courriels, qu'un service ajoute aux siens."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from courriels.enveloppe import adresse_de

_ICI = frozenset({"127.0.0.1", "::1", "localhost"})


def _expediteur(texte: str) -> str:
    try:
        adresse_de(texte)
    except ValueError:
        raise ValueError("Il faut une adresse, comme « La Coop <ne-pas-repondre@exemple.fr> ».") from None
    return texte


class ReglagesCourriels(BaseSettings):
    """Sans SMTP_HOST, rien ne part : les messages restent dans la boîte locale."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)

    smtp_host: str = ""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_tls: Literal["starttls", "tls", "non"] = "starttls"
    """« tls » : chiffré dès la connexion (port 465). « non » : en clair."""
    smtp_user: str = ""
    smtp_password: Annotated[str, Field(repr=False)] = ""
    courriel_expediteur: Annotated[str, AfterValidator(_expediteur)] = (
        "La Coop de la médiation numérique <ne-pas-repondre@coop.invalid>"
    )
    courriels_dossier: Path = Path(".local/courriels")
    """La boîte locale."""

    @model_validator(mode="after")
    def _coherents(self) -> "ReglagesCourriels":
        if self.smtp_host and self.courriel_expediteur.endswith("@coop.invalid>"):
            raise ValueError("SMTP_HOST demande COURRIEL_EXPEDITEUR, une adresse qui existe.")
        if self.smtp_password and self.smtp_tls == "non" and self.smtp_host not in _ICI:
            raise ValueError("Un mot de passe ne part pas en clair : SMTP_TLS=starttls ou tls.")
        return self
