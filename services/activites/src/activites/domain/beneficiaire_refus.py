"""Ce que le domaine refuse d'un bénéficiaire, et la phrase qu'on lit (docs/domaine/activites.md §5)."""

from events.decider import Refusal


# --- La fiche (beneficiaire_regles.py) ---
class PrenomManquant(Refusal):
    """Veuillez renseigner un prénom"""


class NomDePersonneManquant(Refusal):
    """Veuillez renseigner un nom"""


class NomDePersonneTropLong(Refusal):
    """Un prénom ou un nom ne doit pas dépasser 100 caractères"""


class TelephoneIllisible(Refusal):
    """Veuillez renseigner un numéro français (e.g. 04 55 66 77 88 ou +33 4 55 66 77 88)"""


class CourrielDuBeneficiaireIllisible(Refusal):
    """Veuillez renseigner une adresse électronique valide"""


class AdresseDePersonneTropLongue(Refusal):
    """L’adresse ne doit pas dépasser 250 caractères"""


class AdresseSansCommune(Refusal):
    """Une adresse va avec sa commune : veuillez la renseigner"""


class AnneeDeNaissanceInvalide(Refusal):
    """Veuillez renseigner une année de naissance valide"""


class NotesDuBeneficiaireTropLongues(Refusal):
    """Les notes ne doivent pas dépasser 10 000 caractères"""


# --- Le bénéficiaire (beneficiaire.py) ---
class BeneficiaireInconnu(Refusal):
    """Bénéficiaire introuvable"""


class FicheEnDouble(Refusal):
    """Cette fiche est fusionnée avec une autre, celle de la personne"""


class BeneficiaireNonSuivi(Refusal):
    """Bénéficiaire introuvable"""


class BeneficiaireDUnAutreMediateur(Refusal):
    """Un bénéficiaire n’est suivi que par son médiateur."""


class DestinationInconnue(Refusal):
    """Bénéficiaire de destination introuvable"""


class FusionAvecSoi(Refusal):
    """Une personne ne se fusionne pas avec elle-même."""


class FusionDejaFaite(Refusal):
    """Ces deux fiches sont déjà fusionnées, avec d’autres choix : séparez-les d’abord."""


class PrisEtLaisse(Refusal):
    """Une même réponse se prend de la fiche en double, ou s’y laisse : pas les deux."""


class AdresseDUneAutreCommune(Refusal):
    """Les deux fiches n’ont pas la même commune : une adresse se prend avec la sienne."""


class BeneficiaireDejaEnregistre(Refusal):
    """Un bénéficiaire différent est déjà enregistré sous cet identifiant."""


class BeneficiaireDejaEfface(Refusal):
    """Cette personne a été effacée."""
