"""Les activités de coordination d'une personne dans un tableau : tout ce qu'elle a saisi, une ligne chacune.

Titres et valeurs : docs/domaine/activites.md §8.2. « / » : sans objet pour ce type.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.store.store import Store
from referentiels.nomenclature import Nomenclature
from tableurs import Export, Sortie
from tableurs.ecriture.valeurs import Valeur

from activites.domain.coordination import COORDINATION, Active, Effacee
from activites.domain.coordination_faits import Contenu, StructurePartenaire, contenu_de
from activites.domain.coordination_regles import CHAMPS
from activites.domain.coordination_vocabulaire import CoordinationId
from activites.exports.activites import LireLesTags
from activites.exports.entete import liste, periode
from activites.exports.libelles import libelle
from activites.exports.textes import en_texte
from activites.projections import coordinations_listees, tags
from activites.projections.coordinations_listees import Choix
from activites.projections.tables import Rows
from activites.projections.tags import Etiquette

_SANS_OBJET = "/"
_AUTRE = "autre"


@dataclass(frozen=True, slots=True)
class Ecrite:
    """Une ligne du fichier. tags : les mots de ses étiquettes, que le journal ne garde pas."""

    id: CoordinationId
    contenu: Contenu
    tags: Sequence[str]
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None


async def filtres(choix: Choix, lire_les_tags: LireLesTags) -> dict[str, str]:
    """Titre -> ce qui est choisi, comme on le lit."""
    etiquettes = await lire_les_tags(set(choix.tags or ()))
    return {
        "Période": periode(choix.du, choix.au),
        "Type d’activité": liste(type_.libelle for type_ in choix.types),
        "Tags": liste(etiquette.nom for etiquette in etiquettes.values()),
    }


def exporter(
    store: Store[Any], choix: Rows, lire_les_tags: LireLesTags, preambule: Sequence[Sequence[Valeur]] = ()
) -> Export:
    """choix : celui de la liste (`du_coordinateur`), qui dit de qui sont les activités.

    Les textes sont chiffrés : ils viennent du journal, une page à la fois. Une activité supprimée depuis que
    la liste l'a montrée n'y est pas.
    """

    async def completer(rows: Sequence[Any]) -> list[Ecrite]:
        etats = await store.states([COORDINATION(row.coordination_id) for row in rows])
        lues = await lire_les_tags({pose for row in rows for pose in row.tags})
        return [_ecrite(etat, lues) for etat in etats if isinstance(etat, Active | Effacee)]

    ordonne = choix.order_by(*coordinations_listees.ORDRE)
    return Export(
        COLONNES,
        ordonne,
        feuille="Activités de coordination",
        completer=completer,
        preambule=preambule,
    )


def _ecrite(etat: Active | Effacee, lues: Mapping[UUID, Etiquette]) -> Ecrite:
    contenu = contenu_de(etat.derniere)
    noms = [e.nom for e in tags.sur(contenu.tags, lues)]
    return Ecrite(etat.derniere.coordination_id, contenu, noms, etat.enregistree_le, etat.corrigee_le)


def _de(champ: str, valeur: Callable[[Contenu], Valeur]) -> Callable[[Ecrite], Valeur]:
    """« / » quand le type de l'activité ne demande pas ce champ."""

    def lue(ecrite: Ecrite) -> Valeur:
        contenu = ecrite.contenu
        return valeur(contenu) if champ in CHAMPS[contenu.type] else _SANS_OBJET

    return lue


def avec_autre(codes: Sequence[Nomenclature | None], texte: str | None) -> str | None:
    """Un libellé par ligne de la cellule, « Autre : <texte> » pour celui qui est précisé."""
    mots = [
        f"Autre : {texte}" if code == _AUTRE and texte else code.libelle for code in codes if code is not None
    ]
    return "\n".join(mots) or None


def _forme(contenu: Contenu) -> str | None:
    """Le type d'une animation ou d'un évènement, la nature d'un partenariat."""
    c = contenu
    return (
        avec_autre([c.type_animation], c.type_animation_autre)
        or avec_autre([c.type_evenement], c.type_evenement_autre)
        or avec_autre(c.natures_partenariat, c.nature_partenariat_autre)
    )


def _types(partenaires: Sequence[StructurePartenaire]) -> str | None:
    return "\n".join(avec_autre([p.type], p.type_autre) or "" for p in partenaires) or None


def _structures(contenu: Contenu) -> str | None:
    """Toutes, avec leur SIRET : la plateforme d'avant n'en gardait que le nombre."""
    structures = (*contenu.structures_concernees, *contenu.structures_partenaires)
    return "\n".join(f"{s.nom} ({s.siret})" if s.siret else s.nom for s in structures) or None


COLONNES = (
    Sortie("Date de l’activité", lambda e: e.contenu.date),
    Sortie("Type", lambda e: e.contenu.type.libelle),
    Sortie("Durée (min.)", _de("duree_minutes", lambda c: c.duree_minutes)),
    Sortie("Participants", _de("participants", lambda c: c.participants)),
    Sortie("Médiateur·ice·s numérique·s", _de("mediateurs", lambda c: c.mediateurs)),
    Sortie("Structure·s", _de("structures", lambda c: c.structures)),
    Sortie("Autres acteur.trice.s", _de("autres_acteurs", lambda c: c.autres_acteurs)),
    Sortie("Nom de l’évènement", _de("nom", lambda c: c.nom)),
    Sortie("Type d’animation, type d’évènement, nature du partenariat", lambda e: _forme(e.contenu)),
    Sortie("Organisé par", _de("organisateurs", lambda c: avec_autre(c.organisateurs, c.organisateur_autre))),
    Sortie(
        "Structure·s partenaire·s (Nom)",
        _de("structures_partenaires", lambda c: "\n".join(s.nom for s in c.structures_partenaires)),
    ),
    Sortie(
        "Structure·s partenaire·s (type)",
        _de("structures_partenaires", lambda c: _types(c.structures_partenaires)),
    ),
    Sortie(
        "Échelon territorial de l’évènement ou du partenariat",
        _de("echelon_territorial", lambda c: libelle(c.echelon_territorial)),
    ),
    Sortie(
        "Qui est à l’initiative de cette intervention ?", _de("initiative", lambda c: libelle(c.initiative))
    ),
    Sortie(
        "Thématique(s) d’animation",
        _de(
            "thematiques_animation",
            lambda c: avec_autre(c.thematiques_animation, c.thematique_animation_autre),
        ),
    ),
    Sortie("Tags", lambda e: "\n".join(e.tags) or None),
    Sortie("Notes", lambda e: en_texte(e.contenu.notes)),
    Sortie("Enregistrée le", lambda e: e.enregistree_le),
    Sortie("Dernière modification le", lambda e: e.corrigee_le),
    Sortie("ID CRA", lambda e: e.id),
    Sortie("Structure·s (Nom, SIRET)", lambda e: _structures(e.contenu)),
)
