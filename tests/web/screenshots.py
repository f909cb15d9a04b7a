"""Every page as a picture: `python -m tests.web.screenshots --out DIR`, in light, in the dark, and 390 pixels wide."""

import argparse
from pathlib import Path

from kempt.ledger.server import ensure_server
from kempt.usecases.decide import decide_item
from kempt.usecases.members import add_member
from kempt.usecases.policy_versions import FILES
from tests.factory import new_desk
from tests.postgres import empty_home
from tests.web.browser import NARROW, WIDE, Stage, staged
from tests.web.furnish import furnish, person_of
from tests.web.site import new_site, pages_of

LOOKS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "390": {"color_scheme": "light", "viewport": NARROW, "device_scale_factor": 2},
}


def main() -> None:
    """Makes a tenant with questions of each kind and takes a picture of each page."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with empty_home() as settings:
        ensure_server(settings)
        desk = new_desk(settings, "northpeak")
        for name in ("ines", "omar"):
            add_member(desk.tenant, name, ["merge_authority", "team_lead", "revops"], by="ada", now=desk.tick())
        asked = furnish(
            desk, merges=[(person_of(at), person_of(at, "shop")) for at in range(8)],
            changes=[(person_of(at), "Head of Buying") for at in range(100, 105)],
            stale=[person_of(at) for at in range(200, 203)],
        )  # fmt: skip
        decide_item(desk.tenant, asked.merges[1], "reject", steward="omar", now=desk.tick(), note="different: no kin")
        with new_site(desk.settings) as site, staged(site) as stage:
            known = {"tenant": desk.name, "proposal": asked.merges[0], "name": FILES, "token": "a-token"}
            paths = pages_of(site.app, known) | {
                "inbox-all": f"/t/{desk.name}/inbox?whose=anybody", "value": f"/t/{desk.name}/items/{asked.changes[0]}",
                "stale": f"/t/{desk.name}/items/{asked.stale[0]}", "decided": f"/t/{desk.name}/items/{asked.merges[1]}",
                "nothing": f"/t/{desk.name}/items/00000000", "inbox-mine": f"/t/{desk.name}/inbox?whose=mine",
            }  # fmt: skip
            for look, options in LOOKS.items():
                take(stage, out, look, options, paths)


def take(stage: Stage, out: Path, look: str, options: dict[str, object], paths: dict[str, str]) -> None:
    """One picture a page, from its top to its end; those for strangers without anybody signed in."""
    for who in ("ines", None):
        page = stage.page(who, **options)
        for name, path in paths.items():
            if (name in ("sign_in", "link")) == (who is None):
                page.goto(path)
                page.screenshot(path=str(out / f"{name}-{look}.png"), full_page=True)
    stage.tidy()


if __name__ == "__main__":
    main()
