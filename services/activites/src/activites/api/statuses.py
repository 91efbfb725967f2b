"""Le statut HTTP de chaque refus ; 409 pour ceux qui n'y sont pas."""

from events.decider import Refusal

from activites.domain import beneficiaire_refus, coordination_refus, rdv_refus, refus

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
    refus.TropDeTags,
    refus.TagNonVisible,
)
"""La saisie elle-même est à corriger : 422, comme un champ mal formé."""

DE_FICHE: tuple[type[Refusal], ...] = (
    beneficiaire_refus.PrenomManquant,
    beneficiaire_refus.NomDePersonneManquant,
    beneficiaire_refus.NomDePersonneTropLong,
    beneficiaire_refus.TelephoneIllisible,
    beneficiaire_refus.CourrielDuBeneficiaireIllisible,
    beneficiaire_refus.AdresseDePersonneTropLongue,
    beneficiaire_refus.AdresseSansCommune,
    beneficiaire_refus.AnneeDeNaissanceInvalide,
    beneficiaire_refus.NotesDuBeneficiaireTropLongues,
    refus.CodeInseeInconnu,
    refus.CommuneContredite,
    refus.CodePostalContredit,
)
"""La fiche d'un bénéficiaire est à corriger."""

DE_SAISIE_DE_COORDINATION: tuple[type[Refusal], ...] = (
    refus.DateDansLeFutur,
    refus.DateTropAncienne,
    refus.DureeManquante,
    refus.DureeTropLongue,
    refus.NotesTropLongues,
    refus.TropDeTags,
    refus.TagNonVisible,
    coordination_refus.PersonneHorsAnnuaire,
    coordination_refus.ActeursManquants,
    coordination_refus.NombreHorsLimites,
    coordination_refus.TypeAnimationManquant,
    coordination_refus.TypeAnimationAPreciser,
    coordination_refus.ThematiqueAnimationManquante,
    coordination_refus.ThematiqueAnimationAPreciser,
    coordination_refus.NombreDeParticipantsManquant,
    coordination_refus.NombreDeParticipantsNegatif,
    coordination_refus.TypeEvenementManquant,
    coordination_refus.TypeEvenementAPreciser,
    coordination_refus.OrganisateurManquant,
    coordination_refus.OrganisateurAPreciser,
    coordination_refus.NaturePartenariatManquante,
    coordination_refus.NaturePartenariatAPreciser,
    coordination_refus.PartenairesManquants,
    coordination_refus.NomDeStructureManquant,
    coordination_refus.NomDeStructureTropLong,
    coordination_refus.TypePartenaireManquant,
    coordination_refus.TypePartenaireAPreciser,
    coordination_refus.SiretRefuse,
    coordination_refus.NomDEvenementTropLong,
    coordination_refus.PrecisionTropLongue,
    coordination_refus.TropDeLiens,
    coordination_refus.SansObjetPourCeType,
)
"""De même pour une activité de coordination."""

DE_TAG: tuple[type[Refusal], ...] = (
    refus.NomTropCourt,
    refus.NomDeTagTropLong,
    refus.DescriptionTropLongue,
    refus.EquipeRequise,
    refus.EquipeDAutrui,
    refus.DepartementInconnu,
    refus.FusionAvecElleMeme,
    refus.FusionVersPlusEtroit,
)
"""De même pour une étiquette."""

STATUSES: dict[type[Refusal], int] = {
    **dict.fromkeys((*DE_SAISIE, *DE_FICHE, *DE_SAISIE_DE_COORDINATION, *DE_TAG), 422),
    beneficiaire_refus.BeneficiaireInconnu: 404,
    beneficiaire_refus.DestinationInconnue: 422,
    beneficiaire_refus.FusionAvecSoi: 422,
    # Never answered as such (policies).
    beneficiaire_refus.BeneficiaireDUnAutreMediateur: 404,
    coordination_refus.CoordinationInconnue: 404,
    coordination_refus.CoordinationDUnAutre: 404,
    coordination_refus.CoordinationDejaSupprimee: 410,
    rdv_refus.RdvInconnu: 404,
    rdv_refus.RdvServicePublicMuet: 503,
    rdv_refus.SignatureRefusee: 403,
    refus.LienInconnu: 404,
    refus.LienPlusValable: 410,
    refus.FinDeLienRefusee: 422,
    refus.PorteeReservee: 403,
    refus.TagInconnu: 404,
    refus.ActiviteInconnue: 404,
    # Never answered as such: somebody else's activité reads as unknown (policies).
    refus.ActiviteDUnAutreMediateur: 404,
    refus.ActiviteDejaSupprimee: 410,
    refus.SuppressionDefinitive: 410,
    refus.BrouillonInconnu: 404,
    refus.ModeleInconnu: 404,
    refus.LotDePlusieursJours: 422,
    refus.BrouillonTropLointain: 422,
    refus.IdentifiantRepete: 422,
    refus.ContenuTropLourd: 422,
    refus.ImportInconnu: 404,
    refus.ExportTropLong: 422,
    refus.FichierIllisible: 422,
    refus.CorrespondanceInvalide: 422,
}
