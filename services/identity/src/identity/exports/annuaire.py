"""L'annuaire dans un tableau : ce que montre la liste, une ligne par personne, et rien de plus."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from tableurs import Export, Sortie

from identity.domain.vocabulaire import Competence
from identity.exports.utilisateurs import commune, departement
from identity.projections import annuaire


def exporter(choix: sa.Select[*tuple[Any, ...]]) -> Export:
    """choix : celui de la liste (`annuaire.demandes`), qui retient les accords."""
    return Export(COLONNES, choix.order_by(*annuaire.ORDRE), feuille="Annuaire")


def _competences(codes: Sequence[str]) -> str | None:
    """Une par ligne de la cellule."""
    return "\n".join(Competence(code).libelle for code in codes) or None


COLONNES = (
    Sortie("Nom", lambda r: r.nom),
    Sortie("Prénom", lambda r: r.prenom),
    Sortie("Rôle", lambda r: ", ".join(role.libelle for role in annuaire.roles(r))),
    Sortie("Profil", lambda r: ", ".join(profil.libelle for profil in annuaire.profils(r))),
    Sortie("Employeur", lambda r: r.nom_structure),
    Sortie("Commune", lambda r: commune(r.code_insee)),
    Sortie("Code Insee", lambda r: r.code_insee),
    Sortie("Département", lambda r: departement(r.code_insee)),
    Sortie("Compétences", lambda r: _competences(r.competences)),
    Sortie("Courriel", lambda r: r.courriel),
    Sortie("Téléphone", lambda r: r.telephone),
)
