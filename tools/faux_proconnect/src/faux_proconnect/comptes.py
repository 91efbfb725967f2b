"""Les comptes de la fédération : qui reçoit quel `sub` (docs/domaine/proconnect.md §9)."""

import json
import uuid
from collections import OrderedDict
from pathlib import Path

from faux_proconnect.monde import FournisseurIdentite

SIZE = 50_000


class Comptes:
    """Un compte = un `sub` et ses couples (fournisseur, identifiant là-bas).

    Un nouveau `sub` se calcule de l'émetteur, du fournisseur et de l'identifiant : le même monde rend
    les mêmes `sub` après un redémarrage. Les rattachements par courriel, eux, sont une histoire : le
    fichier `journal` (une ligne JSON par couple) la garde si on le donne.
    """

    def __init__(self, issuer: str, journal: Path | None = None) -> None:
        self._espace = uuid.uuid5(uuid.NAMESPACE_URL, issuer)
        self._journal = journal
        self._subs: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._proconnect_identite: OrderedDict[str, str] = OrderedDict()
        if journal is not None and journal.exists():
            for line in journal.read_text(encoding="utf-8").splitlines():
                idp, uid, sub, courriel = json.loads(line)
                self._retenir(idp, uid, sub, courriel)

    def __len__(self) -> int:
        return len(self._subs)

    def sub(self, fournisseur: FournisseurIdentite, uid: str, email: str) -> str:
        """Le `sub` de cette connexion : celui du couple, à défaut de l'adresse, à défaut neuf."""
        courriel = email.strip().lower()
        connu = self._subs.get((fournisseur.id, uid))
        sub = connu
        if sub is None and not fournisseur.proconnect_identite:
            sub = self._proconnect_identite.get(courriel)
        if sub is None:
            sub = str(uuid.uuid5(self._espace, f"{fournisseur.id}\n{uid}"))
        adresse = courriel if fournisseur.proconnect_identite else None
        if connu is None or (adresse is not None and self._proconnect_identite.get(adresse) != sub):
            self._retenir(fournisseur.id, uid, sub, adresse)
            if self._journal is not None:
                self._journal.parent.mkdir(parents=True, exist_ok=True)
                with self._journal.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps([fournisseur.id, uid, sub, adresse]) + "\n")
        return sub

    def oublier(self) -> None:
        self._subs.clear()
        self._proconnect_identite.clear()

    def _retenir(self, idp: str, uid: str, sub: str, courriel: str | None) -> None:
        self._subs[(idp, uid)] = sub
        if courriel is not None:
            self._proconnect_identite[courriel] = sub
        for memoire in (self._subs, self._proconnect_identite):
            while len(memoire) > SIZE:
                memoire.popitem(last=False)
