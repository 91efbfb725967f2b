"""Les mêmes recherches après les parcours du portail : leur plateforme n'est pas celle du reste."""

from test_donnees_personnelles import (
    suivie,
    test_aucun_autre_utilisateur_de_la_machine_ne_lit_les_fichiers,
    test_aucun_message_du_bus_ne_dit_rien,
    test_le_fichier_de_statistiques_ne_dit_rien,
    test_les_bases_ne_disent_rien_hors_des_tables_de_lecture_prevues,
    test_les_journaux_et_les_mesures_ne_disent_rien,
    test_un_refus_ne_repete_pas_ce_qui_a_ete_saisi,
    test_une_personne_effacee_ne_se_lit_plus_nulle_part_et_revient_en_inconnue,
)

__all__ = [
    "suivie",
    "test_aucun_autre_utilisateur_de_la_machine_ne_lit_les_fichiers",
    "test_aucun_message_du_bus_ne_dit_rien",
    "test_le_fichier_de_statistiques_ne_dit_rien",
    "test_les_bases_ne_disent_rien_hors_des_tables_de_lecture_prevues",
    "test_les_journaux_et_les_mesures_ne_disent_rien",
    "test_un_refus_ne_repete_pas_ce_qui_a_ete_saisi",
    "test_une_personne_effacee_ne_se_lit_plus_nulle_part_et_revient_en_inconnue",
]
