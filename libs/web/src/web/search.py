"""The words of a search, as people type them: unaccented, each of them wanted."""

from collections.abc import Mapping

from referentiels.cles import cle

from web.problems import SAISIE_INVALIDE, Problem

WORDS_AT_MOST = 8


def words(typed: str | None, parameter: str = "q", *, pointer: str | None = None) -> tuple[str, ...]:
    """The keys (referentiels.cles) of these words, none twice. Raises the 422 of the parameter, or of the
    field of the body that `pointer` names."""
    where = {"parametre": parameter, "dans": "query"} if pointer is None else {"pointeur": pointer}
    found = tuple(dict.fromkeys(cle(typed or "").split()))
    if typed is not None and typed.strip() and not found:
        raise _refused(where, "La recherche ne contient ni lettre ni chiffre.")
    if len(found) > WORDS_AT_MOST:
        raise _refused(where, f"La recherche compte plus de {WORDS_AT_MOST} mots.")
    return found


def _refused(where: Mapping[str, str], message: str) -> Problem:
    fault = {**where, "message": message, "type": "value_error"}
    return Problem(SAISIE_INVALIDE, message, erreurs=[fault])
