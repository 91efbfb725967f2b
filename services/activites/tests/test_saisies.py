"""La porte et le domaine nomment les mêmes champs : rien ne se saisit en vain, rien ne manque à la porte."""

from activites.api.saisies import AtelierSaisi, IndividuelSaisi
from activites.domain.faits import Contenu
from events.named import fields_of


def test_chaque_champ_du_compte_rendu_se_saisit_et_chaque_champ_saisi_y_arrive():
    saisis = {*IndividuelSaisi.model_fields, *AtelierSaisi.model_fields}
    # The door counts one beneficiary: its residence is theirs, the rest makes the participants.
    assert saisis - {"beneficiaire"} == {*fields_of(Contenu)} - {"residence"}
