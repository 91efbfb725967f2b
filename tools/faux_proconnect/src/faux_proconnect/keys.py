"""Signing keys: one RSA and one EC at a time, rotated with or without overlap."""

from typing import Any

from joserfc.jwk import ECKey, KeyParameters, KeySet, RSAKey

type SigningKey = RSAKey | ECKey

ALGORITHMS = ("RS256", "ES256")


def make(alg: str) -> SigningKey:
    """A fresh private key for `alg`, its `kid` being its thumbprint."""
    parameters: KeyParameters = {"use": "sig", "alg": alg}
    if alg == "RS256":
        return RSAKey.generate_key(2048, parameters, private=True, auto_kid=True)
    return ECKey.generate_key("P-256", parameters, private=True, auto_kid=True)


class Keys:
    """current : what signs now.   published : what /jwks shows.   known : what a logout hint may bear."""

    def __init__(self) -> None:
        self.current = {alg: make(alg) for alg in ALGORITHMS}
        self.published: list[SigningKey] = list(self.current.values())
        self.known: list[SigningKey] = list(self.published)
        self._foreign: dict[str, SigningKey] = {}

    def rotate(self, *, overlap: bool = True, publish: bool = True) -> None:
        """New keys sign from now on; `overlap` keeps the old ones shown, `publish` shows the new ones."""
        old = list(self.current.values())
        self.current = {alg: make(alg) for alg in ALGORITHMS}
        new = list(self.current.values())
        self.published = (new if publish else []) + (old if overlap else [])
        self.known = (new + self.known)[:16]

    def settle(self) -> None:
        """End of a rotation: what signs is what is shown."""
        self.published = list(self.current.values())

    def foreign(self, alg: str) -> SigningKey:
        """A key of somebody else, for forgeries."""
        if alg not in self._foreign:
            self._foreign[alg] = make(alg)
        return self._foreign[alg]

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.published]}

    def known_set(self) -> KeySet:
        return KeySet(list(self.known))
