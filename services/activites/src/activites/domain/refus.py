"""Ce que le domaine refuse, et la phrase que lit le médiateur (docs/domaine/activites.md §2)."""

from events.decider import Refusal


# --- La saisie (regles.py) ---
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


class CodeInseeInconnu(Refusal):
    """Ce code INSEE n’est pas celui d’une commune"""


class CommuneContredite(Refusal):
    """Ce nom n’est pas celui de la commune que désigne le code INSEE"""


class CodePostalContredit(Refusal):
    """Ce code postal n’est pas l’un de ceux de la commune que désigne le code INSEE"""


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
    """Les notes ne doivent pas dépasser 20 000 caractères"""


class TitreTropLong(Refusal):
    """Le titre de l’atelier ne doit pas dépasser 200 caractères"""


class CompteurHorsLimites(Refusal):
    """Chaque nombre de participants doit être compris entre 0 et 10 000"""


class ParticipantsManquants(Refusal):
    """Veuillez renseigner au moins un bénéficiaire suivi ou anonyme"""


class SommeDepasseLeTotal(Refusal):
    """La somme des données socio-démographiques dépasse le total des bénéficiaires anonymes"""


class UnSeulBeneficiaire(Refusal):
    """Un accompagnement individuel concerne un seul bénéficiaire"""


class TropDeTags(Refusal):
    """50 étiquettes au plus"""


class TagNonVisible(Refusal):
    """Cette étiquette n’existe pas, ou n’est plus l’une des vôtres"""


class ReserveAuxIndividuels(Refusal):
    """Cette information n’existe que pour un accompagnement individuel"""


class ReserveAuxAteliers(Refusal):
    """Cette information n’existe que pour un atelier collectif"""


# --- L'activité (activite.py) ---
class ActiviteInconnue(Refusal):
    """Cette activité n’existe pas."""


class ActiviteDUnAutreMediateur(Refusal):
    """Seul le médiateur qui a enregistré une activité peut la corriger ou la supprimer."""


class ActiviteDejaEnregistree(Refusal):
    """Une activité différente est déjà enregistrée sous cet identifiant."""


class ActiviteDejaSupprimee(Refusal):
    """Cette activité a été supprimée."""


class SuppressionDefinitive(Refusal):
    """Cette activité a été supprimée il y a plus de 30 jours : elle ne peut plus revenir."""


class ActiviteEffacee(Refusal):
    """Les textes de cette activité ont été effacés : elle ne peut plus être corrigée."""


class LotDePlusieursJours(Refusal):
    """Toutes les activités d’un lot sont du même jour."""


class BrouillonTropLointain(Refusal):
    """Un brouillon ne se prévoit pas à plus de cinq ans."""


class IdentifiantRepete(Refusal):
    """Cet identifiant est déjà celui d’une autre ligne."""


class TypeNonModifiable(Refusal):
    """Le type d’une activité ne peut pas changer."""


class AucunEmploi(Refusal):
    """Aucun emploi n’est déclaré : l’activité ne peut pas être rattachée à une structure employeuse."""


class LieuDActiviteInconnu(Refusal):
    """Ce lieu d’activité n’existe pas dans la cartographie."""


class LieuDUnAutre(Refusal):
    """Vous n’exercez pas dans ce lieu : ajoutez-le d’abord à vos lieux."""


# --- Les étiquettes (tag.py) ---
class NomTropCourt(Refusal):
    """Le nom du tag doit faire plus de 3 caractères"""


class NomDeTagTropLong(Refusal):
    """Le nom du tag doit faire moins de 80 caractères"""


class NomDeTagAvecLien(Refusal):
    """Le nom d’une étiquette ne contient ni adresse de site ni courriel."""


class DescriptionTropLongue(Refusal):
    """La description du tag ne doit pas dépasser 280 caractères"""


class EquipeRequise(Refusal):
    """L'équipe est requise pour un tag d'équipe"""


class EquipeDAutrui(Refusal):
    """Cette équipe n’est pas l’une des vôtres"""


class PorteeReservee(Refusal):
    """Vous ne pouvez pas donner cette portée à une étiquette"""


class DepartementInconnu(Refusal):
    """Aucun de vos emplois en cours n’a de département connu"""


class NomDejaPris(Refusal):
    """Une étiquette de cette portée porte déjà ce nom"""


class TagInconnu(Refusal):
    """Cette étiquette n’existe pas."""


class TagDejaCree(Refusal):
    """Une étiquette différente existe déjà sous cet identifiant."""


class TagDejaSupprime(Refusal):
    """Cette étiquette a été supprimée, ou fusionnée dans une autre."""


class FusionAvecElleMeme(Refusal):
    """Une étiquette ne se fusionne pas avec elle-même"""


class FusionVersPlusEtroit(Refusal):
    """L’étiquette de destination doit être de portée au moins égale"""


# --- Ce que l'on garde pour soi (casiers.py) ---
class BrouillonInconnu(Refusal):
    """Ce brouillon n’existe pas."""


class ModeleInconnu(Refusal):
    """Ce modèle n’existe pas."""


class ContenuTropLourd(Refusal):
    """Le contenu à garder dépasse 64 Kio."""


class TropDeBrouillons(Refusal):
    """Vous gardez déjà 200 brouillons : effacez-en avant d’en garder un autre."""


class TropDeModeles(Refusal):
    """Vous gardez déjà 30 modèles : effacez-en avant d’en garder un autre."""


# --- Les liens vers des chiffres ---
class LienInconnu(Refusal):
    """Vous n’avez pas donné ce lien."""


class LienPlusValable(Refusal):
    """Ce lien n’est plus valable."""


class TropDeLiensPartages(Refusal):
    """Vous avez déjà 50 liens valables : révoquez-en avant d’en donner un autre."""


class FinDeLienRefusee(Refusal):
    """Un lien finit au plus tôt aujourd’hui, au plus tard dans un an."""


# --- Les fichiers à importer (imports/) ---
class ImportInconnu(Refusal):
    """Ce fichier n’est plus gardé : déposez-le de nouveau."""


class FichierIllisible(Refusal):
    """Ce fichier ne se lit pas."""


class CorrespondanceInvalide(Refusal):
    """Les colonnes du fichier sont à confirmer."""


class TropDImports(Refusal):
    """Vous avez déjà déposé 20 fichiers aujourd’hui : renoncez à l’un d’eux, ou revenez demain."""


class ExportTropLong(Refusal):
    """L’export dépasse un million d’accompagnements : choisissez une période, ou un autre filtre."""
