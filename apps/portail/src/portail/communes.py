"""La commune que l'on écrit par son nom, et que l'API lit par son code."""

from dataclasses import dataclass
from typing import Any

from portail.erreurs import Echec, fautes_de, statut_de
from portail.filtres import communes_lues
from portail.formulaires import Saisie
from portail.passerelle import Muette, Passerelle, Refus
from portail.saisie_cra import D_AUCUNE, nom_de_commune

_DU_CODE = ("/code_insee", "/commune/code_insee")


@dataclass(frozen=True, slots=True)
class Ecrite:
    """code_insee : de celle qui est écrite ; vide si aucune ne l'est, `D_AUCUNE` avec une faute."""

    code_insee: str = ""
    faute: str = ""

    @property
    def corps(self) -> dict[str, Any]:
        """Ce que l'API en reçoit."""
        return {"code_insee": self.code_insee} if self.code_insee else {}

    def dite(self, echec: Echec) -> Echec:
        """Le même échec, où ce que l'API reproche au code se dit sur le champ où la commune s'écrit."""
        if isinstance(echec, Muette) and not self.faute:
            return echec
        refus = echec if isinstance(echec, Refus) else Refus(statut_de(echec), {})
        fautes = {"/commune" if ou in _DU_CODE else ou: m for ou, m in fautes_de(echec).items()}
        if self.faute:
            fautes["/commune"] = self.faute
        erreurs = [{"pointeur": ou, "message": m} for ou, m in fautes.items()]
        return Refus(refus.statut, {**refus.probleme, "erreurs": erreurs})


async def commune_ecrite(api: Passerelle, saisie: Saisie) -> Ecrite:
    """Celle du champ « commune », et ce qui empêche d'en désigner une et une seule."""
    ecrite = saisie.un("commune")
    if not ecrite:
        return Ecrite()
    try:
        lues = await communes_lues(api, ecrite)
    except (Refus, Muette):
        return Ecrite(D_AUCUNE, "La recherche de communes ne répond pas : videz ce champ, ou réessayez.")
    if len(lues.codes) != 1:
        plusieurs = f"Plusieurs communes répondent à « {ecrite} » : écrivez le nom de la bonne."
        return Ecrite(D_AUCUNE, lues.faute or plusieurs)
    return Ecrite(lues.codes[0])


async def nom_du_code(api: Passerelle, code_insee: str | None) -> str:
    """Comme on l'écrirait ; le code si la recherche ne répond pas."""
    if not code_insee:
        return ""
    lues = await api.lire_si_possible("/carte/communes", q=code_insee, limite=1)
    return nom_de_commune(lues["elements"][0]) if lues and lues["elements"] else code_insee
