"""Ce que l'environnement dit au portail."""

from pathlib import Path

from process.settings import HttpUrl, ProcessSettings


class Settings(ProcessSettings):
    """passerelle_url : l'entrée interne de la passerelle, sans la limite de débit par adresse : tous les
    visiteurs y arrivent de la même.   portail_theme : feuille de jetons à la place de theme.css.
    proconnect_origine : là où finit la déconnexion, qu'un formulaire
    doit pouvoir suivre.   support_coop, support_proconnect : adresses montrées à qui ne peut pas entrer.
    composants : servir /composants, pour qui développe.
    """

    passerelle_url: HttpUrl
    portail_theme: Path | None = None
    proconnect_origine: HttpUrl | None = None
    support_coop: str = ""
    support_proconnect: str = ""
    composants: bool = False
