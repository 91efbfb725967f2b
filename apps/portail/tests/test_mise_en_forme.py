"""Les notes : leur mise en forme se lit, et rien de ce qu'elles portent ne s'exécute."""

from html.parser import HTMLParser

import pytest
from portail.mise_en_forme import mis_en_forme

PERMISES = {"p", "br", "ul", "ol", "li", "b", "strong", "i", "em", "u", "a", "bdi"}
REL = "noopener noreferrer nofollow"


class _Relecture(HTMLParser):
    """What a page would hold. Raises AssertionError on anything else than our tags, closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ouvertes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in PERMISES
        vers = str(dict(attrs).get("href"))
        assert attrs == ([("href", vers), ("rel", REL)] if tag == "a" else [])
        assert tag != "a" or ("a" not in self.ouvertes and vers.lower().startswith(("http://", "https://")))
        assert tag != "li" or self.ouvertes[-1] in ("ul", "ol")
        assert tag == "br" or not self.ouvertes or self.ouvertes[-1] not in ("ul", "ol") or tag == "li"
        if tag != "br":
            self.ouvertes.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.ouvertes.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def test_les_paragraphes_les_listes_et_les_gras_se_lisent() -> None:
    notes = "<p>À <strong>revoir</strong> :<br>lundi</p><ul><li>a</li><li><em>b</em></li></ul>"
    assert mis_en_forme(notes) == notes
    assert mis_en_forme("Sans balise\nà la ligne") == "<p>Sans balise\nà la ligne</p>"
    assert mis_en_forme("<p>&lt;b&gt; &amp;</p>") == "<p>&lt;b&gt; &amp;</p>"
    assert mis_en_forme("<p>a</p>\n<ul>\n<li>b</li>\n</ul>") == "<p>a</p><ul><li>b</li></ul>"


def test_un_lien_dit_ou_il_mene() -> None:
    lien = f'<a href="https://pix.fr/?a=1&amp;b=2" rel="{REL}">'
    assert mis_en_forme('<a href="https://pix.fr/?a=1&amp;b=2" rel="x" onclick="y">Pix</a> !') == (
        f"<p>{lien}Pix</a> (<bdi>https://pix.fr/?a=1&amp;b=2</bdi>) !</p>"
    )
    for texte in ("", "https://pix.fr/?a=1&amp;b=2"):
        assert mis_en_forme(f'<p><a href="https://pix.fr/?a=1&amp;b=2">{texte}</a></p>') == (
            f"<p>{lien}https://pix.fr/?a=1&amp;b=2</a></p>"
        )
    ailleurs = (
        "javascript:x",
        "java\nscript:x",
        " data:x",
        "//pix.fr",
        "/espace",
        "http:x",
        "https://[",
        "mailto:a@b",
    )
    cachees = ("https://pix.fr/\u202eexe", "https://a b", "https://pix.fr\\@x", "https://" + "a" * 2_000)
    for vers in (*ailleurs, *cachees):
        assert mis_en_forme(f'<p><a href="{vers}">Pix</a></p>') == "<p>Pix</p>"


def test_un_lien_ne_se_lit_pas_comme_une_autre_adresse() -> None:
    for vers in (
        "https://www.impots.gouv.fr@evil.example/",
        "https://www.impots.gouv.fr:secret@evil.example/",
        "https://www.impots.gouv.fr%2e.evil.example/",
        "https://www.impots.gouv.fr\u2100evil.example/",
        "https://www.impots.gouv.fr:port/",
    ):
        assert mis_en_forme(f'<p><a href="{vers}">{vers}</a></p>') == f"<p>{vers}</p>"
    cyrillique, ascii_ = "https://\u0430pple.com:81/é", "https://xn--pple-43d.com:81/é"
    assert mis_en_forme(f'<a href="{cyrillique}">{cyrillique}</a>') == (
        f'<p><a href="{ascii_}" rel="{REL}">{cyrillique}</a> (<bdi>{ascii_}</bdi>)</p>'
    )
    assert mis_en_forme('\u2067<a href="https://evil.example">rf.xip\u202e</a>\u200f') == (
        f'<p><a href="https://evil.example" rel="{REL}">rf.xip</a> (<bdi>https://evil.example</bdi>)</p>'
    )


@pytest.mark.parametrize(
    "hostile",
    [
        '<a href="https://x"><a href="https://y">b<ul><li>c</a>' * 5000,
        "<b>" * 30 + '<a href="https://x" href="javascript:alert">b',
        "<script>alert(1)</script><p>a",
        "<style>p{}</style><script>alert(1)",
        '<p onclick="alert(1)" style="x">a</p><img src=x onerror=alert(1)><svg/onload=alert(1)>',
        "</p></ul></dd></dl><li>a</li><ul>b<p>c<ol><li>d<li>e",
        "<b><p>a</b></p><i><ul></i></ul></div></html>",
        "<!-- --><!doctype html><?php a ?><![CDATA[<b>]]><p",
        "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x&#62;",
        "<" * 500 + "<ul><li>" * 5000 + "</b>" * 5000,
        "<title></p><textarea><b>&</textarea><plaintext><p>",
    ],
)
def test_des_notes_hostiles_ne_sont_que_du_texte_bien_ferme(hostile: str) -> None:
    relecture = _Relecture()
    relecture.feed(propre := str(mis_en_forme(hostile)))
    relecture.close()
    assert relecture.ouvertes == []
    assert "alert(1)" not in propre or "<script" not in hostile
