"""Refait l'annuaire livré avec le service, d'après les permanences de `data/lieux`.

.venv/bin/python services/identity/renouveler.py
"""

import gzip
import json
from pathlib import Path

from referentiels.communes import par_code
from referentiels.reconnaissance import reconnaitre
from referentiels.siret import NumeroRefuse, lire_siret

SOURCE = Path(__file__).parents[2] / "data/lieux/conseiller-numerique-permanences-2022-09.jsonl.gz"
ANNUAIRE = Path(__file__).parent / "src/identity/entreprises/donnees/etablissements.tsv.gz"


def renouveler() -> int:
    """Écrit une ligne par SIRET lisible, le premier nom rencontré. Le nombre de lignes."""
    lignes: dict[str, list[str]] = {}
    with gzip.open(SOURCE, "rt", encoding="utf-8") as permanences:
        for permanence in map(json.loads, permanences):
            try:
                siret = lire_siret(permanence["pivot"]).valeur
            except NumeroRefuse:
                continue
            trouvee = reconnaitre(permanence["commune"], permanence["code_postal"], None)
            if trouvee is None:
                continue
            ville = par_code(trouvee.commune.ville) or trouvee.commune
            champs = [siret, permanence["nom"], permanence["adresse"], trouvee.code_postal, ville.nom]
            lignes.setdefault(siret, [" ".join(champ.split()) for champ in [*champs, trouvee.commune.code]])
    texte = "".join("\t".join(lignes[siret]) + "\n" for siret in sorted(lignes))
    ANNUAIRE.write_bytes(gzip.compress(texte.encode(), mtime=0))
    return len(lignes)


if __name__ == "__main__":
    print(f"{renouveler()} établissements")  # noqa: T201 - said to who asks for it
