"""`coop rapprocher` et `coop identite` : rendre son compte à qui ne peut plus l’ouvrir, par les règles de la
gestion et avec son histoire."""

import argparse
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from events.decider import Refusal
from events.store.store import Context, Store
from identity.connexion.chiffre import Empreintes, Sealer
from identity.connexion.identites import Identites
from identity.connexion.rapprochement import Rapprochements, Resultat
from identity.connexion.reserve import est_reserve
from identity.connexion.sessions.registre import Registre
from identity.domain import rapprochement
from identity.domain.acces import ACCES
from identity.domain.compte import COMPTE, EnInscription, Inscrit
from identity.domain.intervention import Geste, Intervenir
from identity.domain.vocabulaire import CompteId, Droit
from identity.settings import Settings
from process.clock import Clock

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant

_CONFIE = 1


def declarer(commandes: Any) -> None:
    _declarer_rapprocher(commandes)
    _declarer_identite(commandes)


def _declarer_rapprocher(commandes: Any) -> None:
    parser = commandes.add_parser(
        "rapprocher",
        help="faire un compte de deux, ou les séparer",
        description="Atteste que deux comptes sont à une même personne, au nom d’un administrateur qui l’a\n"
        "vérifié. Ce sont les règles de /gestion/rapprochements : le compte qui a un rôle reste,\n"
        "personne n’atteste pour soi, et il faut deux administrateurs (deux commandes) dès que\n"
        "l’un des comptes coordonne ou administre. Se défait pendant trente jours.\n"
        "\n"
        "  coop rapprocher <compte_id> <compte_id> --par <compte_id> --motif vue-en-visio\n"
        "\n"
        "Code de sortie : 1 quand un second administrateur doit encore l’attester.",
    )
    parser.add_argument("compte", type=lire.uuid, metavar="compte_id")
    parser.add_argument("autre", type=lire.uuid, metavar="autre_compte_id")
    parser.add_argument(
        "--par", type=lire.uuid, required=True, metavar="compte_id", help="l’administrateur qui l’atteste"
    )
    parser.add_argument("--motif", type=lire.motif, required=True, help="pourquoi : gardé dans l’histoire")
    parser.add_argument("--defaire", action="store_true", help="rendre à chacun ce qu’il avait")
    parser.add_argument("--json", action="store_true", help="une ligne JSON, pour les programmes")
    parser.set_defaults(executer=rapprocher)


def _declarer_identite(commandes: Any) -> None:
    groupe = commandes.add_parser(
        "identite",
        help="les identités ProConnect d’un compte : voir, lier, retirer",
        description="Relie un compte à l’identité ProConnect de sa personne, quand aucune adresse ne peut\n"
        "plus le faire. Une identité qui ouvre déjà un autre compte ne se lie pas : « coop rapprocher ».",
    )
    actions = groupe.add_subparsers(
        dest="action", required=True, metavar="action", title="actions", parser_class=type(groupe)
    )
    for action, aide, argument, lue, executer in (
        ("list", "celles qui ouvrent un compte", None, None, lister),
        ("lier", "ouvrir un compte à une identité de plus", "sub", lire.sub, lier),
        (
            "retirer",
            "qu’une identité n’ouvre plus un compte, jamais la dernière",
            "identite_id",
            lire.uuid,
            retirer,
        ),
    ):
        parser = actions.add_parser(action, help=aide)
        parser.add_argument("compte", type=lire.uuid, metavar="compte_id")
        if argument is not None:
            parser.add_argument(argument, type=lue)
            parser.add_argument(
                "--motif", type=lire.motif, required=True, help="pourquoi : gardé dans l’histoire"
            )
        parser.add_argument("--json", action="store_true", help="du JSON par ligne, pour les programmes")
        parser.set_defaults(executer=executer)


@dataclass(frozen=True, slots=True)
class _Identity:
    """What the sign-in of identity works with."""

    store: Store[Any]
    rapprochements: Rapprochements
    identites: Identites
    context: Context

    async def vivant(self, compte_id: CompteId) -> None:
        """Raises ReglageManquant: no such account, or one that is closed or forwards."""
        state, _ = await self.store.state(COMPTE(compte_id))
        if not isinstance(state, EnInscription | Inscrit):
            raise ReglageManquant(f"Aucun compte {compte_id} qui soit ouvert.")

    async def administrateur(self, compte_id: CompteId) -> None:
        """Raises ReglageManquant."""
        await self.vivant(compte_id)
        acces, _ = await self.store.state(ACCES(compte_id))
        if acces.droit is not Droit.ADMIN or acces.suspendu:
            raise ReglageManquant(f"Le compte {compte_id} n’est pas celui d’un administrateur.")


@asynccontextmanager
async def _identity(plateforme: Plateforme) -> AsyncGenerator[_Identity]:
    """Raises ReglageManquant for what the domain refuses in the block."""
    settings, clock = plateforme.reglages("identity", Settings), Clock()
    async with plateforme.store("identity") as store:
        empreintes = Empreintes(settings.hash_key)
        registre = Registre(store.database, store, Sealer(settings.coffre_cles), clock)

        async def reserve(compte_id: CompteId) -> bool:
            return await est_reserve(store, compte_id)

        try:
            yield _Identity(
                store,
                Rapprochements(store, empreintes, registre, clock, reserve),
                Identites(store, empreintes, registre, clock, settings.proconnect_issuer),
                Context(f"coop:{lire.operateur()}", f"coop-{uuid4()}"),
            )
        except Refusal as refus:
            raise ReglageManquant(str(refus)) from refus


async def rapprocher(options: argparse.Namespace, plateforme: Plateforme) -> int:
    un, autre, par = CompteId(options.compte), CompteId(options.autre), CompteId(options.par)
    rid = rapprochement.identifiant(un, autre)
    async with _identity(plateforme) as identity:
        await identity.administrateur(par)
        if options.defaire:
            await identity.rapprochements.annuler(rid, par, options.motif, identity.context, administre=True)
            resultat = "defait"
        else:
            suite = await identity.rapprochements.attester(
                un, autre, par, options.motif, identity.context, administre=True
            )
            resultat = suite.resultat.value
    if options.json:
        sortie.json({"rapprochement_id": rid, "resultat": resultat})
    else:
        sortie.dire(_PHRASES[resultat])
    return _CONFIE if resultat == Resultat.CONFIE.value else 0


_PHRASES = {
    Resultat.RAPPROCHE.value: "Les deux comptes n’en font plus qu’un.",
    Resultat.CONFIE.value: "Attesté : un second administrateur doit encore le dire.",
    "defait": "Le rapprochement est défait.",
}


async def lister(options: argparse.Namespace, plateforme: Plateforme) -> int:
    compte_id = CompteId(options.compte)
    async with _identity(plateforme) as identity:
        await identity.vivant(compte_id)
        identites = await identity.identites.de(compte_id)
    if options.json:
        for une in identites:
            sortie.json({"identite_id": une.id, "liee_le": une.liee_le})
    else:
        sortie.tableau(
            ("identité", "liée le"), [(une.id, f"{une.liee_le:%Y-%m-%d %H:%M}") for une in identites]
        )
    return 0


async def lier(options: argparse.Namespace, plateforme: Plateforme) -> int:
    compte_id = CompteId(options.compte)
    async with _identity(plateforme) as identity:
        await identity.vivant(compte_id)
        note = Intervenir(compte_id, Geste.IDENTITE_LIEE, None, options.motif, Clock().now())
        outcome = await identity.identites.lier(compte_id, options.sub, note, identity.context)
    return _fait(options, "liée", changee=outcome.changed)


async def retirer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    compte_id = CompteId(options.compte)
    async with _identity(plateforme) as identity:
        await identity.vivant(compte_id)
        note = Intervenir(compte_id, Geste.IDENTITE_RETIREE, None, options.motif, Clock().now())
        if not await identity.identites.retirer(compte_id, options.identite_id, identity.context, note):
            raise ReglageManquant("Ce compte n’a pas cette identité : « coop identite list ».")
    return _fait(options, "retirée", changee=True)


def _fait(options: argparse.Namespace, quoi: str, *, changee: bool) -> int:
    if options.json:
        sortie.json({"compte_id": options.compte, "changee": changee})
    else:
        sortie.dire(f"compte {options.compte} : identité {quoi}" + ("" if changee else " (déjà)"))
    return 0
