"""Un fichier de bénéficiaires : ce que deviennent ses lignes, et celles qui ressemblent à quelqu'un."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from uuid import UUID, uuid4

import orjson

from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_commandes import EnregistrerBeneficiaire
from activites.domain.beneficiaire_faits import Fiche
from activites.domain.beneficiaire_refus import BeneficiaireDejaEfface, BeneficiaireDejaEnregistre
from activites.domain.beneficiaire_regles import normaliser
from activites.domain.doublons import Comparee, semblables
from activites.domain.vocabulaire import BeneficiaireId, Nomenclature
from activites.imports.fiches.colonnes import ChampDeFiche
from activites.imports.identifiants import remplis
from activites.imports.importer import Commander, Identifiee, Sorte, lire_champ
from activites.imports.lecture import Faute, Lue

EXEMPLE = "Exemple"
"""Le nom des personnes du modèle, qui ne s'importent pas."""
USAGE = "beneficiaires importes"
"""De quoi sont faits leurs identifiants (`Vault.secret`)."""
_AILLEURS = "Cette fiche vient de changer ailleurs : renvoyez le fichier."
_CHAMPS: Mapping[str, Nomenclature] = {
    "/commune/code_insee": ChampDeFiche.CODE_INSEE,
    "/commune/code_postal": ChampDeFiche.CODE_POSTAL,
}
"""Où, dans la ligne, se lit ce que le domaine nomme autrement."""
_NOMS = {"nom": "nom", "prenom": "prénom", "telephone": "téléphone", "courriel": "e-mail"}


def beneficiaires(
    secret: bytes, commander: Commander[Fiche, EnregistrerBeneficiaire]
) -> Sorte[Fiche, EnregistrerBeneficiaire]:
    """secret : propre au médiateur. Sans lui, un identifiant dirait à qui le devine de qui il est."""
    return Sorte(
        BENEFICIAIRE,
        partial(_identifier, secret),
        commander,
        lambda pointeur: lire_champ(pointeur, _CHAMPS, ChampDeFiche),
        exemple,
        _AILLEURS,
        (BeneficiaireDejaEnregistre, BeneficiaireDejaEfface),
    )


def exemple(ligne: Lue[Fiche]) -> bool:
    return ligne.contenu is not None and ligne.contenu.nom == EXEMPLE


def identifiant(secret: bytes, fiche: Fiche) -> UUID:
    """Le même à chaque envoi de la même fiche, où qu'elle soit dans le fichier."""
    dits = orjson.dumps(remplis(asdict(normaliser(fiche))), default=str, option=orjson.OPT_SORT_KEYS)
    return UUID(bytes=hmac.digest(secret, dits, sha256)[:16], version=5)


def _identifier(
    secret: bytes, lignes: Sequence[Lue[Fiche]], fautes: Mapping[int, list[Faute]]
) -> list[Identifiee[Fiche]]:
    """Deux lignes qui disent la même chose sont la même personne : la seconde est à retirer."""
    numeros: dict[UUID, int] = {}
    identifiees: list[Identifiee[Fiche]] = []
    for ligne in lignes:
        if ligne.contenu is None:
            continue
        # Read in part, it may look like another: decided for its faults, it takes nobody's place.
        un = uuid4() if ligne.fautes else identifiant(secret, ligne.contenu)
        premiere = numeros.setdefault(un, ligne.numero)
        if premiere != ligne.numero:
            message = f"Cette ligne dit la même chose que la ligne {premiere} : retirez-la, ou distinguez-la"
            fautes[ligne.numero].append(Faute(None, message))
            continue
        identifiees.append((ligne, un, ligne.contenu))
    return identifiees


def ressemblances(lignes: Sequence[Lue[Fiche]], secret: bytes, connues: Sequence[Comparee]) -> dict[int, str]:
    """Numéro de ligne -> à qui elle ressemble. connues : ceux que l'on suit.

    Une personne déjà importée de la même ligne ne ressemble à personne : c'est elle.
    """
    noms = {une.beneficiaire_id: f"{une.prenom} {une.nom}, que vous suivez déjà" for une in connues}
    numeros: list[int] = []
    nouvelles: list[Comparee] = []
    for ligne in lignes:
        if ligne.contenu is None or ligne.fautes or exemple(ligne):
            continue
        f = normaliser(ligne.contenu)
        un = BeneficiaireId(identifiant(secret, f))
        # The same line again is said as a fault, and one already imported is that very person.
        if un not in noms:
            noms[un] = f"la ligne {ligne.numero}"
            numeros.append(ligne.numero)
            nouvelles.append(Comparee(un, f.prenom, f.nom, f.telephone, f.courriel))
    return {
        numeros[rang]: f"Ressemble à {noms[paire.autre]} : {_en_quoi(paire.ressemblances)}"
        for rang, paire in semblables(nouvelles, connues).items()
    }


def _en_quoi(champs: Sequence[str]) -> str:
    dits = [_NOMS[champ] for champ in champs]
    return f"même {', même '.join(dits)}"
