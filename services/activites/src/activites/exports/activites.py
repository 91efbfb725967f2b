"""Les activités d'un médiateur dans un tableau : tout ce qu'il a saisi, textes compris, une ligne chacune.

Titres et valeurs : docs/domaine/activites.md §8.1. Nos participants sont des compteurs : un atelier n'a
qu'une ligne.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.store.store import Store
from tableurs import Export, Sortie

from activites.domain.activite import ACTIVITE, Active, Effacee
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.faits import ActiviteDecrite
from activites.domain.vocabulaire import (
    Autonomie,
    BeneficiaireId,
    Genre,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    TrancheAge,
    TypeActivite,
)
from activites.exports.beneficiaires import nom_de
from activites.exports.libelles import libelle, libelles
from activites.exports.textes import en_texte
from activites.projections import activites_listees, tags
from activites.projections.tables import Rows
from activites.projections.tags import Etiquette


@dataclass(frozen=True, slots=True)
class Ecrite:
    """Une ligne du fichier. lieu_nom, tags : les mots de son lieu et de ses étiquettes, que le journal ne
    garde pas.   suivis : les noms de ses bénéficiaires suivis, un par ligne de la cellule.
    """

    activite: ActiviteDecrite
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    lieu_nom: str | None
    suivis: str | None
    tags: Sequence[str]


_SUIVI = "Bénéficiaire suivi"
type LireLesTags = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Etiquette]]]
"""Comme les voit celui qui télécharge."""


def exporter(store: Store[Any], choix: Rows, lire_les_tags: LireLesTags, *, nommer: bool) -> Export:
    """choix : celui de la liste (`du_mediateur`), qui dit de qui sont les activités.

    nommer : les bénéficiaires suivis, à leur médiateur seul.

    Les textes sont chiffrés : ils viennent du journal, une page à la fois. Une activité supprimée depuis que
    la liste l'a montrée n'y est pas.
    """

    async def completer(rows: Sequence[Any]) -> list[Ecrite]:
        etats = await store.states([ACTIVITE(row.activite_id) for row in rows])
        lues = await lire_les_tags({pose for row in rows for pose in row.tags})
        ecrites = [
            (etat, row.lieu_nom)
            for row, etat in zip(rows, etats, strict=True)
            if isinstance(etat, Active | Effacee)
        ]
        qui = list({un for etat, _ in ecrites for un in etat.derniere.suivis})
        lus = await store.states([BENEFICIAIRE(un) for un in qui])
        noms = {un: nom_de(lu) if nommer else _SUIVI for un, lu in zip(qui, lus, strict=True)}
        return [_ecrite(etat, lieu_nom, noms, lues) for etat, lieu_nom in ecrites]

    ordonne = choix.order_by(*activites_listees.ORDRE)
    return Export(COLONNES, ordonne, feuille="Activités", completer=completer)


def _ecrite(
    etat: Active | Effacee,
    lieu_nom: str | None,
    noms: Mapping[BeneficiaireId, str],
    lues: Mapping[UUID, Etiquette],
) -> Ecrite:
    suivis = "\n".join(noms[un] for un in etat.derniere.suivis) or None
    etiquettes = [e.nom for e in tags.sur(etat.derniere.tags, lues)]
    return Ecrite(etat.derniere, etat.enregistree_le, etat.corrigee_le, lieu_nom, suivis, etiquettes)


def _niveau(activite: ActiviteDecrite) -> str | None:
    """De 1/3 à 3/3."""
    niveau = activite.autonomie or activite.niveau
    echelle: list[Nomenclature] = [*Autonomie] if activite.autonomie else [*NiveauAtelier]
    return f"{echelle.index(niveau) + 1}/3" if niveau is not None else None


def _reoriente(activite: ActiviteDecrite) -> str | None:
    match activite.oriente_vers_structure:
        case None:
            return None
        case oui:
            return "Oui" if oui else "Non"


def _repartition(
    activite: ActiviteDecrite, nomenclature: type[Nomenclature], comptes: Mapping[Any, int]
) -> str | None:
    """Le libellé d'un bénéficiaire ; pour un atelier, combien de chacun, un par ligne de la cellule."""
    codes = [code for code in nomenclature if code in comptes]
    if activite.type == TypeActivite.INDIVIDUEL:
        return libelles(codes)
    return "\n".join(f"{code.libelle} : {comptes[code]}" for code in codes) or None


COLONNES = (
    Sortie("Date", lambda e: e.activite.date),
    Sortie("Enregistré le", lambda e: e.enregistree_le),
    Sortie("Dernière modification le", lambda e: e.corrigee_le),
    Sortie("Type", lambda e: e.activite.type.libelle),
    Sortie("Participants", lambda e: e.activite.accompagnements),
    Sortie("Participants déjà accompagnés", lambda e: e.activite.participants.deja_accompagnes),
    Sortie("Bénéficiaire", lambda e: e.suivis),
    Sortie("Canaux d’accompagnement", lambda e: e.activite.type_lieu.libelle),
    Sortie("Nom du lieu", lambda e: e.lieu_nom),
    Sortie("Commune", lambda e: e.activite.commune),
    Sortie("Code postal", lambda e: e.activite.code_postal),
    Sortie("Code Insee", lambda e: e.activite.code_insee),
    Sortie("Durée (min)", lambda e: e.activite.duree_minutes),
    Sortie("Nom de l’atelier", lambda e: e.activite.titre_atelier),
    Sortie("Matériel numérique utilisé", lambda e: libelles(e.activite.materiels)),
    Sortie("Thématique(s) d’accompagnement", lambda e: libelles(e.activite.thematiques)),
    Sortie("Tags", lambda e: "\n".join(e.tags) or None),
    Sortie("Nom de la démarche administrative", lambda e: e.activite.precisions_demarche),
    Sortie("Niveau d’autonomie (ou de l’atelier)", lambda e: _niveau(e.activite)),
    Sortie("Bénéficiaire réorienté", lambda e: _reoriente(e.activite)),
    Sortie("Structure de redirection", lambda e: libelle(e.activite.structure_de_redirection)),
    Sortie("Commune du bénéficiaire", lambda e: e.activite.residence_commune),
    Sortie("Code postal du bénéficiaire", lambda e: e.activite.residence_code_postal),
    Sortie("Code Insee du bénéficiaire", lambda e: e.activite.residence_code_insee),
    Sortie("Genre", lambda e: _repartition(e.activite, Genre, e.activite.participants.genres)),
    Sortie(
        "Tranche d’âge", lambda e: _repartition(e.activite, TrancheAge, e.activite.participants.tranches_age)
    ),
    Sortie(
        "Statut du bénéficiaire",
        lambda e: _repartition(e.activite, StatutSocial, e.activite.participants.statuts),
    ),
    Sortie("Notes supplémentaires", lambda e: en_texte(e.activite.notes)),
    Sortie("ID CRA", lambda e: e.activite.activite_id),
)
