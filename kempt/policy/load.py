"""Reading policies/: every file strictly, every problem with its line; and reading back what was kept of a version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pydantic

from kempt.errors import StopRun
from kempt.ids import canonical_json, digest
from kempt.matching.load import load_spec
from kempt.matching.spec import MatchSpec
from kempt.policy.authority import AuthorityPolicy
from kempt.policy.autonomy import AutonomyPolicy
from kempt.policy.budget import BudgetPolicy
from kempt.policy.enrichment import EnrichmentPolicy
from kempt.policy.hygiene import HygienePolicy
from kempt.policy.protection import ProtectionPolicy
from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.records.model import EntityType
from kempt.strict_yaml import parse

PROTECTION = "protection"

AnySection = (
    MatchSpec
    | SurvivorshipPolicy
    | AutonomyPolicy
    | AuthorityPolicy
    | HygienePolicy
    | EnrichmentPolicy
    | BudgetPolicy
    | ProtectionPolicy
)

MODELS: Mapping[str, type[pydantic.BaseModel]] = {
    "matching": MatchSpec,
    "survivorship": SurvivorshipPolicy,
    "autonomy": AutonomyPolicy,
    "authority": AuthorityPolicy,
    "hygiene": HygienePolicy,
    "enrichment": EnrichmentPolicy,
    "budget": BudgetPolicy,
    PROTECTION: ProtectionPolicy,
}
"""The kinds of sections, and what each file holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What the system may do, as one run sees it from start to end."""

    matching: dict[EntityType, MatchSpec]
    survivorship: dict[EntityType, SurvivorshipPolicy]
    autonomy: AutonomyPolicy
    authority: AuthorityPolicy
    hygiene: HygienePolicy
    enrichment: EnrichmentPolicy
    budget: BudgetPolicy
    protection: ProtectionPolicy
    """The guard-rails of the installation: no part of a version, so that tightening them reaches every tenant."""
    version: str = field(init=False)
    """One name for all sections together. Worked out once: every decision names it."""

    def __post_init__(self) -> None:
        versions = {name: section.version for name, section in self.sections().items()}
        object.__setattr__(self, "version", digest(canonical_json(versions)))

    def sections(self) -> dict[str, AnySection]:
        """Every section of a version by its name, in a fixed order."""
        return {
            **{f"matching/{entity_type}": spec for entity_type, spec in self.matching.items()},
            **{f"survivorship/{entity_type}": policy for entity_type, policy in self.survivorship.items()},
            "autonomy": self.autonomy,
            "authority": self.authority,
            "hygiene": self.hygiene,
            "enrichment": self.enrichment,
            "budget": self.budget,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where policy files stand: the project's folder, and one whose files stand in for those of the same name."""

    base: Path
    own: Path | None = None

    def file(self, name: str) -> Path:
        """The file that counts, as in `matching/person.yaml`."""
        own = self.own / name if self.own is not None else None
        return own if own is not None and own.is_file() else self.base / name

    def cases(self) -> list[Path]:
        """The files of cases, in the order of their names."""
        folders = [folder / "tests" for folder in (self.base, self.own) if folder is not None]
        names = {path.name for folder in folders for path in folder.glob("*.yaml")}
        return [self.file(f"tests/{name}") for name in sorted(names)]


def load_policies(folder: Path, own: Path | None = None) -> Policies:
    """The policies of a folder, some files replaced by those of another; nothing is taken over when one is wrong."""
    files = Folders(base=folder, own=own)
    if not folder.is_dir():
        raise StopRun(f"{folder}: no such folder. Expected the project's policies/ folder.")
    kinds: tuple[EntityType, ...] = get_args(EntityType)
    hygiene = parse(HygienePolicy, files.file("hygiene.yaml"))
    return Policies(
        matching={kind: load_spec(files.file(f"matching/{kind}.yaml"), kind) for kind in kinds},
        survivorship={kind: hygiene.aged(_survivorship(files, kind)) for kind in kinds},
        autonomy=parse(AutonomyPolicy, files.file("autonomy.yaml")),
        authority=parse(AuthorityPolicy, files.file("authority.yaml")),
        hygiene=hygiene,
        enrichment=parse(EnrichmentPolicy, files.file("enrichment.yaml")),
        budget=parse(BudgetPolicy, files.file("budget.yaml")),
        protection=_protection(files),
    )


def kept_body(section: AnySection) -> str:
    """What is kept of a section: its content as canonical JSON, of which its version is the digest."""
    return canonical_json(section.model_dump(mode="json")).decode()


def policies_from(bodies: Mapping[str, str], protection: ProtectionPolicy) -> Policies:
    """The policies of a version, from the bodies of its sections by name, under the guard-rails of now."""

    def read(name: str) -> Any:
        try:
            return MODELS[name.split("/")[0]].model_validate_json(bodies[name])
        except (KeyError, pydantic.ValidationError):
            raise StopRun(
                f"section {name} of the policy version was written for another Kempt and cannot be read by this one. "
                "Activate another version, or the files by `kempt policy rollback --to files`."
            ) from None

    kinds: tuple[EntityType, ...] = get_args(EntityType)
    return Policies(
        matching={kind: read(f"matching/{kind}") for kind in kinds},
        survivorship={kind: read(f"survivorship/{kind}") for kind in kinds},
        autonomy=read("autonomy"),
        authority=read("authority"),
        hygiene=read("hygiene"),
        enrichment=read("enrichment"),
        budget=read("budget"),
        protection=protection,
    )


def load_protection(folder: Path) -> ProtectionPolicy:
    """The guard-rails of the installation."""
    return parse(ProtectionPolicy, folder / f"{PROTECTION}.yaml")


def _protection(files: Folders) -> ProtectionPolicy:
    protection = load_protection(files.base)
    own = files.own / f"{PROTECTION}.yaml" if files.own is not None else None
    if own is not None and own.is_file() and parse(ProtectionPolicy, own).version != protection.version:
        raise StopRun(
            f"{own}:1: guard-rails hold for the installation and are not a tenant's. Remove the file, or change "
            f"{files.base / PROTECTION}.yaml."
        )
    return protection


def _survivorship(files: Folders, entity_type: EntityType) -> SurvivorshipPolicy:
    path = files.file(f"survivorship/{entity_type}.yaml")
    policy = parse(SurvivorshipPolicy, path)
    if policy.entity_type != entity_type:
        raise StopRun(f"{path}: entity_type is '{policy.entity_type}'. Expected '{entity_type}', as the file is named.")
    return policy
