"""Le statut HTTP de chaque refus ; 409 pour ceux qui n'y sont pas."""

from events.decider import Refusal

from activites.domain import beneficiaire_refus, refus

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
    beneficiaire_refus.BeneficiaireNonSuivi,
)
"""La saisie elle-même est à corriger : 422, comme un champ mal formé."""

DE_FICHE: tuple[type[Refusal], ...] = (
    beneficiaire_refus.PrenomManquant,
    beneficiaire_refus.NomManquant,
    beneficiaire_refus.NomTropLong,
    beneficiaire_refus.TelephoneIllisible,
    beneficiaire_refus.CourrielDuBeneficiaireIllisible,
    beneficiaire_refus.AdresseTropLongue,
    beneficiaire_refus.AdresseSansCommune,
    beneficiaire_refus.AnneeDeNaissanceInvalide,
    beneficiaire_refus.NotesDuBeneficiaireTropLongues,
    refus.CodeInseeInconnu,
    refus.CommuneContredite,
    refus.CodePostalContredit,
)
"""La fiche d'un bénéficiaire est à corriger."""

STATUSES: dict[type[Refusal], int] = {
    **dict.fromkeys((*DE_SAISIE, *DE_FICHE), 422),
    beneficiaire_refus.BeneficiaireInconnu: 404,
    beneficiaire_refus.DestinationInconnue: 422,
    beneficiaire_refus.FusionAvecSoi: 422,
    # Never answered as such (policies.py).
    beneficiaire_refus.BeneficiaireDUnAutreMediateur: 404,
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
}
