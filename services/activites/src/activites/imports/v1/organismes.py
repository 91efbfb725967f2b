"""Vers quelle sorte de structure la V1 dit avoir orienté, d'après les noms qu'on y a tapés.

Règles : docs/domaine/activites.md §10.2.
"""

import re
from collections.abc import Mapping

from referentiels.cles import cle

from activites.domain.vocabulaire import StructureDeRedirection

_SORTES: tuple[tuple[StructureDeRedirection, re.Pattern[str]], ...] = tuple(
    (sorte, re.compile(rf"\b(?:{noms})\b"))
    for sorte, noms in (
        (
            StructureDeRedirection.OPERATEUR_OU_ORGANISME_EN_CHARGE,
            "caf|allocations familiales|cpam|assurance maladie|ameli|carsat|cnav|msa|mutualite sociale|urssaf"
            "|ants|dgfip|impots|finances publiques|tresor public|ofii|mdph|crous",
        ),
        (
            StructureDeRedirection.INSERTION_PROFESSIONNELLE,
            "pole emploi|france travail|missions? locales?|cci|chambres? de (?:commerce|metiers)|cap emploi",
        ),
        (
            StructureDeRedirection.AIDE_AUX_DEMARCHES_ADMINISTRATIVES,
            "(?:maisons? )?france services?|msap|mfs|point justice|pimms|ecrivains? publics?",
        ),
        (
            StructureDeRedirection.AIDE_SOCIALE,
            "ccas|cias|solidarites?|centres? soci(?:al|aux)|mjc|assistantes? sociales?",
        ),
        (
            StructureDeRedirection.MEDIATION_NUMERIQUE,
            "tiers lieux?|fab ?labs?|emmaus connect|mediation numerique|conseillers? numeriques?|epn",
        ),
        (
            StructureDeRedirection.ADMINISTRATION,
            "mairies?|sous prefectures?|prefectures?|departements?|conseil departemental",
        ),
    )
)


def structure_de(organismes: Mapping[str, int] | None) -> StructureDeRedirection | None:
    """La sorte du premier que l'on reconnaît, du plus cité au moins cité ; rien si aucun ne l'est."""
    cites = sorted((organismes or {}).items(), key=lambda cite: (-cite[1], cite[0]))
    for nom, _ in cites:
        propre = cle(nom.replace(".", ""))
        for sorte, noms in _SORTES:
            if noms.search(propre):
                return sorte
    return None
