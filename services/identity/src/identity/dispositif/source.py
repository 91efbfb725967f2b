"""Qui est conseiller numérique : le port. Un adaptateur HTTP, un adaptateur fichier."""

from typing import Any, Protocol

import orjson
from pydantic import TypeAdapter, ValidationError
from referentiels.courriels import CourrielIllisible, normaliser

from identity.dispositif.reponse import Reponse


class SourceMuette(Exception):
    """La source ne répond pas, ou répond qu'elle ne peut pas : rien ne change, on redemandera.

    Le message est un code, jamais une adresse.
    """


class ReponseAberrante(Exception):
    """La source répond ce qui n'a pas de sens, ou parle de quelqu'un d'autre : rien ne change (C6, C8)."""


class Source(Protocol):
    """Ce qui sait qui est conseiller numérique."""

    async def de(self, courriel: str) -> Reponse | None:
        """Ce qu'elle dit de la personne à cette adresse (forme normale) ; None si elle ne la connaît pas.

        Lève SourceMuette, ReponseAberrante.
        """
        ...


class SansSource:
    """Aucune source n'est réglée : personne n'est connu du dispositif."""

    async def de(self, courriel: str) -> Reponse | None:
        return None


_TABLEAU = TypeAdapter(list[Any])


def lire(corps: bytes, courriel: str) -> Reponse | None:
    """La première personne du tableau JSON, qui est bien celle demandée. Lève ReponseAberrante."""
    try:
        documents = _TABLEAU.validate_json(corps)
        reponse = Reponse.model_validate_json(orjson.dumps(documents[0])) if documents else None
    except (ValidationError, RecursionError):
        # The error is not chained: it would quote what the source said of somebody.
        raise ReponseAberrante("forme") from None
    if reponse is not None:
        verifier(reponse, courriel)
    return reponse


def verifier(reponse: Reponse, courriel: str) -> None:
    """Lève ReponseAberrante quand la source nomme une autre adresse que celle demandée."""
    if reponse.email is None:
        return
    try:
        nommee = normaliser(reponse.email)
    except CourrielIllisible:
        raise ReponseAberrante("adresse") from None
    if nommee != courriel:
        raise ReponseAberrante("autre_personne")
