"""Désigner une personne : par l'identifiant de son compte, ou par son adresse, inscrite ou non."""

from portail.formulaires import Saisie
from portail.passerelle import Refus
from portail.suivis import est_un_id
from portail.visiteur import Visiteur

_NI_L_UN_NI_L_AUTRE = (
    "Écrivez son adresse de courriel (prenom.nom@exemple.fr), ou l’identifiant que la personne lit dans son "
    "profil."
)


async def compte_de(qui: Visiteur, ecrit: str, saisie: Saisie, pointeur: str) -> str:
    """What was written, or the account that this address finds. Raises Refus, its faults at this pointer."""
    if "@" not in ecrit:
        if not est_un_id(ecrit):
            raise Refus(422, {"erreurs": [{"pointeur": pointeur, "message": _NI_L_UN_NI_L_AUTRE}]})
        return ecrit
    try:
        trouve = await qui.api.ecrire(
            "POST", "/comptes/prepares", {"courriel": ecrit}, csrf=saisie.un("csrf")
        )
    except Refus as refus:
        fautes = [{"pointeur": pointeur, "message": message} for message in refus.fautes().values()]
        raise Refus(refus.statut, {**refus.probleme, "erreurs": fautes}) from None
    return str(trouve.corps["compte_id"])
