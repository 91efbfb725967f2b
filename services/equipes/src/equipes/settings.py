"""Réglages du service équipes : ceux de tous les services (libs/web), rien de plus."""

from process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables d'environnement du service équipes."""

    service: str = "equipes"
    port: int = 8103
