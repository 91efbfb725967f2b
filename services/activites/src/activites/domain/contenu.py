"""Ce qu'un médiateur saisit, et les règles qu'il suit (docs/domaine/activites.md §2)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Annotated

from events.decider import Refusal
from events.types import Personal

from activites.domain import communes
from activites.domain.refus import (
    CommuneManquante,
    CompteurHorsLimites,
    DateDansLeFutur,
    DateTropAncienne,
    DureeManquante,
    DureeTropLongue,
    LieuManquant,
    NotesTropLongues,
    ParticipantsManquants,
    PrecisionsNonAutorisees,
    PrecisionsTropLongues,
    ReserveAuxAteliers,
    ReserveAuxIndividuels,
    SommeDepasseLeTotal,
    ThematiqueManquante,
    ThematiquesAdministrativesNonAutorisees,
    TitreTropLong,
    UnSeulBeneficiaire,
)
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

type TexteLibre = Annotated[str | None, Personal("activite", "activite_id")]
"""Un texte tapé par le médiateur : il peut nommer quelqu'un, donc chiffré sous la clé de l'activité."""


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
class Saisi:
    """Ce qui passe tel quel de la saisie aux faits : un champ de plus est une ligne de plus, ici.

    date : jour civil du médiateur.   duree_minutes : 1 à 1439.   lieu_id : si type_lieu est lieu_activite.
    notes : HTML déjà assaini.
    """

    type: TypeActivite
    date: dt.date
    duree_minutes: int
    type_lieu: TypeLieu
    lieu_id: LieuId | None = None
    thematiques: tuple[Thematique, ...]
    precisions_demarche: TexteLibre = None
    materiels: tuple[Materiel, ...] = ()
    autonomie: Autonomie | None = None
    niveau: NiveauAtelier | None = None
    titre_atelier: TexteLibre = None
    oriente_vers_structure: bool | None = None
    structure_de_redirection: StructureDeRedirection | None = None
    participants: Participants
    notes: TexteLibre = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenu(Saisi):
    """Un compte rendu tel qu'il est saisi.

    commune : si type_lieu est domicile ou autre.   residence : celle du bénéficiaire d'un individuel.
    """

    commune: Commune | None = None
    residence: Commune | None = None


def normaliser(contenu: Contenu) -> Contenu:
    """La même saisie sous sa forme canonique.

    Codes dans l'ordre des nomenclatures et sans doublon ; textes vides et compteurs nuls absents ; ce que le
    choix fait ailleurs rend sans objet (lieu, commune, structure de redirection) est effacé (§2.1, §2.2).
    """
    participants = contenu.participants
    return replace(
        contenu,
        lieu_id=contenu.lieu_id if contenu.type_lieu == TypeLieu.LIEU_ACTIVITE else None,
        commune=(
            communes.canonique(contenu.commune)
            if contenu.commune is not None and contenu.type_lieu in A_UNE_COMMUNE
            else None
        ),
        residence=communes.canonique(contenu.residence) if contenu.residence is not None else None,
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


def fautes(contenu: Contenu, aujourd_hui: dt.date) -> Iterator[Refusal]:
    """Toutes les règles enfreintes, chacune une fois. contenu : normalisé. aujourd_hui : jour du médiateur.

    Ce qui découle d'une autre faute n'est pas redit.
    """
    yield from _quand(contenu, aujourd_hui)
    yield from _ou(contenu)
    yield from _quoi(contenu)
    yield from _textes(contenu)
    yield from _selon_le_type(contenu)
    yield from _participants(contenu)


def _quand(contenu: Contenu, aujourd_hui: dt.date) -> Iterator[Refusal]:
    if contenu.date > aujourd_hui:
        yield DateDansLeFutur(field="/date")
    if contenu.date < DATE_MINIMALE:
        yield DateTropAncienne(field="/date")
    if contenu.duree_minutes < 1:
        yield DureeManquante(field="/duree_minutes")
    if contenu.duree_minutes > DUREE_MAX:
        yield DureeTropLongue(field="/duree_minutes")


def _ou(contenu: Contenu) -> Iterator[Refusal]:
    if contenu.type_lieu == TypeLieu.LIEU_ACTIVITE and contenu.lieu_id is None:
        yield LieuManquant(field="/lieu_id")
    if contenu.type_lieu in A_UNE_COMMUNE and contenu.commune is None:
        yield CommuneManquante(field="/commune")
    if contenu.commune is not None:
        yield from communes.fautes(contenu.commune, "/commune")
    if contenu.residence is not None and contenu.type == TypeActivite.INDIVIDUEL:
        yield from communes.fautes(contenu.residence, "/beneficiaire/commune_residence")


def _quoi(contenu: Contenu) -> Iterator[Refusal]:
    aide = Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES in contenu.thematiques
    precisions = contenu.precisions_demarche
    if not contenu.thematiques:
        yield ThematiqueManquante(field="/thematiques")
    elif not aide and THEMATIQUES_ADMINISTRATIVES.intersection(contenu.thematiques):
        yield ThematiquesAdministrativesNonAutorisees(field="/thematiques")
    if precisions is not None and contenu.thematiques and not aide:
        yield PrecisionsNonAutorisees(field="/precisions_demarche")
    elif len(precisions or "") > PRECISIONS_MAX:
        yield PrecisionsTropLongues(field="/precisions_demarche")


def _textes(contenu: Contenu) -> Iterator[Refusal]:
    if len(contenu.titre_atelier or "") > TITRE_MAX:
        yield TitreTropLong(field="/titre_atelier")
    # Ce que la personne a tapé : « & » s'écrit « &amp; » dans le HTML.
    if len(unescape(contenu.notes or "")) > NOTES_MAX:
        yield NotesTropLongues(field="/notes")


def _selon_le_type(contenu: Contenu) -> Iterator[Refusal]:
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
            yield refus(field=f"/{nom}")


def _participants(contenu: Contenu) -> Iterator[Refusal]:
    p = contenu.participants
    du_total = next(_total(contenu), None)
    if du_total is not None:
        yield du_total
    repartitions: dict[str, dict[str, int]] = {
        "/deja_accompagnes": {"": p.deja_accompagnes},
        "/genres": {f"/{code}": n for code, n in p.genres.items()},
        "/tranches_age": {f"/{code}": n for code, n in p.tranches_age.items()},
        "/statuts": {f"/{code}": n for code, n in p.statuts.items()},
    }
    for nom, nombres in repartitions.items():
        hors_limites = [code for code, n in nombres.items() if not 0 <= n <= COMPTEUR_MAX]
        for code in hors_limites:
            yield CompteurHorsLimites(field=f"/participants{nom}{code}")
        # Un nombre à corriger, de la répartition ou du total, ne dit encore rien de leur somme.
        if not hors_limites and du_total is None and sum(nombres.values()) > p.total:
            yield SommeDepasseLeTotal(field=f"/participants{nom}")


def _total(contenu: Contenu) -> Iterator[Refusal]:
    total = contenu.participants.total
    if not 0 <= total <= COMPTEUR_MAX:
        yield CompteurHorsLimites(field="/participants/total")
    elif contenu.type == TypeActivite.INDIVIDUEL and total != 1:
        yield UnSeulBeneficiaire(field="/participants/total")
    elif total == 0:
        yield ParticipantsManquants(field="/participants/total")


def _texte(texte: str | None) -> str | None:
    return (texte or "").strip() or None


def _comptes[C: Nomenclature](comptes: dict[C, int]) -> dict[C, int]:
    if not comptes:
        return {}
    ordre = list(type(next(iter(comptes))))
    return {code: comptes[code] for code in sorted(comptes, key=ordre.index) if comptes[code] != 0}
