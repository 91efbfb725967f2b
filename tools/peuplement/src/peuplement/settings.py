"""Où écrire : les journaux des trois services, par variables d'environnement (`IDENTITY__DATABASE_URL`…)."""

from typing import Annotated

from process.settings import Base64Key, MasterKeys
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Journal(BaseModel):
    """La base d'un service et les clés de son coffre, comme le service les reçoit."""

    database_url: Annotated[str, Field(repr=False)]
    coffre_cles: MasterKeys


class Settings(BaseSettings):
    """`<SERVICE>__DATABASE_URL`, `<SERVICE>__COFFRE_CLES`, et la clé des recherches d'identity."""

    model_config = SettingsConfigDict(env_nested_delimiter="__", hide_input_in_errors=True)

    identity: Journal
    equipes: Journal
    activites: Journal
    identity_hash_key: Base64Key
