"""What an agent signs: a batch of proposals or decisions, by one Ed25519 signature over their digest.

    digest    = sha256(0x04 || length(item) item ...)        of each item's canonical bytes, in the order of their ids
    signature = ed25519(0x05 || canonical JSON of everything else in the message)

The message names tenant, agent, key, act, the moment and an id of its own, so that it counts once, for one tenant.
(Ed25519: RFC 8032.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kempt.agents.registry import Act, agent_named, refuse_unauthorized
from kempt.errors import StopRun
from kempt.ids import canonical_json, stable_id

BATCH = 1_000
"""Items under one signature: verifying one of them means to read them all."""
LIFETIME = timedelta(hours=24)
"""A message that is older is not taken."""
KEY_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentKey:
    """The public half of an agent's key, and from when to when it counts."""

    agent: str
    generation: int
    public: bytes
    valid_from: datetime
    valid_to: datetime
    revoked_at: datetime | None = None

    def problem(self, at: datetime) -> str | None:
        """What is wrong with the key at a moment."""
        if self.revoked_at is not None:
            return f"key {self.generation} of {self.agent} was revoked at {self.revoked_at:%Y-%m-%d %H:%M}"
        if not self.valid_from <= at < self.valid_to:
            return f"key {self.generation} of {self.agent} was not valid at {at:%Y-%m-%d %H:%M}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBatch:
    """What an agent put its name to at once."""

    tenant: str
    agent: str
    generation: int
    act: Act
    batch_id: str
    items: int
    digest: bytes
    signed_at: datetime
    signature: bytes = b""

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return b"\x05" + canonical_json(
            {
                "tenant": self.tenant,
                "agent": self.agent,
                "generation": self.generation,
                "act": self.act,
                "batch_id": self.batch_id,
                "items": self.items,
                "digest": self.digest.hex(),
                "signed_at": self.signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            }
        )

    def signature_holds(self, public: bytes) -> bool:
        """Whether the owner of this key signed just this."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, self.message)
        except InvalidSignature:
            return False
        return True


def digest_of(items: Mapping[str, bytes]) -> bytes:
    """The digest of items by id: another item, one more, one less or a changed byte gives another digest."""
    state = sha256(b"\x04")
    for name in sorted(items):
        state.update(len(items[name]).to_bytes(8, "big") + items[name])
    return state.digest()


def public_of(secret: bytes) -> bytes:
    """The public key, 32 bytes, of a private one of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign_batch(
    secret: bytes, *, tenant: str, agent: str, generation: int, act: Act, items: Mapping[str, bytes], at: datetime
) -> SignedBatch:
    """The items signed as one."""
    digest = digest_of(items)
    unsigned = SignedBatch(
        tenant=tenant,
        agent=agent,
        generation=generation,
        act=act,
        batch_id=stable_id("batch", tenant, agent, str(generation), act, digest.hex(), at.isoformat()),
        items=len(items),
        digest=digest,
        signed_at=at,
    )
    return replace(unsigned, signature=Ed25519PrivateKey.from_private_bytes(secret).sign(unsigned.message))


def refuse_batch(
    batch: SignedBatch, key: AgentKey, *, tenant: str, kinds: Iterable[str], done_today: int, now: datetime
) -> None:
    """Refuse a message that its agent may not send, or did not; whether it was taken before, the database knows.

    `kinds` are those of the proposals in it; `done_today` is what the agent has signed in the last 24 hours.
    """
    agent = agent_named(batch.agent)
    if batch.tenant != tenant or (agent.tenants is not None and tenant not in agent.tenants):
        raise StopRun(f"a batch of {batch.agent} for tenant {batch.tenant} is none for {tenant}. Nothing was taken.")
    if not agent.may(batch.act):
        raise StopRun(f"agent '{batch.agent}' may not {batch.act}. Nothing was taken.")
    for kind in sorted(set(kinds)):
        refuse_unauthorized(batch.agent, kind)
    if problem := key.problem(batch.signed_at):
        raise StopRun(f"{tenant}: {problem}. Nothing was taken; `kempt agent renew {batch.agent}` makes a new key.")
    if not batch.signature or not batch.signature_holds(key.public):
        raise StopRun(f"{tenant}: a batch of {batch.agent} is not signed by it. Nothing was taken.")
    if not now - LIFETIME <= batch.signed_at <= now + timedelta(minutes=5):
        raise StopRun(f"{tenant}: a batch of {batch.agent} was not signed today. Nothing was taken; sign it anew.")
    if done_today + batch.items > agent.most_in_a_day:
        raise StopRun(
            f"{tenant}: {batch.agent} made over {agent.most_in_a_day:,} in 24 hours, its limit. Nothing was taken; "
            "look at what it does, then raise the limit in the registry."
        )
