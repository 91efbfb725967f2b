"""Ce que l'environnement dit au portail."""

from pathlib import Path
from typing import Self

from process.production import is_local
from process.settings import HttpUrl, ProcessSettings
from pydantic import model_validator


class Settings(ProcessSettings):
    """passerelle_url : l'entrée interne de la passerelle, sans la limite de débit par adresse : tous les
    visiteurs y arrivent de la même.   portail_theme : feuille de jetons à la place de theme.css.
    proconnect_origine, rdv_origine : là où finissent la déconnexion et la liaison des rendez-vous, qu'un
    formulaire doit pouvoir suivre.   support_coop, support_proconnect : adresses montrées à qui ne peut pas
    entrer.   composants : servir /composants, pour qui développe.   boite : dossier des courriels qui ne
    partent pas, que /boite montre à tous ; jamais hors de sa machine.
    """

    passerelle_url: HttpUrl
    portail_theme: Path | None = None
    proconnect_origine: HttpUrl | None = None
    rdv_origine: HttpUrl | None = None
    support_coop: str = ""
    support_proconnect: str = ""
    composants: bool = False
    boite: Path | None = None

    @model_validator(mode="after")
    def _boite_chez_soi(self) -> Self:
        if self.boite is not None and not is_local(self.public_url):
            raise ValueError("BOITE : les courriels des personnes ne se montrent que sur sa propre machine.")
        return self
