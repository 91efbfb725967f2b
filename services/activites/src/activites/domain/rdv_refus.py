"""Ce qui est refusé d'un rendez-vous, et la phrase que lit le médiateur."""

from events.decider import Refusal


class RdvNonProposes(Refusal):
    """Cette plateforme n’est pas reliée à RDV Service Public."""


class CompteRdvNonLie(Refusal):
    """Votre compte RDV Service Public n’est pas relié : reliez-le pour retrouver vos rendez-vous."""


class LiaisonPerimee(Refusal):
    """Cette demande de liaison n’est plus valable : recommencez-la depuis vos rendez-vous."""


class LiaisonRefusee(Refusal):
    """RDV Service Public n’a pas confirmé votre autorisation : recommencez."""


class AdresseRdvDifferente(Refusal):
    """Ce compte RDV Service Public a une autre adresse électronique que votre compte La Coop."""


class RdvInconnu(Refusal):
    """Ce rendez-vous n’existe pas, ou n’existe plus."""


class RdvAVenir(Refusal):
    """Ce rendez-vous n’a pas encore eu lieu."""


class StatutRdvRefuse(Refusal):
    """RDV Service Public n’accepte pas ce changement."""


class RdvServicePublicMuet(Refusal):
    """RDV Service Public ne répond pas : nous ne savons pas ce qu’il a retenu. Rechargez cette page."""


class SignatureRefusee(Refusal):
    """Ce message n’est pas signé comme il le faudrait."""


class MessagePerime(Refusal):
    """Ce message est trop ancien, ou daté du futur."""


class MessageDejaRecu(Refusal):
    """Ce message a déjà été reçu."""
