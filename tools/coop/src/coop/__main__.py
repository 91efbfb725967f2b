"""`coop` : l’exploitation de la plateforme en une commande (docs/exploitation.md)."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine

from asyncpg import InvalidAuthorizationSpecificationError, InvalidCatalogNameError
from embedded.process import StartError
from embedded.settings import SettingsError
from events.codec import UnknownEventType
from events.ops.backup import BackupFailed
from events.ops.ledger import LedgerDamaged
from events.ops.restore import RestoreRefused
from events.ops.servers import ServerError
from events.postgres.database import is_unavailable
from events.projection.rebuild import RebuildRefused, RebuildRunning
from events.tuning import relax_collector
from events.vault.master import MasterKeyMissing
from nats.errors import Error as NatsError
from process import logs
from process.usage import Analyseur

from coop import (
    agenda,
    archive_v1,
    cles,
    comptes,
    droit,
    effacer,
    evenements,
    jobs,
    projections,
    rebut,
    relais,
    sauvegarde,
)
from coop.plateforme import Plateforme, ReglageManquant, ServeurAbsent
from coop.sortie import noter
from coop.verification import VerificationEnCours

type Commande = Callable[[argparse.Namespace, Plateforme], Coroutine[None, None, int]]

EPILOGUE = """\
codes de sortie : 0 bien ; 1 un problème est trouvé (retard, différence, fait mis de côté,
sauvegarde abîmée) ; 2 usage ou réglage ; 3 un serveur est absent.

La plateforme est celle de « make run » (COOP_DONNEES), ou celle que disent les variables d’un service
(DATABASE_URL, NATS_URL, COFFRE_CLES…) quand DATABASE_URL est posée."""


def analyseur() -> Analyseur:
    """Every command and its help."""
    parser = Analyseur(
        prog="coop", description="L’exploitation de la plateforme en une commande.", epilog=EPILOGUE
    )
    commandes = parser.add_subparsers(
        dest="commande", required=True, metavar="commande", title="commandes", parser_class=Analyseur
    )
    for module in (
        evenements,
        projections,
        relais,
        rebut,
        agenda,
        jobs,
        sauvegarde,
        effacer,
        cles,
        droit,
        comptes,
        archive_v1,
    ):
        module.declarer(commandes)
    return parser


def main(argv: list[str] | None = None) -> int:
    """The exit code."""
    # A terminal that cannot show a letter must not stop a command half-way.
    for out in (sys.stdout, sys.stderr):
        if hasattr(out, "reconfigure"):
            out.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]
    options = analyseur().parse_args(argv)
    # Whatever it writes on a disk (reports, backups, ledgers) is for who runs it alone.
    os.umask(0o077)
    relax_collector()
    logs.configure("coop", os.environ.get("LOG_LEVEL", "ERROR"), sys.stderr)
    # nats-py repeats what the exceptions say.
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    executer: Commande = options.executer
    try:
        return asyncio.run(executer(options, Plateforme()))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `coop … | head`: nobody reads any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ReglageManquant, RestoreRefused, SettingsError, MasterKeyMissing) as error:
        return _dire(2, str(error))
    except InvalidCatalogNameError:
        return _dire(2, "la base nommée par l’adresse PostgreSQL n’existe pas sur ce serveur.")
    except InvalidAuthorizationSpecificationError:
        return _dire(2, "PostgreSQL refuse le rôle ou le mot de passe de l’adresse donnée.")
    except (BackupFailed, LedgerDamaged, RebuildRefused) as error:
        return _dire(1, str(error))
    except UnknownEventType as error:
        return _dire(1, f"un fait {error} n’est pas connu de ce code : déployez d’abord celui qui l’écrit.")
    except RebuildRunning as error:
        return _dire(1, f"{error} : une reconstruction est déjà en cours.")
    except VerificationEnCours as error:
        return _dire(1, f"{error} : une vérification est déjà en cours.")
    except (ServeurAbsent, ServerError, StartError) as error:
        return _dire(3, str(error))
    except NatsError as error:
        return _dire(3, f"NATS ne répond pas, ou refuse ({type(error).__name__}).")
    except Exception as error:
        if not is_unavailable(error):
            raise
        return _dire(3, f"PostgreSQL ne répond pas ({type(error).__name__}).")


def _dire(code: int, text: str) -> int:
    noter(text[:1].upper() + text[1:])
    return code


if __name__ == "__main__":
    sys.exit(main())
