"""Le statut HTTP de chaque refus ; 409 pour ceux qui n'y sont pas."""

from events.decider import Refusal

from activites.domain import refus

DE_SAISIE: tuple[type[Refusal], ...] = (
    refus.DateDansLeFutur,
    refus.DateTropAncienne,
    refus.DureeManquante,
    refus.DureeTropLongue,
    refus.LieuManquant,
    refus.CommuneManquante,
    refus.CodeInseeInconnu,
    refus.CommuneContredite,
    refus.CodePostalContredit,
    refus.ThematiqueManquante,
    refus.ThematiquesAdministrativesNonAutorisees,
    refus.PrecisionsNonAutorisees,
    refus.PrecisionsTropLongues,
    refus.NotesTropLongues,
    refus.TitreTropLong,
    refus.CompteurHorsLimites,
    refus.ParticipantsManquants,
    refus.SommeDepasseLeTotal,
    refus.UnSeulBeneficiaire,
    refus.ReserveAuxIndividuels,
    refus.ReserveAuxAteliers,
    refus.LieuDActiviteInconnu,
)
"""La saisie elle-même est à corriger : 422, comme un champ mal formé."""

STATUSES: dict[type[Refusal], int] = {
    **dict.fromkeys(DE_SAISIE, 422),
    refus.ActiviteInconnue: 404,
    # Never answered as such: somebody else's activité reads as unknown (policies.py).
    refus.ActiviteDUnAutreMediateur: 404,
    refus.ActiviteDejaSupprimee: 410,
    refus.SuppressionDefinitive: 410,
    refus.BrouillonInconnu: 404,
    refus.ModeleInconnu: 404,
    refus.LotDePlusieursJours: 422,
    refus.IdentifiantRepete: 422,
    refus.ContenuTropLourd: 422,
    refus.ImportInconnu: 404,
    refus.FichierIllisible: 422,
    refus.CorrespondanceInvalide: 422,
}
