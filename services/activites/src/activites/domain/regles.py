"""Les règles que suit une saisie, et ce qu'elle enfreint (docs/domaine/activites.md §2)."""

import datetime as dt
from collections.abc import Iterator
from html import unescape

from events.decider import Refusal

from activites.domain import communes
from activites.domain.faits import A_UNE_COMMUNE, Contenu
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
from activites.domain.vocabulaire import THEMATIQUES_ADMINISTRATIVES, Thematique, TypeActivite, TypeLieu

DATE_MINIMALE = dt.date(2015, 1, 1)
DUREE_MAX = 23 * 60 + 59
COMPTEUR_MAX = 10_000
NOTES_MAX = 20_000
TITRE_MAX = 200
PRECISIONS_MAX = 500


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
    yield from date_refusee(contenu.date, aujourd_hui)
    yield from duree_refusee(contenu.duree_minutes)


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
    yield from notes_refusees(contenu.notes)


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
    anonymes = contenu.participants.total
    total = anonymes + len(contenu.suivis)
    if not 0 <= anonymes <= COMPTEUR_MAX:
        yield CompteurHorsLimites(field="/participants/total")
    elif contenu.type == TypeActivite.INDIVIDUEL and total != 1:
        yield UnSeulBeneficiaire(field="/participants/total")
    elif total == 0:
        yield ParticipantsManquants(field="/participants/total")


# --- Ce qui vaut pour tout compte rendu, de médiation comme de coordination ---
def date_refusee(date: dt.date, aujourd_hui: dt.date) -> Iterator[Refusal]:
    if date > aujourd_hui:
        yield DateDansLeFutur(field="/date")
    if date < DATE_MINIMALE:
        yield DateTropAncienne(field="/date")


def duree_refusee(minutes: int) -> Iterator[Refusal]:
    if minutes < 1:
        yield DureeManquante(field="/duree_minutes")
    if minutes > DUREE_MAX:
        yield DureeTropLongue(field="/duree_minutes")


def notes_refusees(notes: str | None) -> Iterator[Refusal]:
    # Ce que la personne a tapé : « & » s'écrit « &amp; » dans le HTML.
    if len(unescape(notes or "")) > NOTES_MAX:
        yield NotesTropLongues(field="/notes")
