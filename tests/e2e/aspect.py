"""L'aspect des pages : des références en images, et ce qui s'en écarte, pixel par pixel.

Le navigateur lui-même lit et compare les images. Une référence a peu de couleurs, donc pèse peu : la
comparaison laisse à chaque couleur plus que ce que l'on en arrondit.
"""

import base64
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page
from visite import LARGE, TELEPHONE, Visites

ROOT = Path(__file__).resolve().parents[2]
REFERENCES = Path(__file__).parent / "portail" / "references"
ECARTS = ROOT / ".local" / "aspect"
TAILLES = {"1280": LARGE, "360": TELEPHONE}
PAGES = {
    "composants": "/composants",
    "connexion": "/connexion",
    "cra-vierge": "/hors-ligne",
    "plan-du-site": "/plan-du-site",
    "introuvable": "/n/existe/pas",
}
"""Rien d'elles ne tient au jour, à une personne ou à ce que d'autres essais ont écrit."""
TOLERANCE = 0.002
"""Part des pixels d'une bande : un composant changé se voit aussi au milieu d'une longue page."""
_VARIABLE = "aside.annonce, main code"
"""L'annonce d'un autre essai, le numéro d'une demande."""
_BANDE = 200
_NUANCE = 18
"""Ce dont une couleur peut s'écarter : notre arrondi, le lissage d'un autre processeur."""
_PAS = 20
"""De combien en combien les références arrondissent le rouge, le vert et le bleu."""

_DESSINER = """
  const dessiner = async (adresse) => {
    const image = new Image();
    image.src = adresse;
    await image.decode();
    const toile = document.createElement("canvas");
    [toile.width, toile.height] = [image.width, image.height];
    toile.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
    return toile;
  };
"""
_REDUIRE = f"""async ([adresse, pas]) => {{
  {_DESSINER}
  const toile = await dessiner(adresse);
  const image = toile.getContext("2d").getImageData(0, 0, toile.width, toile.height);
  const arrondi = Array.from({{ length: 256 }}, (_, v) => Math.min(255, Math.round(v / pas) * pas));
  const palette = new Map(), rangs = new Uint8Array(image.width * image.height), d = image.data;
  for (let n = 0; n < rangs.length; n++) {{
    const couleur = (arrondi[d[4 * n]] << 16) | (arrondi[d[4 * n + 1]] << 8) | arrondi[d[4 * n + 2]];
    let rang = palette.get(couleur);
    if (rang === undefined) palette.set(couleur, (rang = palette.size));
    rangs[n] = rang;
  }}
  const couleurs = [...palette.keys()].flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]);
  const lecture = new FileReader();
  await new Promise((fini) => {{ lecture.onload = fini; lecture.readAsDataURL(new Blob([rangs])); }});
  return [image.width, image.height, couleurs, lecture.result];
}}"""
_COMPARER = f"""async ([vue, attendue, bande, nuance, tolerance]) => {{
  {_DESSINER}
  const toiles = [await dessiner(vue), await dessiner(attendue)];
  const [a, b] = toiles.map((t) => t.getContext("2d").getImageData(0, 0, t.width, t.height));
  const largeur = Math.max(a.width, b.width), hauteur = Math.max(a.height, b.height);
  const ecart = new ImageData(largeur, hauteur), bandes = new Array(Math.ceil(hauteur / bande)).fill(0);
  const pixel = (image, x, y) => (x < image.width && y < image.height ? (y * image.width + x) * 4 : -1);
  for (let y = 0; y < hauteur; y++)
    for (let x = 0; x < largeur; x++) {{
      const i = pixel(a, x, y), j = pixel(b, x, y), k = (y * largeur + x) * 4;
      let autre = i < 0 || j < 0;
      for (let c = 0; c < 3 && !autre; c++) autre = Math.abs(a.data[i + c] - b.data[j + c]) > nuance;
      if (autre) bandes[Math.floor(y / bande)]++;
      // What is alike is there, pale, to find one's way.
      for (let c = 0; c < 3; c++) ecart.data[k + c] = autre ? (c ? 0 : 255) : 191 + a.data[i + c] / 4;
      ecart.data[k + 3] = 255;
    }}
  const part = Math.max(...bandes) / (bande * largeur);
  if (part <= tolerance) return null;
  [toiles[0].width, toiles[0].height] = [largeur, hauteur];
  toiles[0].getContext("2d").putImageData(ecart, 0, 0);
  return [part, toiles[0].toDataURL("image/png")];
}}"""


@dataclass(frozen=True, slots=True)
class Ecart:
    """part : de la bande qui s'écarte le plus.   ecart : en rouge, ce qui diffère.   vue : la page, là."""

    nom: str
    part: float
    ecart: bytes
    vue: bytes

    def garder(self, references: Path) -> str:
        """Laisse les deux images dans un dossier, et dit où. references : le dossier de la sienne."""
        ECARTS.mkdir(parents=True, exist_ok=True)
        ecart, vue = ECARTS / f"{self.nom}-ecart.png", ECARTS / f"{self.nom}.png"
        ecart.write_bytes(self.ecart)
        vue.write_bytes(self.vue)
        return f"{self.nom} : {self.part:.1%} d'une bande, {ecart} ; si c'est voulu : cp {vue} {references}"


async def voir(page: Page) -> str:
    """L'image de toute la page montrée, en adresse `data:`, sans ce qui y change d'une fois à l'autre."""
    await page.wait_for_load_state("networkidle")
    await page.evaluate("choisis => document.querySelectorAll(choisis).forEach((e) => e.remove())", _VARIABLE)
    return _adresse(await page.screenshot(full_page=True, animations="disabled"))


async def comparer(toile: Page, reference: Path, vue: str) -> Ecart | None:
    """Ce en quoi cette vue n'est pas sa référence ; rien si elle l'est. toile : une page vide."""
    attendue = _adresse(reference.read_bytes())
    trouve = await toile.evaluate(_COMPARER, [vue, attendue, _BANDE, _NUANCE, TOLERANCE])
    if trouve is None:
        return None
    part, ecart = trouve
    return Ecart(reference.stem, part, _octets(ecart), await reduire(toile, vue))


async def refaire(visites: Visites) -> list[str]:
    """Écrit les références, et rend leurs noms."""
    REFERENCES.mkdir(exist_ok=True)
    toile = await visites.anonyme()
    for largeur, taille in TAILLES.items():
        page = await visites.anonyme(taille=taille)
        for nom, chemin in PAGES.items():
            await page.goto(chemin)
            (REFERENCES / f"{nom}-{largeur}.png").write_bytes(await reduire(toile, await voir(page)))
    return sorted(str(f.relative_to(ROOT)) for f in REFERENCES.iterdir())


async def reduire(toile: Page, vue: str) -> bytes:
    """La même image en 256 couleurs au plus : un PNG à palette, que Chromium n'écrit pas."""
    largeur, hauteur, palette, rangs = await toile.evaluate(_REDUIRE, [vue, _PAS])
    if len(palette) > 3 * 256:
        raise ValueError("plus de 256 couleurs : que _PAS soit plus grand")
    points = _octets(rangs)
    lignes = (points[debut : debut + largeur] for debut in range(0, len(points), largeur))
    morceaux = {
        b"IHDR": struct.pack(">2I5B", largeur, hauteur, 8, 3, 0, 0, 0),
        b"PLTE": bytes(palette),
        b"IDAT": zlib.compress(b"".join(b"\0" + ligne for ligne in lignes), 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(contenu)) + sorte + contenu + struct.pack(">I", zlib.crc32(sorte + contenu))
        for sorte, contenu in morceaux.items()
    )


def _adresse(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _octets(adresse: str) -> bytes:
    return base64.b64decode(adresse.partition(",")[2])
