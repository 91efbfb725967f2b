"""Des lecteurs qui redemandent dès qu'ils ont leur réponse, dans un processus à eux."""

import asyncio
import time


def requete(adresse: str, entetes: dict[str, str]) -> bytes:
    """Toute la demande, telle qu'elle part."""
    lignes = "".join(f"{nom}: {valeur}\r\n" for nom, valeur in entetes.items())
    return f"GET {adresse} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lignes}\r\n".encode()


async def lire(port: int, requetes: list[bytes], secondes: float) -> list[float]:
    """Ce que chaque réponse a pris, en ms. requetes : une par lecteur, toujours la sienne."""
    durees: list[float] = []
    limite = time.monotonic() + secondes

    async def lecteur(demande: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        try:
            while time.monotonic() < limite:
                debut = time.perf_counter()
                writer.write(demande)
                await _reponse(reader)
                durees.append((time.perf_counter() - debut) * 1000)
        finally:
            writer.close()

    await asyncio.gather(*(lecteur(demande) for demande in requetes))
    return durees


async def _reponse(reader: asyncio.StreamReader) -> None:
    entete = (await reader.readuntil(b"\r\n\r\n")).lower()
    [longueur] = [
        int(ligne.split(b":")[1]) for ligne in entete.split(b"\r\n") if ligne.startswith(b"content-length")
    ]
    corps = await reader.readexactly(longueur)
    if not entete.startswith(b"http/1.1 200"):
        raise RuntimeError(f"{entete.splitlines()[0].decode()} : {corps[:200].decode()}")
