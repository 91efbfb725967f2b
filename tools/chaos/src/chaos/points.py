"""Where a process is killed: between two statements, of which nobody may see one without the other."""

from dataclasses import dataclass

API, WORKER, STATISTICS = "activites api", "activites worker", "activites statistiques"
IDENTITY = IDENTITY_API, IDENTITY_WORKER = "identity api", "identity worker"
REBUILD = "coop projections rebuild activites activites_listees"
"""The command of an operator, run for the occasion."""


@dataclass(frozen=True, slots=True)
class Point:
    """name : what people read.   function : `module:name` or `module:Class.name`, as its caller finds it.

    after : once it has returned, rather than before it begins.   role : who passes there.
    passages : by how many of them it may wait, for the kill not to be at the first one only.
    """

    name: str
    function: str
    after: bool
    role: str
    passages: int = 12


_READMODEL = "events.projection.readmodel:ReadModel.save"
_PUBLISHER = "events.bus.publisher:Publisher"
_APPENDER = "events.store.appender"
_FILE = "activites.statistiques.fichier:FichierStatistiques.take"
_REBUILD = "events.projection.rebuild"
_SESSIONS = "identity.connexion.sessions.registre"

POINTS = (
    # The erasure and the key; the order and what it does. First: they happen once.
    Point("clé détruite, fait d’effacement pas validé", f"{_APPENDER}:destroy_in", True, WORKER, 1),
    Point("effacement validé, clé encore en mémoire", "events.vault.vault:Vault.forget", False, WORKER, 1),
    Point("ordre fait, pas noté", "activites.reactions.effacements:effacer", True, WORKER, 1),
    # The effect and the checkpoint.
    Point("lignes calculées, rien d’écrit", _READMODEL, False, WORKER),
    Point("lignes et repère validés, personne ne le sait", _READMODEL, True, WORKER),
    Point("lot lu, fichier pas encore changé", _FILE, False, STATISTICS),
    Point("fichier et repère validés, personne ne le sait", _FILE, True, STATISTICS),
    # The publication and its acknowledgement.
    Point("page lue, rien de publié", f"{_PUBLISHER}.send_after", False, WORKER),
    Point("publié, pas d’accusé", f"{_PUBLISHER}.send_after", True, WORKER),
    Point("accusé reçu, repère du relais pas avancé", f"{_PUBLISHER}.acknowledged", True, WORKER),
    Point("repère du relais avancé, personne ne le sait", "events.bus.relay:Relay._move", True, WORKER),
    # The commit and the answer.
    Point("fait demandé, pas écrit", f"{_APPENDER}:insert", False, API),
    Point("fait validé, réponse pas partie", f"{_APPENDER}:insert", True, API),
    # The key and what it seals.
    Point("clé créée, chiffré pas écrit", "events.vault.vault:Vault._writing_key", True, API),
    # What only one account may hold, and the fact that says so; the account and its session.
    Point("identité et adresse prises, fait pas validé", f"{_APPENDER}:take", True, IDENTITY_API, 4),
    Point("compte ouvert, pas de session", f"{_SESSIONS}:Registre.open", False, IDENTITY_API, 4),
    Point("fait d’identité publié, pas d’accusé", f"{_PUBLISHER}.send_after", True, IDENTITY_WORKER, 4),
    # The shadow and the exchange.
    Point("table copiée, sans index", f"{_REBUILD}:index", False, REBUILD, 1),
    Point("table prête, échange pas commencé", f"{_REBUILD}:_swap", False, REBUILD, 1),
    Point("noms échangés, pas validés", f"{_REBUILD}:_take_over", False, REBUILD, 1),
    Point("échange validé, reste à ranger", f"{_REBUILD}:_swap", True, REBUILD, 1),
)
BY_NAME = {point.name: point for point in POINTS}
