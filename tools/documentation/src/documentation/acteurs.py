"""Les acteurs du tableau des droits : ce que chacun présente, ses rôles, et sa place devant les objets.

Les objets du tableau sont ceux de `MEDIATEUR` (ses activités, son emploi, ses sessions, ses invitations) et
l'équipe de `COORDINATEUR`, dont `MEDIATEUR` est membre, et ce que celui-là a saisi de sa coordination.
"""

from dataclasses import dataclass

from activites.policies.chiffres import TERRITOIRE
from activites.policies.coordinations import AUTEUR_DE_COORDINATION
from activites.policies.personne import AUTEUR
from equipes.policies import INVITE, LIE, SOUTIEN, SUCCESSEUR, Place
from identity.policies import COOKIE, COORDONNE, PREUVE_CLIENT, TITULAIRE
from web.policies import CLIENT, INTERNAL, OPEN, TOKEN, Door, Rule

_NAVIGATEUR = frozenset({OPEN, COOKIE, TOKEN})
_JETON = frozenset({OPEN, TOKEN})
_A_LUI = frozenset({AUTEUR, TITULAIRE, INVITE, Place.MEMBRE})
_DE_SON_EQUIPE = frozenset({Place.COORDINATEUR, COORDONNE, AUTEUR_DE_COORDINATION})


@dataclass(frozen=True, slots=True)
class Acteur:
    """nom : sa colonne.   qui : une phrase.   portes, roles, places : ce que les règles regardent."""

    nom: str
    qui: str
    portes: frozenset[Door] = _NAVIGATEUR
    roles: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def refus(self, regle: Rule) -> int | None:
        """Le statut qu'il reçoit ; None s'il est admis."""
        return regle.refusal(self.portes, self.roles, self.places)


_MEDIATEUR, _COORDINATEUR = frozenset({"mediateur"}), frozenset({"coordinateur"})

ANONYME = Acteur("anonyme", "Personne n’est connecté.", frozenset({OPEN}))
EN_INSCRIPTION = Acteur("en inscription", "Connectée, elle n’a pas encore choisi son rôle.")
MEDIATEUR = Acteur("médiateur", "À qui sont les objets demandés.", roles=_MEDIATEUR, places=_A_LUI)
AUTRE_MEDIATEUR = Acteur("autre médiateur", "D’aucune équipe.", roles=_MEDIATEUR)
ANCIEN_MEMBRE = Acteur("ancien membre", "Un médiateur qui a quitté l’équipe.", roles=_MEDIATEUR)
COORDINATEUR = Acteur(
    "coordinateur",
    "Celui de l’équipe du médiateur.",
    roles=_COORDINATEUR,
    places=_DE_SON_EQUIPE,
)
AUTRE_COORDINATEUR = Acteur(
    "autre coordinateur",
    "Celui d’une autre équipe, lié à celle du premier, et désigné pour lui succéder.",
    roles=_COORDINATEUR,
    places=frozenset({LIE, SUCCESSEUR}),
)
DEUX_ROLES = Acteur(
    "deux rôles",
    "Le médiateur, s’il coordonnait aussi l’équipe. Son jeton est signé pour l’essai et présenté aux "
    "services.",
    _JETON,
    _MEDIATEUR | _COORDINATEUR,
    _A_LUI | _DE_SON_EQUIPE,
)
ADMIN = Acteur(
    "admin",
    "Une administratrice, sans rôle métier.",
    roles=frozenset({"admin"}),
    places=frozenset({SOUTIEN, TERRITOIRE}),
)
SUPPORT = Acteur(
    "support",
    "Quelqu’un du support, sans rôle métier.",
    roles=frozenset({"support"}),
    places=frozenset({SOUTIEN}),
)
SUSPENDU = Acteur(
    "suspendu",
    "Un administrateur a suspendu son compte, son navigateur garde son cookie.",
    frozenset({OPEN}),
)
EFFACEE = Acteur("effacée", "Son compte est effacé, son navigateur garde son cookie.", frozenset({OPEN}))
MACHINE = Acteur(
    "machine",
    "Un programme de la plateforme, qui parle aux services sans passer par la passerelle.",
    frozenset({OPEN, INTERNAL}),
)
CLIENT_DE_MACHINE = Acteur(
    "client",
    "Le programme d’un organisme, avec son secret, et le jeton qu’il lui vaut pour la portée `lieux:lire`.",
    frozenset({OPEN, CLIENT, PREUVE_CLIENT}),
    frozenset({"lieux:lire"}),
)
ACTEURS = (
    *(ANONYME, EN_INSCRIPTION, MEDIATEUR, AUTRE_MEDIATEUR, ANCIEN_MEMBRE, COORDINATEUR, AUTRE_COORDINATEUR),
    *(DEUX_ROLES, ADMIN, SUPPORT, SUSPENDU, EFFACEE, MACHINE, CLIENT_DE_MACHINE),
)
