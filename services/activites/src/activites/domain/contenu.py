"""Ce qu'un médiateur saisit, et les règles qui le refusent (docs/domaine/activites.md §2)."""

import datetime as dt
from dataclasses import dataclass, field, replace

from events.decider import Refusal

from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Autonomie,
    Commune,
    Genre,
    LieuId,
    Materiel,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)

A_UNE_COMMUNE = (TypeLieu.DOMICILE, TypeLieu.AUTRE)
"""Les lieux dont la commune est saisie ; un lieu d'activité a la sienne, « à distance » n'en a pas."""
DATE_MINIMALE = dt.date(2015, 1, 1)
DUREE_MAX = 23 * 60 + 59
COMPTEUR_MAX = 10_000
NOTES_MAX = 10_000
TITRE_MAX = 250
PRECISIONS_MAX = 500


@dataclass(frozen=True, slots=True)
class Participants:
    """Les participants anonymes, comptés. La somme d'une répartition ne dépasse pas le total.

    total : nombre de participants, 1 pour un accompagnement individuel.
    deja_accompagnes : ceux qui ne viennent pas pour la première fois.
    """

    total: int
    deja_accompagnes: int = 0
    genres: dict[Genre, int] = field(default_factory=dict[Genre, int])
    tranches_age: dict[TrancheAge, int] = field(default_factory=dict[TrancheAge, int])
    statuts: dict[StatutSocial, int] = field(default_factory=dict[StatutSocial, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenu:
    """Un compte rendu tel qu'il est saisi.

    date : jour civil du médiateur.   duree_minutes : 1 à 1439.
    lieu_id : si type_lieu est lieu_activite.   commune : si type_lieu est domicile ou autre.
    residence : commune du bénéficiaire d'un accompagnement individuel.   notes : HTML déjà assaini.
    """

    type: TypeActivite
    date: dt.date
    duree_minutes: int
    type_lieu: TypeLieu
    lieu_id: LieuId | None = None
    commune: Commune | None = None
    thematiques: tuple[Thematique, ...]
    precisions_demarche: str | None = None
    materiels: tuple[Materiel, ...] = ()
    autonomie: Autonomie | None = None
    niveau: NiveauAtelier | None = None
    titre_atelier: str | None = None
    oriente_vers_structure: bool | None = None
    structure_de_redirection: StructureDeRedirection | None = None
    participants: Participants
    residence: Commune | None = None
    notes: str | None = None


# --- Refusals ---
class DateDansLeFutur(Refusal):
    """La date de l’activité est dans le futur."""


class DateTropAncienne(Refusal):
    """La date de l’activité est antérieure au 1er janvier 2015."""


class DureeManquante(Refusal):
    """Veuillez renseigner une durée"""


class DureeTropLongue(Refusal):
    """De 0 à 23 heures et de 0 à 59 minutes"""


class LieuManquant(Refusal):
    """Veuillez renseigner le lieu d’activité"""


class CommuneManquante(Refusal):
    """Veuillez renseigner la commune"""


class ThematiqueManquante(Refusal):
    """Veuillez renseigner au moins une thématique"""


class ThematiquesAdministrativesNonAutorisees(Refusal):
    __doc__ = (
        "Les thématiques administratives ne sont autorisées que si la thématique "
        '"Aide aux démarches administratives" est sélectionnée'
    )


class PrecisionsNonAutorisees(Refusal):
    __doc__ = (
        "La précision de la démarche ne peut être renseignée que si la thématique "
        '"Aides aux démarches administratives" est sélectionnée'
    )


class PrecisionsTropLongues(Refusal):
    """La précision de la démarche ne doit pas dépasser 500 caractères"""


class NotesTropLongues(Refusal):
    """Les notes ne doivent pas dépasser 10 000 caractères"""


class TitreTropLong(Refusal):
    """Le titre de l’atelier ne doit pas dépasser 250 caractères"""


class CompteurHorsLimites(Refusal):
    """Chaque nombre de participants doit être compris entre 0 et 10 000"""


class ParticipantsManquants(Refusal):
    """Veuillez renseigner au moins un bénéficiaire suivi ou anonyme"""


class SommeDepasseLeTotal(Refusal):
    """La somme des données socio-démographiques dépasse le total des bénéficiaires anonymes"""


class UnSeulBeneficiaire(Refusal):
    """Un accompagnement individuel concerne un seul bénéficiaire"""


class ReserveAuxIndividuels(Refusal):
    """Cette information n’existe que pour un accompagnement individuel"""


class ReserveAuxAteliers(Refusal):
    """Cette information n’existe que pour un atelier collectif"""


# --- Rules ---
def normaliser(contenu: Contenu) -> Contenu:
    """La même saisie sous sa forme canonique.

    Codes dans l'ordre des nomenclatures et sans doublon ; textes vides et compteurs nuls absents ; ce que le
    choix fait ailleurs rend sans objet (lieu, commune, structure de redirection) est effacé (§2.1, §2.2).
    """
    participants = contenu.participants
    return replace(
        contenu,
        lieu_id=contenu.lieu_id if contenu.type_lieu == TypeLieu.LIEU_ACTIVITE else None,
        commune=contenu.commune if contenu.type_lieu in A_UNE_COMMUNE else None,
        thematiques=tuple(t for t in Thematique if t in contenu.thematiques),
        materiels=tuple(m for m in Materiel if m in contenu.materiels),
        structure_de_redirection=(
            contenu.structure_de_redirection if contenu.oriente_vers_structure else None
        ),
        titre_atelier=_texte(contenu.titre_atelier),
        precisions_demarche=_texte(contenu.precisions_demarche),
        notes=_texte(contenu.notes),
        participants=replace(
            participants,
            genres=_comptes(participants.genres),
            tranches_age=_comptes(participants.tranches_age),
            statuts=_comptes(participants.statuts),
        ),
    )


def verifier(contenu: Contenu, aujourd_hui: dt.date) -> None:
    """Refuse la première règle enfreinte. contenu : normalisé. aujourd_hui : jour civil du médiateur."""
    _verifier_quand(contenu, aujourd_hui)
    _verifier_ou(contenu)
    _verifier_quoi(contenu)
    _verifier_textes(contenu)
    _verifier_selon_le_type(contenu)
    _verifier_participants(contenu)


def _verifier_quand(contenu: Contenu, aujourd_hui: dt.date) -> None:
    if contenu.date > aujourd_hui:
        raise DateDansLeFutur(field="/date")
    if contenu.date < DATE_MINIMALE:
        raise DateTropAncienne(field="/date")
    if contenu.duree_minutes < 1:
        raise DureeManquante(field="/duree_minutes")
    if contenu.duree_minutes > DUREE_MAX:
        raise DureeTropLongue(field="/duree_minutes")


def _verifier_ou(contenu: Contenu) -> None:
    if contenu.type_lieu == TypeLieu.LIEU_ACTIVITE and contenu.lieu_id is None:
        raise LieuManquant(field="/lieu_id")
    if contenu.type_lieu in A_UNE_COMMUNE and contenu.commune is None:
        raise CommuneManquante(field="/commune")


def _verifier_quoi(contenu: Contenu) -> None:
    if not contenu.thematiques:
        raise ThematiqueManquante(field="/thematiques")
    if Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES in contenu.thematiques:
        return
    if THEMATIQUES_ADMINISTRATIVES.intersection(contenu.thematiques):
        raise ThematiquesAdministrativesNonAutorisees(field="/thematiques")
    if contenu.precisions_demarche is not None:
        raise PrecisionsNonAutorisees(field="/precisions_demarche")


def _verifier_textes(contenu: Contenu) -> None:
    if len(contenu.precisions_demarche or "") > PRECISIONS_MAX:
        raise PrecisionsTropLongues(field="/precisions_demarche")
    if len(contenu.titre_atelier or "") > TITRE_MAX:
        raise TitreTropLong(field="/titre_atelier")
    if len(contenu.notes or "") > NOTES_MAX:
        raise NotesTropLongues(field="/notes")


def _verifier_selon_le_type(contenu: Contenu) -> None:
    match contenu.type:
        case TypeActivite.INDIVIDUEL:
            refus, reserves = (
                ReserveAuxAteliers,
                {"niveau": contenu.niveau, "titre_atelier": contenu.titre_atelier},
            )
        case TypeActivite.COLLECTIF:
            refus, reserves = (
                ReserveAuxIndividuels,
                {
                    "autonomie": contenu.autonomie,
                    "oriente_vers_structure": contenu.oriente_vers_structure,
                    "residence": contenu.residence,
                },
            )
    for nom, valeur in reserves.items():
        if valeur is not None:
            raise refus(field=f"/{nom}")


def _verifier_participants(contenu: Contenu) -> None:
    p = contenu.participants
    repartitions = [p.genres.values(), p.tranches_age.values(), p.statuts.values()]
    compteurs = [p.total, p.deja_accompagnes, *(n for valeurs in repartitions for n in valeurs)]
    if any(not 0 <= n <= COMPTEUR_MAX for n in compteurs):
        raise CompteurHorsLimites(field="/participants")
    if contenu.type == TypeActivite.INDIVIDUEL and p.total != 1:
        raise UnSeulBeneficiaire(field="/participants/total")
    if p.total == 0:
        raise ParticipantsManquants(field="/participants")
    if any(sum(valeurs) > p.total for valeurs in [[p.deja_accompagnes], *repartitions]):
        raise SommeDepasseLeTotal(field="/participants/total")


def _texte(texte: str | None) -> str | None:
    return (texte or "").strip() or None


def _comptes[C: Nomenclature](comptes: dict[C, int]) -> dict[C, int]:
    if not comptes:
        return {}
    ordre = list(type(next(iter(comptes))))
    return {code: comptes[code] for code in sorted(comptes, key=ordre.index) if comptes[code] != 0}
