"""Seal and open a customer's clear values: AES-256-GCM, or SM4-GCM where the bank asks for it.

A sealed value is one byte for the algorithm, one for the length of the key's id, the id, a nonce of 12 bytes, and
ciphertext with its tag of 16 bytes. The customer's id is authenticated with it, so that no value can be moved to
another customer. Values of both algorithms and of every key in the ring can be read side by side.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kequn.errors import KequnError
from kequn.workspace import Workspace

VARIABLE = "KEQUN_CUSTOMER_KEYS"
FILE = "customer.keys"
NONCE, TAG, KEY_BYTES, SM4_BYTES = 12, 16, 32, 16
AES, SM4 = 1, 2
ALGORITHMS = {"aes": AES, "sm4": SM4}


class UnreadableError(KequnError):
    """A sealed value that cannot be opened: changed, of another customer, or of a key that is not at hand."""


@dataclass(frozen=True)
class Ring:
    """Keys by id, the first for sealing; ``algorithm`` is what is sealed with."""

    keys: Mapping[str, bytes]
    algorithm: int

    @property
    def current(self) -> str:
        return next(iter(self.keys))

    @property
    def header(self) -> bytes:
        """How a value sealed now begins."""
        name = self.current.encode()
        return bytes([self.algorithm, len(name)]) + name

    def seal(self, customer_id: int, values: Mapping[str, str]) -> bytes:
        """The values, for this customer alone."""
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        nonce = os.urandom(NONCE)
        return self.header + nonce + _encrypt(self.algorithm, self.keys[self.current], nonce, text, _of(customer_id))

    def open(self, customer_id: int, sealed: bytes) -> dict[str, str]:
        """What was sealed for the customer; raises UnreadableError."""
        algorithm, length = sealed[:2] if len(sealed) > 2 else (0, 0)
        name, rest = sealed[2 : 2 + length].decode("ascii", "replace"), sealed[2 + length :]
        if name not in self.keys or algorithm not in ALGORITHMS.values():
            raise UnreadableError(f"Key {name!r} of a customer's values is not at hand.", f"Add it to {VARIABLE}.")
        try:
            text = _decrypt(algorithm, self.keys[name], rest[:NONCE], rest[NONCE:], _of(customer_id))
        except (InvalidTag, ValueError):
            raise UnreadableError("A customer's values were changed, or belong to another customer.") from None
        values: dict[str, str] = json.loads(text.decode("utf-8", "surrogatepass"))
        return values


def ring(workspace: Workspace) -> Ring:
    """Keys from KEQUN_CUSTOMER_KEYS (``id:hex,id:hex``), else from keys/customer.keys, which is made once."""
    chosen = workspace.settings.text("console.cipher")
    if chosen not in ALGORITHMS:
        raise KequnError(f"console.cipher is {chosen!r}.", "Write aes or sm4.")
    return Ring(_keys(workspace), ALGORITHMS[chosen])


def fresh_key(workspace: Workspace) -> str:
    """Put a new key before the others in the key file and return its id; raises where the environment has the keys."""
    if os.environ.get(VARIABLE):
        raise KequnError(f"The keys come from {VARIABLE}.", "Put the new key before the others there.")
    known = _keys(workspace)
    name = next(str(number) for number in range(1, len(known) + 2) if str(number) not in known)
    _write(_file(workspace), {name: secrets.token_bytes(KEY_BYTES), **known})
    return name


def found_by(workspace: Workspace, key: bytes, token: str) -> str:
    """What the index holds for one of the bank's tokens: the token, or its HMAC-SM3 where SM4 is chosen."""
    if workspace.settings.text("console.cipher") != "sm4":
        return token
    made = hmac.HMAC(key, hashes.SM3())
    made.update(token.encode())
    return made.finalize().hex()


def _keys(workspace: Workspace) -> dict[str, bytes]:
    given = os.environ.get(VARIABLE)
    if given:
        return _parsed(given.split(","), VARIABLE)
    file = _file(workspace)
    if not file.is_file():
        _write(file, {"1": secrets.token_bytes(KEY_BYTES)}, first=True)
    return _parsed(file.read_text("ascii").split(), str(file))


def _parsed(entries: list[str], origin: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in entries:
        name, _, text = entry.strip().partition(":")
        try:
            keys[name] = bytes.fromhex(text)
        except ValueError:
            keys[name] = b""
        if not (name.isascii() and name.isalnum() and len(name) < 32 and len(keys[name]) == KEY_BYTES):
            raise KequnError(f"A key in {origin} is not written as id:hex.", f"Give {KEY_BYTES} bytes as hex each.")
    return keys


def _file(workspace: Workspace) -> Path:
    return workspace.home / "keys" / FILE


def _write(file: Path, keys: Mapping[str, bytes], first: bool = False) -> None:
    """Write the key file at once; the ``first`` never replaces one that another process has just made."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write("".join(f"{name}:{key.hex()}\n" for name, key in keys.items()))
        handle.flush()
        os.fsync(handle.fileno())
    if not first:
        fresh.rename(file)
        return
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(fresh)
    fresh.unlink()


def _for_sm4(key: bytes) -> bytes:
    """A key of SM4's length, of its own: one key never serves two algorithms."""
    return hashlib.blake2b(b"sm4", key=key, digest_size=SM4_BYTES).digest()


def _of(customer_id: int) -> bytes:
    return str(customer_id).encode()


def _encrypt(algorithm: int, key: bytes, nonce: bytes, text: bytes, label: bytes) -> bytes:
    if algorithm == AES:
        return AESGCM(key).encrypt(nonce, text, label)
    sealing = Cipher(algorithms.SM4(_for_sm4(key)), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(label)
    return sealing.update(text) + sealing.finalize() + sealing.tag


def _decrypt(algorithm: int, key: bytes, nonce: bytes, box: bytes, label: bytes) -> bytes:
    if algorithm == AES:
        return AESGCM(key).decrypt(nonce, box, label)
    opening = Cipher(algorithms.SM4(_for_sm4(key)), modes.GCM(nonce, box[-TAG:])).decryptor()
    opening.authenticate_additional_data(label)
    return opening.update(box[:-TAG]) + opening.finalize()
