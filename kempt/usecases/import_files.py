"""A stranger's export becomes sources of a tenant: declarations written, files put where they are read."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from kempt.errors import StopRun
from kempt.extracts.declare import Detection
from kempt.usecases.tenancy import Tenants
from kempt.whole_file import copy_whole, write_whole


def import_files(tenants: Tenants, name: str, detections: Sequence[Detection], *, day: date) -> list[Path]:
    """The files of the declarations, one for each detection.

    Keeps each declaration in the home's sources and copies its files into the drop folder.
    """
    tenant = tenants.open(name)
    folder = tenants.settings.home / "sources" / name
    folder.mkdir(parents=True, exist_ok=True)
    in_project = {each.source for each in tenant.declarations if not (folder / f"{each.source}.yaml").exists()}
    written = []
    for detection in detections:
        declaration = detection.declaration
        if declaration.source in in_project:
            raise StopRun(
                f"source {declaration.source} is declared in the project already. "
                "Rename the file, or edit that declaration."
            )
        for file in detection.files:
            into = tenant.drop / declaration.source / day.isoformat() / file.name
            into.parent.mkdir(parents=True, exist_ok=True)
            copy_whole(file, into)
        # Last: what is declared is read by every run from now on.
        target = folder / f"{declaration.source}.yaml"
        write_whole(target, detection.to_yaml())
        written.append(target)
    return written
