"""Deux versions d'un compte rendu, ou d'une fiche : chaque question dont la réponse diffère, en mots."""

from typing import Any

from portail.ecarts import Ecart, ecarts, ecarts_d_une_fiche, ouverts, reprise
from portail.formulaires import Saisie
from portail.nomenclatures import Lues


def termes(**codes: str) -> list[dict[str, Any]]:
    return [{"code": code, "libelle": libelle} for code, libelle in codes.items()]


NOMENCLATURES: Lues = {
    "thematiques": termes(email="E-mails", bureautique="Bureautique"),
    "type_lieu": termes(a_distance="À distance", lieu_activite="Lieu d’activité"),
    "genre": termes(feminin="Féminin", masculin="Masculin"),
    "tranche_age": termes(mineur="Mineur"),
    "statut_social": termes(retraite="Retraité"),
}
ENREGISTRE = {
    "id": "5", "type": "individuel", "date": "2026-11-27", "duree_minutes": 60, "thematiques": ["email"],
    "type_lieu": "a_distance", "lieu_id": None, "lieu_nom": None, "commune": None, "notes": "<p>Vu</p>",
    "beneficiaire": {"genre": "feminin", "deja_accompagne": False, "suivi_id": "8"}, "version": 3,
}  # fmt: skip
CORPS = {
    "type": "individuel", "date": "2026-11-27", "duree_minutes": 60, "thematiques": ["email"],
    "materiels": [], "type_lieu": "a_distance", "notes": "<p>Vu</p>", "beneficiaire": {"genre": "feminin"},
}  # fmt: skip


def test_deux_versions_qui_disent_la_meme_chose_n_ont_aucun_ecart() -> None:
    assert ecarts(CORPS, ENREGISTRE, NOMENCLATURES, {}) == []


def test_chaque_reponse_qui_differe_se_lit_en_mots_dans_l_ordre_du_formulaire() -> None:
    corps = CORPS | {
        "duree_minutes": 90,
        "thematiques": ["email", "bureautique"],
        "type_lieu": "lieu_activite",
        "lieu_id": "7",
        "notes": "<p>Vu</p><p>revue</p>",
        "beneficiaire": {},
    }
    assert ecarts(corps, ENREGISTRE, NOMENCLATURES, {"7": "Médiathèque"}) == [
        Ecart("Sujets", "Bureautique, E-mails", "E-mails"),
        Ecart("Durée", "1\u00a0h\u00a030", "1\u00a0h"),
        Ecart("Où", "Médiathèque", "À distance"),
        Ecart("Genre", "", "Féminin"),
        Ecart("Notes", "Vu\nrevue", "Vu"),
    ]


def test_les_repartitions_d_un_atelier_se_comparent_une_a_une() -> None:
    ici = {"participants": {"total": 4, "genres": {"feminin": 3}}}
    la_bas = {"participants": {"total": 4, "genres": {"feminin": 2, "masculin": 2}}}
    assert ecarts(ici, la_bas, NOMENCLATURES, {}) == [
        Ecart("Genre : Féminin", "3", "2"),
        Ecart("Genre : Masculin", "", "2"),
    ]


def test_un_jour_illisible_ou_un_code_inconnu_se_montre_tel_qu_il_est() -> None:
    corps = CORPS | {"date": "hier", "thematiques": ["potager"]}
    assert ecarts(corps, ENREGISTRE, NOMENCLATURES, {}) == [
        Ecart("Sujets", "potager", "E-mails"),
        Ecart("Jour", "hier", "27 novembre 2026"),
    ]


def test_les_etiquettes_se_lisent_par_leur_nom() -> None:
    corps = CORPS | {"tags": ["1", "2"]}
    assert ecarts(corps, ENREGISTRE | {"tags": ["1"]}, NOMENCLATURES, {}, {"1": "Impôts", "2": "Banque"}) == [
        Ecart("Étiquettes", "Banque, Impôts", "Impôts"),
    ]


def test_deux_versions_d_une_fiche_se_comparent_en_mots_et_une_reponse_absente_est_vide() -> None:
    questions = {"nom": "Nom", "pas_de_telephone": "Sans téléphone", "genre": "Genre", "notes": "Notes"}
    questions |= {"telephone": "Téléphone"}
    ici = {"nom": "Curie", "pas_de_telephone": True, "genre": "feminin", "notes": "<p>Jeudi</p>"}
    ici["telephone"] = "0262 41 22 22"
    la_bas = {"nom": "Curie", "pas_de_telephone": False, "genre": None, "notes": "<p>Mardi</p>", "id": "7"}
    la_bas["telephone"] = "+262262412222"
    assert ecarts_d_une_fiche(ici, la_bas, questions, {"genre": {"feminin": "Féminin"}}) == [
        Ecart("Sans téléphone", "Oui", ""),
        Ecart("Genre", "Féminin", ""),
        Ecart("Notes", "Jeudi", "Mardi"),
    ]


def test_ce_que_l_on_n_a_pas_touche_devient_ce_qu_une_autre_correction_en_a_dit() -> None:
    ouverte = [("nom", "Berger"), ("telephone", "+33411111111"), ("absent", "non"), ("notes", "Un\nDeux")]
    ailleurs = [("nom", "Bergé"), ("absent", "oui"), ("notes", "Trois")]
    ensemble = (("nom",), ("telephone", "absent"), ("notes",))
    # An unticked box is not sent; a browser ends lines its own way.
    envoyee = Saisie([("nom", "Vidal"), ouverte[1], ("notes", "Un\r\nDeux"), *ouverts(ouverte)])
    relue, changes = reprise(envoyee, ailleurs, ensemble)
    assert changes == {"nom"}
    assert [relue.un(nom) for nom in ("nom", "telephone", "absent", "notes")] == ["Vidal", "", "oui", "Trois"]
    # Sent again as it is, only the same was touched; who says a number says that there is one.
    assert reprise(relue, ailleurs, ensemble)[1] == {"nom"}
    assert reprise(relue.avec("absent", ""), ailleurs, ensemble)[1] == {"nom", "telephone", "absent"}
