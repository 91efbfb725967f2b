"""Les messages que la plateforme écrit aux personnes, lus dans la boîte locale."""

import stat
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from embedded.runtime import Platform
from scene import Scene, creer_une_equipe, finit_par, inviter


async def test_une_invitation_arrive_dans_la_boite_de_la_personne(scene: Scene, plateforme: Platform) -> None:
    coordinatrice = await scene.inscrite("Ecrivante", "coordinateur")
    invitee = await scene.inscrite("Lectrice", "mediateur")
    await inviter(coordinatrice, await creer_une_equipe(coordinatrice), invitee)
    dossier = plateforme.settings.folder / "courriels"

    async def recus() -> list[EmailMessage]:
        lus = [message_from_bytes(f.read_bytes(), policy=default) for f in dossier.glob("*.eml")]
        return [message for message in lus if message["To"] == invitee.email]

    [message] = await finit_par(recus, bool, 60)
    assert message["Subject"] == "Invitation à rejoindre une équipe sur La Coop de la médiation numérique"
    texte = message.get_body(("plain",))
    assert texte is not None
    assert f"{plateforme.settings.public_url}/espace/invitations" in texte.get_content()
    assert coordinatrice.email not in message.as_string()
    assert "Ecrivante" not in message.as_string()
    assert stat.S_IMODE(dossier.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in dossier.glob("*.eml")} == {0o600}
