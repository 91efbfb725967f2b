"""Les valeurs publiées qu'une édition ne donne plus : une colonne renommée les vide toutes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from events.named import fields_of

from cartographie.domain.fiche import Contact, Fiche

_AUTREMENT = {"departement", "longitude", "modalites_acces"}
"""Déduits des autres champs, ou dits avec la latitude."""
CHAMPS = tuple(nom for nom in (*fields_of(Fiche), *fields_of(Contact)) if nom not in _AUTREMENT)


def effacees(publie: Mapping[str, Any], fiche: Fiche, contact: Contact) -> list[tuple[str, str]]:
    """Les champs que le lieu publié dit et que la fiche suivante ne dit plus, avec ce qu'ils disaient.

    publie : sa ligne de `lieux_publies`.
    """
    avant = {**publie, **publie["details"]}
    apres = asdict(fiche) | asdict(contact)
    return [(champ, _en_texte(avant[champ])) for champ in CHAMPS if avant[champ] and not apres[champ]]


def _en_texte(valeur: object) -> str:
    return " | ".join(map(str, valeur)) if isinstance(valeur, list) else str(valeur)
