"""Les contacts d'un lieu effacés : il reste sur la carte, sans téléphone, ni courriel, ni présentation."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cartographie.domain import lieu
from cartographie.domain.evenements import Event
from cartographie.domain.fiche import Contact
from cartographie.domain.lieu import ContactsEffaces, EffacerContacts, LieuEfface, LieuInconnu
from cartographie.erasure import effacer
from cartographie.projections import lieux_publies
from events.projection.projection import fold_rows
from events.store.store import Context, Store
from events.testing import Scenario
from events.types import START
from process.clock import Clock

type Fabrique = Callable[..., lieu.ReferencerLieu]

CONTEXT = Context("operateur", "demande-42")
MOTIF = "demande de la personne"
CONTACT = Contact("+33561020304", "zuldravine@foix.fr", "Demander Zuldravine", "Zuldravine vous accueille")


def test_les_contacts_s_effacent_une_fois_et_la_fiche_ne_change_plus(commande: Fabrique) -> None:
    demande = commande()
    [reference] = lieu.decide(demande, lieu.initial)
    efface = ContactsEffaces(demande.lieu_id, demande.maintenant)
    effacement = EffacerContacts(demande.lieu_id, demande.maintenant)
    Scenario(lieu).given(reference).when(effacement).then(efface)
    Scenario(lieu).given(reference, efface).when(effacement).then()
    Scenario(lieu).given(reference, efface).when(commande(empreinte="e2")).refused(LieuEfface)
    Scenario(lieu).when(effacement).refused(LieuInconnu)


async def test_un_lieu_efface_reste_publie_sans_contact(
    store: Store[Event], client: httpx2.AsyncClient, commande: Fabrique, remplir: Any, projeter: Any
) -> None:
    efface, autre = commande("1", contact=CONTACT), commande("2")
    await remplir(store, efface, autre)
    avant = (await client.get(f"/lieux/{efface.lieu_id}")).json()
    assert avant["telephone"] == CONTACT.telephone

    for _ in range(2):
        await effacer(store, "lieu", efface.lieu_id, MOTIF, CONTEXT, Clock().now())
    await projeter(store)
    apres = (await client.get(f"/lieux/{efface.lieu_id}")).json()
    contacts = ("telephone", "courriels", "presentation_resume", "presentation_detail")
    assert [apres[nom] for nom in contacts] == [None, [], None, None]
    assert {n: v for n, v in apres.items() if n not in contacts} == {
        n: v for n, v in avant.items() if n not in contacts
    }
    assert (await client.get(f"/lieux/{autre.lieu_id}")).json()["telephone"] is not None
    # Replayed from the first fact: the same row.
    faits = [recorded.event for recorded in await store.decode(await store.page(START))]
    ligne = fold_rows(lieux_publies, {}, faits)[efface.lieu_id]
    assert ligne is not None
    assert [ligne[nom] for nom in contacts] == [None, [], None, None]


async def test_on_n_efface_ici_que_des_lieux_connus(store: Store[Event]) -> None:
    with pytest.raises(LieuInconnu):
        await effacer(store, "lieu", uuid4(), MOTIF, CONTEXT, Clock().now())
    with pytest.raises(ValueError, match="compte"):
        await effacer(store, "compte", uuid4(), MOTIF, CONTEXT, Clock().now())
