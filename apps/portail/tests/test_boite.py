"""La boîte locale : ce qui y est posé se lit, rien d'autre du disque, et jamais hors de sa machine."""

import os
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from portail import boite
from portail.settings import Settings
from pydantic import ValidationError


def poser(dossier: Path, objet: str, rang: int) -> str:
    message = EmailMessage()
    message["To"], message["Subject"] = "lea@ville.exemple.fr", objet
    message.set_content("Bonjour Léa,\n\nVoyez http://localhost:8082/espace/invitations.\n")
    message.add_alternative("<p>Bonjour</p>", subtype="html")
    fichier = dossier / f"{uuid4()}.eml"
    fichier.write_bytes(message.as_bytes())
    os.utime(fichier, (rang, rang))
    return fichier.name


def test_le_plus_recent_vient_d_abord_avec_son_texte_et_ses_liens(tmp_path: Path) -> None:
    poser(tmp_path, "Ancien", 1)
    nom = poser(tmp_path, "Récent", 2)
    recent, ancien = boite.messages(tmp_path)
    assert (recent.objet, ancien.objet, recent.a) == ("Récent", "Ancien", "lea@ville.exemple.fr")
    lu = boite.message(tmp_path, nom)
    assert lu is not None
    assert lu.texte.startswith("Bonjour Léa,")
    assert lu.liens == ["http://localhost:8082/espace/invitations"]


def test_une_boite_ou_personne_n_a_ecrit_est_vide(tmp_path: Path) -> None:
    assert boite.messages(tmp_path / "courriels") == []


@pytest.mark.parametrize("nom", ["../secret.eml", "/etc/passwd", ".en-cours", "autre.txt", "dossier.eml"])
def test_rien_d_autre_du_disque_ne_se_lit(tmp_path: Path, nom: str) -> None:
    (tmp_path / "courriels" / "dossier.eml").mkdir(parents=True)
    for fichier in (
        tmp_path / "secret.eml",
        tmp_path / "courriels" / ".en-cours",
        tmp_path / "courriels/autre.txt",
    ):
        fichier.write_bytes(b"Subject: non\n\nnon")
    assert boite.message(tmp_path / "courriels", nom) is None
    assert boite.messages(tmp_path / "courriels") == []


def test_elle_ne_s_ouvre_que_sur_sa_machine(tmp_path: Path) -> None:
    ici = {"service": "portail", "port": 0, "passerelle_url": "http://127.0.0.1:1", "boite": tmp_path}
    assert Settings.model_validate(ici | {"public_url": "http://localhost:8082"}).boite == tmp_path
    with pytest.raises(ValidationError, match="sa propre machine"):
        Settings.model_validate(ici | {"public_url": "https://coop.exemple.fr"})
