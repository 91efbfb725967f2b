"""Les textes tapés par une personne, rendus sûrs à la porte : du texte seul, ou du HTML choisi."""

import unicodedata

import nh3

_BALISES = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a"}
_SANS_TEXTE = {"script", "style", "iframe", "object", "embed", "template", "noscript", "title", "textarea"}


def notes_assainies(html: str | None) -> str | None:
    """Le HTML des notes réduit aux balises permises ; None s'il n'y reste aucun texte.

    Un lien ne garde qu'une adresse http ou https, et reçoit rel="noopener noreferrer".
    """
    if html is None:
        return None
    propre = nh3.clean(
        html,
        tags=_BALISES,
        clean_content_tags=_SANS_TEXTE,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel="noopener noreferrer",
    )
    lisible = nh3.clean(propre, tags=set[str]()).replace("&nbsp;", " ").replace("\xa0", " ")
    return propre.strip() if lisible.strip() else None


def une_ligne(texte: str | None) -> str | None:
    """Un texte sans caractère de contrôle : les retours à la ligne deviennent des espaces."""
    if texte is None:
        return None
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in texte).strip() or None
