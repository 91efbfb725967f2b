"""D'un CRA de la V1 à la saisie d'une activité : toujours la même, et ce qui s'y perd.

Règles : docs/domaine/activites.md §10.2.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from referentiels.cles import cle
from referentiels.reconnaissance import reconnaitre
from referentiels.territoires import fuseau_de, jour_civil

from activites.domain.faits import Contenu, Participants
from activites.domain.regles import DUREE_MAX
from activites.domain.vocabulaire import (
    ActiviteId,
    Commune,
    LieuId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.imports.v1.cra import CraV1
from activites.imports.v1.organismes import structure_de
from activites.imports.valeurs import en_html

_ESPACE = UUID("0b6f3c52-7f5e-4d0a-9a44-2c1f7c9d1e01")
_TYPES = {"collectif": TypeActivite.COLLECTIF}
_CANAUX = {"domicile": TypeLieu.DOMICILE, "distance": TypeLieu.A_DISTANCE, "autre lieu": TypeLieu.AUTRE}
_THEMES = {
    "diagnostic": (Thematique.DIAGNOSTIC_NUMERIQUE,),
    "equipement informatique": (
        Thematique.PRENDRE_EN_MAIN_DU_MATERIEL,
        Thematique.GERE_SES_CONTENUS_NUMERIQUES,
    ),
    "internet": (Thematique.NAVIGATION_SUR_INTERNET,),
    "courriel": (Thematique.EMAIL,),
    "traitement texte": (Thematique.BUREAUTIQUE,),
    "contenus numeriques": (Thematique.CREER_AVEC_LE_NUMERIQUE,),
    "echanger": (Thematique.RESEAUX_SOCIAUX,),
    "sante": (Thematique.SANTE,),
    "scolaire": (Thematique.SCOLARITE_ET_NUMERIQUE,),
    "accompagner enfant": (Thematique.PARENTALITE,),
    "trouver emploi": (Thematique.INSERTION_PROFESSIONNELLE,),
    "budget": (Thematique.BANQUE_ET_ACHATS_EN_LIGNE,),
    "tpe pme": (Thematique.ENTREPRENEURIAT,),
    "fraude et harcelement": (Thematique.SECURITE_NUMERIQUE,),
    "securite": (Thematique.SECURITE_NUMERIQUE,),
    "smartphone": (Thematique.PRENDRE_EN_MAIN_DU_MATERIEL,),
    "demarche en ligne": (Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES,),
    "vocabulaire": (Thematique.CULTURE_NUMERIQUE,),
}
_AUTRE = "autre"
_DIX_HUIT_VINGT_QUATRE = 0.2915
"""De ceux que la V1 compte entre 18 et 35 ans."""
_SOIXANTE_SOIXANTE_NEUF = 0.4805
"""De ceux qu'elle compte à 60 ans et plus."""


@dataclass(frozen=True, slots=True)
class Convertie:
    """La saisie, et ce que l'activité ne dit plus du CRA, en mots : chacun une fois."""

    contenu: Contenu
    perdu: tuple[str, ...]


def identifiant(cra_id: str) -> ActiviteId:
    """Celui de l'activité d'un CRA : toujours le même."""
    return ActiviteId(uuid5(_ESPACE, cra_id))


def convertir(cra: CraV1, lieux: Mapping[str, LieuId]) -> Convertie:
    """lieux : identifiant de permanence ou de structure de la V1 -> lieu de la cartographie."""
    perdu: list[str] = []
    sorte = _TYPES.get(cle(cra.activite), TypeActivite.INDIVIDUEL)
    type_lieu, lieu_id = _lieu(cra, lieux, perdu)
    # In the middle of the night in Paris, it is yesterday in Fort-de-France.
    fuseau = fuseau_de(cra.code_commune)
    contenu = Contenu(
        type=sorte,
        date=jour_civil(cra.date_accompagnement, fuseau),
        duree_minutes=_duree(cra, perdu),
        type_lieu=type_lieu,
        lieu_id=lieu_id,
        commune=_commune(cra) if type_lieu in (TypeLieu.DOMICILE, TypeLieu.AUTRE) else None,
        thematiques=_thematiques(cra, perdu),
        structure_de_redirection=structure_de(cra.organismes),
        participants=_participants(cra, sorte, perdu),
        notes=en_html(cra.annotation or ""),
    )
    if cra.organismes and contenu.structure_de_redirection is None:
        perdu.append("organismes non reconnus")
    elif len(cra.organismes or ()) > 1:
        perdu.append("organismes au-delà du plus cité")
    _statuts(cra, perdu)
    return Convertie(contenu, tuple(perdu))


def _lieu(cra: CraV1, lieux: Mapping[str, LieuId], perdu: list[str]) -> tuple[TypeLieu, LieuId | None]:
    type_lieu = _CANAUX.get(cle(cra.canal), TypeLieu.LIEU_ACTIVITE)
    if type_lieu != TypeLieu.LIEU_ACTIVITE:
        return type_lieu, None
    for ancien in (cra.permanence_id, cra.structure_id):
        if ancien is not None and ancien in lieux:
            return type_lieu, lieux[ancien]
    # Where it was stays true: its commune.
    perdu.append("lieu inconnu de la cartographie, gardé comme un autre lieu de sa commune")
    return TypeLieu.AUTRE, None


def _commune(cra: CraV1) -> Commune | None:
    trouvee = reconnaitre(cra.nom_commune or "", cra.code_postal, cra.code_commune)
    return Commune(trouvee.commune.nom, trouvee.code_postal, trouvee.commune.code) if trouvee else None


def _duree(cra: CraV1, perdu: list[str]) -> int:
    if cra.duree_minutes > DUREE_MAX:
        perdu.append("durée au-delà de 23 h 59")
    return min(cra.duree_minutes, DUREE_MAX)


def _thematiques(cra: CraV1, perdu: list[str]) -> tuple[Thematique, ...]:
    themes = [cle(theme) for theme in cra.themes]
    if any(theme == _AUTRE for theme in themes):
        perdu.append("thème « autre »")
    if any(theme != _AUTRE and theme not in _THEMES for theme in themes):
        perdu.append("thème inconnu")
    sous_themes = (
        cra.sous_themes_equipement_informatique,
        cra.sous_themes_sante,
        cra.sous_themes_accompagner,
        cra.sous_themes_traitement_texte,
    )
    if any(sous_themes):
        perdu.append("sous-thèmes")
    trouvees = {thematique for theme in themes for thematique in _THEMES.get(theme, ())}
    return tuple(thematique for thematique in Thematique if thematique in trouvees)


def _participants(cra: CraV1, sorte: TypeActivite, perdu: list[str]) -> Participants:
    total = cra.nb_participants if sorte == TypeActivite.COLLECTIF else 1
    if cra.nb_participants > total:
        perdu.append("participants au-delà du premier d’un individuel")
    ages = _ages(cra)
    if len(ages) > total:
        perdu.append("âges au-delà du nombre de participants")
    gardes = ages[:total] + [TrancheAge.NON_COMMUNIQUE] * (total - len(ages))
    return Participants(
        total=total,
        deja_accompagnes=min(cra.nb_participants_recurrents, total),
        tranches_age={tranche: n for tranche in TrancheAge if (n := gardes.count(tranche))},
    )


def _ages(cra: CraV1) -> list[TrancheAge]:
    """La tranche de chacun, du plus jeune au plus âgé."""
    return [
        *[TrancheAge.MOINS_DE_DOUZE] * cra.age_moins_12_ans,
        *[TrancheAge.DOUZE_DIX_HUIT] * cra.age_de_12_a_18_ans,
        *(
            TrancheAge.DIX_HUIT_VINGT_QUATRE
            if _part(cra.id, "18-35", rang) < _DIX_HUIT_VINGT_QUATRE
            else TrancheAge.VINGT_CINQ_TRENTE_NEUF
            for rang in range(cra.age_de_18_a_35_ans)
        ),
        *[TrancheAge.QUARANTE_CINQUANTE_NEUF] * cra.age_de_35_a_60_ans,
        *(
            TrancheAge.SOIXANTE_SOIXANTE_NEUF
            if _part(cra.id, "60", rang) < _SOIXANTE_SOIXANTE_NEUF
            else TrancheAge.SOIXANTE_DIX_PLUS
            for rang in range(cra.age_plus_60_ans)
        ),
    ]


def _part(cra_id: str, tranche: str, rang: int) -> float:
    """Entre 0 et 1, comme tirée au hasard, mais toujours la même pour cette personne de ce CRA."""
    tire = hashlib.sha256(f"{cra_id} {tranche} {rang}".encode()).digest()
    return int.from_bytes(tire[:8]) / 2**64


def _statuts(cra: CraV1, perdu: list[str]) -> None:
    statuts = (
        cra.statut_etudiant,
        cra.statut_sans_emploi,
        cra.statut_en_emploi,
        cra.statut_retraite,
        cra.statut_heterogene,
    )
    if any(statuts):
        perdu.append("statuts")
