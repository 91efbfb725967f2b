"""Un fichier de comptes rendus : ce que deviennent ses lignes."""

from collections.abc import Mapping
from functools import partial

from activites.domain.activite import ACTIVITE, Active, EnregistrerActivite, State
from activites.domain.faits import Contenu
from activites.domain.vocabulaire import MediateurId, Nomenclature
from activites.imports.colonnes import Champ
from activites.imports.identifiants import identifier
from activites.imports.importer import Commander, Sorte, lire_champ
from activites.imports.lecture import Lue

EXEMPLE = "exemple"
"""Le début de l'identifiant des lignes du modèle : elles ne sont l'activité de personne."""
_AILLEURS = "Cette activité vient de changer ailleurs : renvoyez le fichier."
_CHAMPS: Mapping[str, Nomenclature] = {
    "/lieu_id": Champ.LIEU,
    "/commune/code_insee": Champ.CODE_INSEE,
    "/commune/code_postal": Champ.CODE_POSTAL,
    "/suivis": Champ.BENEFICIAIRE,
    "/beneficiaire/commune_residence": Champ.RESIDENCE,
    "/beneficiaire/commune_residence/nom": Champ.RESIDENCE,
    "/beneficiaire/commune_residence/code_postal": Champ.RESIDENCE_CODE_POSTAL,
    "/beneficiaire/commune_residence/code_insee": Champ.RESIDENCE_CODE_INSEE,
    "/autonomie": Champ.NIVEAU,
    "/participants/total": Champ.PARTICIPANTS,
    "/participants/deja_accompagnes": Champ.DEJA_ACCOMPAGNES,
    "/participants/genres": Champ.GENRE,
    "/participants/tranches_age": Champ.TRANCHE_AGE,
    "/participants/statuts": Champ.STATUT,
}
"""Où, dans la ligne, se lit ce que le domaine nomme autrement."""


def comptes_rendus(
    mediateur_id: MediateurId, secret: bytes, commander: Commander[Contenu, EnregistrerActivite]
) -> Sorte[Contenu, EnregistrerActivite]:
    """De ce médiateur. secret : le sien (`USAGE`)."""

    def sienne(etat: State) -> bool:
        return isinstance(etat, Active) and etat.derniere.mediateur_id == mediateur_id

    return Sorte(
        ACTIVITE,
        partial(identifier, mediateur_id, secret),
        commander,
        lambda pointeur: lire_champ(pointeur, _CHAMPS, Champ),
        _exemple,
        _AILLEURS,
        sienne=sienne,
    )


def _exemple(ligne: Lue[Contenu]) -> bool:
    return ligne.identifiant.lower().startswith(EXEMPLE)
