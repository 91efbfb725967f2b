"""JSON en liste ou par lignes : les clés sont les colonnes, une ligne illisible n'arrête pas la lecture."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tableurs import FichierRefuse, Tableau, ouvrir

type Lire = Callable[[str | bytes], Tableau]

LIEUX = Path(__file__).parents[3] / "data" / "lieux"
LIGNES = {
    "conseiller-numerique-permanences-2022-09": 4021,
    "france-services-2024-08": 2250,
    "mednum-bfc-2023": 633,
}


def test_une_ligne_illisible_n_arrete_pas_la_lecture(lire: Lire) -> None:
    tableau = lire('{"a": 1.0}\n\n[1]\n{"a":\n' + '{"a":' * 5000 + '\n{"b": null, "c": ["x", 2, true]}\n')
    lignes = list(tableau.lire())
    assert tableau.colonnes == ("a", "b", "c")
    assert [x.numero for x in lignes] == [1, 3, 4, 5, 6]
    assert [x.valeurs for x in lignes] == [{"a": "1"}, None, None, None, {"b": "", "c": "x|2|oui"}]


def test_une_liste_se_lit_comme_des_lignes(lire: Lire) -> None:
    tableau = lire('[\n {"nom": "Mairie", "horaires": {"lundi": "9h"}},\n 3]')
    bonne, refusee = tableau.lire()
    assert (tableau.format, bonne.valeurs) == ("json", {"nom": "Mairie", "horaires": '{"lundi":"9h"}'})
    assert (refusee.numero, refusee.valeurs) == (2, None)


@pytest.mark.parametrize("contenu", ["[1, 2", "[]", "[[[[", '{"a"\n', "[" * 100_000])
def test_ce_qui_n_est_pas_une_liste_d_objets_est_refuse(lire: Lire, contenu: str) -> None:
    with pytest.raises(FichierRefuse):
        lire(contenu)


@pytest.mark.parametrize("nom", LIGNES)
def test_de_vrais_fichiers_se_lisent_entiers(nom: str) -> None:
    tableau = ouvrir(LIEUX / f"{nom}.jsonl.gz")
    lignes = list(tableau.lire())
    assert len(lignes) == LIGNES[nom]
    assert {c for ligne in lignes for c in ligne.valeurs or {}} == set(tableau.colonnes)


def test_une_longue_liste_se_lit_par_morceaux_quelle_que_soit_sa_mise_en_page(lire: Lire) -> None:
    objets = [{"n": n, "texte": "[é]," * (n % 40)} for n in range(5000)]
    for mise_en_page in (None, 2):
        tableau = lire(json.dumps(objets, indent=mise_en_page, ensure_ascii=False) + "\n")
        assert [ligne.valeurs for ligne in tableau.lire()] == [
            {"n": str(objet["n"]), "texte": objet["texte"]} for objet in objets
        ]
    assert len(list(lire('[1,2, 3\n, {}, {"a": 1}]').lire())) == 5
