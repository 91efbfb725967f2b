"""Ce que le domaine refuse d'un compte rendu de coordination, et la phrase que lit le coordinateur."""

from events.decider import Refusal


# --- La saisie (coordination_regles.py) ---
class PersonneHorsAnnuaire(Refusal):
    """Cette personne n’est pas dans l’annuaire"""


class ActeursManquants(Refusal):
    """Veuillez renseigner au moins un médiateur, une structure ou un autre acteur"""


class NombreHorsLimites(Refusal):
    """Ce nombre doit être compris entre 0 et 10 000"""


class TypeAnimationManquant(Refusal):
    """Veuillez renseigner le type d’animation"""


class TypeAnimationAPreciser(Refusal):
    """Veuillez préciser le type d’animation"""


class ThematiqueAnimationManquante(Refusal):
    """Veuillez renseigner au moins une thématique d’animation"""


class ThematiqueAnimationAPreciser(Refusal):
    """Veuillez préciser la thématique d’animation"""


class NombreDeParticipantsManquant(Refusal):
    """Veuillez renseigner le nombre de participants"""


class NombreDeParticipantsNegatif(Refusal):
    """Le nombre de participants doit être positif"""


class TypeEvenementManquant(Refusal):
    """Veuillez renseigner le type d’évènement"""


class TypeEvenementAPreciser(Refusal):
    """Veuillez préciser le type d’évènement"""


class OrganisateurManquant(Refusal):
    """Veuillez renseigner au moins un organisateur"""


class OrganisateurAPreciser(Refusal):
    """Veuillez préciser l’organisateur"""


class NaturePartenariatManquante(Refusal):
    """Veuillez renseigner au moins une nature de partenariat"""


class NaturePartenariatAPreciser(Refusal):
    """Veuillez préciser la nature du partenariat"""


class PartenairesManquants(Refusal):
    """Au moins une structure partenaire est requise"""


class NomDeStructureManquant(Refusal):
    """Veuillez renseigner le nom de la structure"""


class NomDeStructureTropLong(Refusal):
    """Le nom de la structure ne doit pas dépasser 200 caractères"""


class TypePartenaireManquant(Refusal):
    """Veuillez renseigner le type de la structure partenaire"""


class TypePartenaireAPreciser(Refusal):
    """Veuillez préciser le type de la structure partenaire"""


class SiretRefuse(Refusal):
    """Ce SIRET n’existe pas : vérifiez ses 14 chiffres"""


class NomDEvenementTropLong(Refusal):
    """Le nom ne doit pas dépasser 200 caractères"""


class PrecisionTropLongue(Refusal):
    """Cette précision ne doit pas dépasser 500 caractères"""


class TropDeLiens(Refusal):
    """Une activité nomme au plus 100 personnes et 50 structures"""


class SansObjetPourCeType(Refusal):
    """Cette information n’existe pas pour ce type d’activité de coordination"""


# --- Le compte rendu (coordination.py) ---
class CoordinationInconnue(Refusal):
    """Cette activité de coordination n’existe pas."""


class CoordinationDUnAutre(Refusal):
    """Seul le coordinateur qui a enregistré une activité peut la corriger ou la supprimer."""


class CoordinationDejaEnregistree(Refusal):
    """Une activité de coordination différente est déjà enregistrée sous cet identifiant."""


class CoordinationDejaSupprimee(Refusal):
    """Cette activité de coordination a été supprimée."""


class CoordinationEffacee(Refusal):
    """Les textes de cette activité de coordination ont été effacés : elle ne peut plus être corrigée."""
