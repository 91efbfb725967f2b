"""L'identifiant de l'activité d'une ligne : le même à chaque envoi, pour qu'aucun n'écrive deux fois."""

import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson
from process.messages import french
from web.identifiers import NIL

from activites.domain.faits import Contenu, normaliser
from activites.domain.vocabulaire import MediateurId
from activites.imports.colonnes import Champ
from activites.imports.lecture import Faute, Lue

_ESPACE = UUID("6f9a4b0e-5f0b-4b7a-9d53-0d7c4d8f6a21")
USAGE = "comptes rendus importes"
"""De quoi est fait l'identifiant d'une ligne qui nomme quelqu'un (`Vault.secret`)."""


def identifier(
    mediateur_id: MediateurId,
    secret: bytes,
    lignes: Sequence[Lue[Contenu]],
    fautes: Mapping[int, list[Faute]],
) -> list[tuple[Lue[Contenu], UUID, Contenu]]:
    """À chaque ligne l'identifiant de son activité : le même à chaque envoi, où qu'elle soit dans le fichier.

    Deux lignes semblables sont deux accompagnements : leur rang parmi leurs semblables les distingue.
    secret : propre au médiateur. Sans lui, un identifiant dirait à qui le devine qui est nommé.
    """
    semblables = Counter[bytes]()
    numeros: dict[UUID, int] = {}
    identifiees: list[tuple[Lue[Contenu], UUID, Contenu]] = []
    for ligne in lignes:
        if ligne.contenu is None:
            continue
        if empreinte := ligne.empreinte:
            # Whom it names may have changed since, or be unknown by now: it is the same line.
            if ligne.nomme:
                empreinte = hmac.digest(secret, empreinte, sha256)
            semblables[empreinte] += 1
            activite_id = uuid5(_ESPACE, b"%s %d %s" % (mediateur_id.bytes, semblables[empreinte], empreinte))
        elif ligne.fautes:
            # Read in part, it may look like another: decided for its faults, it takes nobody's place.
            activite_id = uuid4()
        else:
            activite_id = _designee(ligne.identifiant, mediateur_id)
            if activite_id == NIL:
                faute = Faute(Champ.IDENTIFIANT, french("uuid_nul"), ligne.citer(Champ.IDENTIFIANT))
                fautes[ligne.numero].append(faute)
                continue
            premiere = numeros.setdefault(activite_id, ligne.numero)
            if premiere != ligne.numero:
                message = f"Cet identifiant est déjà celui de la ligne {premiere}"
                faute = Faute(Champ.IDENTIFIANT, message, ligne.citer(Champ.IDENTIFIANT))
                fautes[ligne.numero].append(faute)
                continue
        identifiees.append((ligne, activite_id, ligne.contenu))
    return identifiees


def _designee(identifiant: str, mediateur_id: MediateurId) -> UUID:
    """Celui d'une activité, tel que l'export l'écrit ; ou un autre, que la personne a choisi."""
    try:
        return UUID(identifiant)
    except ValueError:
        return uuid5(_ESPACE, b"%s id %s" % (mediateur_id.bytes, identifiant.encode()))


def empreinte_de(contenu: Contenu, *, tags: Sequence[str] = (), suivis: Sequence[str] = ()) -> bytes:
    """Ce que la ligne dit, et cela seul : un champ que nous ajouterons ne changera pas les identifiants.

    tags, suivis : les clés des noms écrits, non ceux qu'ils désignent ; triées.
    """
    dits = remplis(asdict(normaliser(contenu)) | {"tags": tuple(tags), "suivis": tuple(suivis)})
    return orjson.dumps(dits, default=str, option=orjson.OPT_SORT_KEYS)


def remplis(valeurs: Mapping[str, Any]) -> dict[str, Any]:
    """Ce qui est dit, et rien d'autre."""
    return {
        str(nom): remplis(valeur) if isinstance(valeur, dict) else valeur
        for nom, valeur in valeurs.items()
        if valeur not in (None, 0, (), {}) or valeur is False
    }
