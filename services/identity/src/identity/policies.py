"""Who may do what with accounts and sessions: one rule per kind of request, named by each route."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from web.auth import ADMIN, COORDINATEUR, MEDIATEUR, SUPPORT, Connecte
from web.policies import CLIENT, Door, Rule
from web.rapproches import Siens, siens_de
from web.wiring import DatabaseDep

from identity.api.browser import signed_in
from identity.projections import membres
from identity.projections.comptes_rapproches import comptes_rapproches

COOKIE = Door("cookie", signed_in)
"""The session's cookie, which identity alone receives: its routes are not behind the gateway's question."""

PREUVE_CLIENT = Door("preuve de client", None)
"""A machine client's secret or key: the authorization server checks it, and answers as OAuth says."""

TITULAIRE = "titulaire"
"""Place of the person whose session or emploi it is."""

COORDONNE = "coordonne"
"""Place of who coordinates a team of which this person is a member, as identity heard it from equipes."""

SA_SESSION = Rule("sa_session", "Toute personne connectée, par le cookie de sa session.", COOKIE)
FERMER_SESSION = Rule(
    "fermer_session", "La personne dont c’est la session.", COOKIE, places=frozenset({TITULAIRE})
)
SON_COMPTE = Rule("son_compte", "Toute personne connectée : son propre compte.")
SA_PREUVE = Rule("sa_preuve", "La personne qui a demandé ce code.", places=frozenset({TITULAIRE}))
SON_IDENTITE = Rule("son_identite", "La personne dont c’est l’identité.", places=frozenset({TITULAIRE}))
LIRE_ANNUAIRE = Rule(
    "lire_annuaire",
    "Un médiateur : qui accepte de s’y montrer. Un coordinateur, le support, un administrateur : tous les "
    "coordinateurs aussi, sans leurs contacts à moins d’un accord.",
    roles=frozenset({MEDIATEUR, COORDINATEUR, SUPPORT, ADMIN}),
)


SiensDep = Annotated[Siens, Depends(siens_de(comptes_rapproches))]
"""Under which identifiers the caller has declared things: today's, and those of the accounts brought."""


async def _coordonne(moi: Connecte, compte_id: UUID, database: DatabaseDep) -> str | None:
    if moi.coordinateur_id is None:
        return None
    async with database.engine.connect() as connection:
        trouve = await connection.execute(membres.coordonne_par(compte_id, moi.coordinateur_id))
        return COORDONNE if trouve.first() else None


PRISE_DE_POSTE_D_UN_MEMBRE = Rule(
    "prise_de_poste_d_un_membre",
    "Un coordinateur, pour un membre actuel d’une équipe qu’il coordonne.",
    roles=frozenset({COORDINATEUR}),
    places=frozenset({COORDONNE}),
    place=_coordonne,
)
INVITER_UNE_ADRESSE = Rule(
    "inviter_une_adresse",
    "Un coordinateur, quelques dizaines de fois par jour.",
    roles=frozenset({COORDINATEUR}),
)
CHERCHER_UNE_ENTREPRISE = Rule("chercher_une_entreprise", "Toute personne connectée.")
SES_LIEUX = Rule("ses_lieux", "Un médiateur : les lieux où il exerce.", roles=frozenset({MEDIATEUR}))
SON_EMPLOI = Rule("son_emploi", "La personne dont c’est l’emploi.", places=frozenset({TITULAIRE}))

_DE_LA_GESTION = frozenset({ADMIN, SUPPORT})
LIRE_LA_GESTION = Rule(
    "lire_la_gestion",
    "Les administrateurs et le support ; pour tout autre, rien n’est là.",
    roles=_DE_LA_GESTION,
    known_to=_DE_LA_GESTION,
)
USURPER = Rule(
    "usurper",
    "Les administrateurs et le support, avec une raison ; pour tout autre, rien n’est là.",
    roles=_DE_LA_GESTION,
    known_to=_DE_LA_GESTION,
)
RAPPROCHER = Rule(
    "rapprocher",
    "Les administrateurs et le support, avec une raison ; d’un compte qui administre, deux administrateurs. "
    "Pour tout autre, rien n’est là.",
    roles=_DE_LA_GESTION,
    known_to=_DE_LA_GESTION,
)
GERER = Rule(
    "gerer",
    "Les administrateurs ; pour qui n’est ni administrateur ni du support, rien n’est là.",
    roles=frozenset({ADMIN}),
    known_to=_DE_LA_GESTION,
)

SE_PROUVER = Rule("se_prouver", "Un client de machine, par son secret ou sa clé.", PREUVE_CLIENT)
SON_CLIENT = Rule("son_client", "Un client de machine, quelles que soient ses portées.", CLIENT)
