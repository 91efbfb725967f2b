"""Le statut HTTP de chaque refus ; 409 pour ceux qui n'y sont pas."""

from events.decider import Refusal

from activites.domain import contenu
from activites.domain.activite import (
    ActiviteDejaSupprimee,
    ActiviteDUnAutreMediateur,
    ActiviteInconnue,
    LieuDActiviteInconnu,
)

DE_SAISIE: tuple[type[Refusal], ...] = (
    contenu.DateDansLeFutur,
    contenu.DateTropAncienne,
    contenu.DureeManquante,
    contenu.DureeTropLongue,
    contenu.LieuManquant,
    contenu.CommuneManquante,
    contenu.ThematiqueManquante,
    contenu.ThematiquesAdministrativesNonAutorisees,
    contenu.PrecisionsNonAutorisees,
    contenu.PrecisionsTropLongues,
    contenu.NotesTropLongues,
    contenu.TitreTropLong,
    contenu.CompteurHorsLimites,
    contenu.ParticipantsManquants,
    contenu.SommeDepasseLeTotal,
    contenu.UnSeulBeneficiaire,
    contenu.ReserveAuxIndividuels,
    contenu.ReserveAuxAteliers,
    LieuDActiviteInconnu,
)
"""La saisie elle-même est à corriger : 422, comme un champ mal formé."""

STATUSES: dict[type[Refusal], int] = {
    **dict.fromkeys(DE_SAISIE, 422),
    ActiviteInconnue: 404,
    # Never answered as such: somebody else's activité reads as unknown (policies.py).
    ActiviteDUnAutreMediateur: 404,
    ActiviteDejaSupprimee: 410,
}
