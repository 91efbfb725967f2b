"""Les réglages du service, par variables d'environnement."""

from pathlib import Path

from process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Ceux de tout service, plus le fichier des statistiques."""

    service: str = "activites"
    port: int = 8102
    statistiques_fichier: Path = Path(".local/statistiques.duckdb")
    """Le fichier DuckDB des statistiques : jetable, refait depuis le journal. Un par instance."""
