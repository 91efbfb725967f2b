"""Settings of the cartographie service (environment variables, in upper case)."""

from pathlib import Path

from process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Those of every service, plus where the open data is."""

    service: str = "cartographie"
    port: int = 8104
    donnees: Path = Path(__file__).parents[4] / "data"
    """Folder of the open data: the files of `lieux/`."""
