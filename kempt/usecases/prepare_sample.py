"""The demo's data: generated once, then put where its sources look for it."""

import json
import shutil

from kempt.sample.generate import generate
from kempt.settings import Settings

TENANTS = ("northpeak", "blauwal")


def prepare_sample(settings: Settings, *, records: int, seed: int) -> None:
    """Fills the drop folders of the demo tenants; the truth stays apart, where no source reads."""
    folder, wanted = settings.home / "sample", {"records": records, "seed": seed}
    note = folder / "sample.json"
    if not note.exists() or json.loads(note.read_text()) != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        generate(folder, records=records, seed=seed)
        note.write_text(json.dumps(wanted))
    for tenant in TENANTS:
        shutil.copytree(folder / tenant, settings.drop / tenant, dirs_exist_ok=True)
