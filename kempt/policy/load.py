"""Reading policies/: every file strictly, every problem with its line."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from kempt.errors import StopRun
from kempt.ids import canonical_json, digest
from kempt.matching.load import load_spec
from kempt.matching.spec import MatchSpec
from kempt.policy.autonomy import AutonomyPolicy
from kempt.policy.enrichment import EnrichmentPolicy
from kempt.policy.hygiene import HygienePolicy
from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.records.model import EntityType
from kempt.strict_yaml import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What the system may do, as one run sees it from start to end."""

    matching: dict[EntityType, MatchSpec]
    survivorship: dict[EntityType, SurvivorshipPolicy]
    autonomy: AutonomyPolicy
    hygiene: HygienePolicy
    enrichment: EnrichmentPolicy

    def sections(self) -> dict[str, MatchSpec | SurvivorshipPolicy | AutonomyPolicy | HygienePolicy | EnrichmentPolicy]:
        """Every section by its name, in a fixed order."""
        return {
            **{f"matching/{entity_type}": spec for entity_type, spec in self.matching.items()},
            **{f"survivorship/{entity_type}": policy for entity_type, policy in self.survivorship.items()},
            "autonomy": self.autonomy,
            "hygiene": self.hygiene,
            "enrichment": self.enrichment,
        }

    @property
    def version(self) -> str:
        """One name for all sections together."""
        return digest(canonical_json({name: section.version for name, section in self.sections().items()}))


def load_policies(folder: Path) -> Policies:
    """The policies of a folder; nothing is taken over when one file is wrong."""
    if not folder.is_dir():
        raise StopRun(f"{folder}: no such folder. Expected the project's policies/ folder.")
    kinds: tuple[EntityType, ...] = get_args(EntityType)
    hygiene = parse(HygienePolicy, folder / "hygiene.yaml")
    return Policies(
        matching={kind: load_spec(folder / "matching" / f"{kind}.yaml", kind) for kind in kinds},
        survivorship={kind: hygiene.aged(_survivorship(folder, kind)) for kind in kinds},
        autonomy=parse(AutonomyPolicy, folder / "autonomy.yaml"),
        hygiene=hygiene,
        enrichment=parse(EnrichmentPolicy, folder / "enrichment.yaml"),
    )


def _survivorship(folder: Path, entity_type: EntityType) -> SurvivorshipPolicy:
    path = folder / "survivorship" / f"{entity_type}.yaml"
    policy = parse(SurvivorshipPolicy, path)
    if policy.entity_type != entity_type:
        raise StopRun(f"{path}: entity_type is '{policy.entity_type}'. Expected '{entity_type}', as the file is named.")
    return policy
