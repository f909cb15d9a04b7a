"""The master key from whoever keeps keys: a command prints it, as `vault kv get` or `aws kms decrypt` do."""

import shlex
import subprocess
from functools import lru_cache

from kempt.errors import Retry, StopRun

PATIENCE = 30
"""Seconds until a command has not answered."""


@lru_cache(maxsize=1)
def printed_key(command: str) -> str:
    """What the command printed, asked once in the life of this process. It is run without a shell.

    `printed_key.cache_clear()` makes the next call ask again.
    """
    try:
        done = subprocess.run(
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError as problem:
        raise StopRun(f"KEMPT_MASTER_KEY_COMMAND: there is no program {problem.filename!r} here.") from None
    except (ValueError, PermissionError) as problem:
        raise StopRun(f"KEMPT_MASTER_KEY_COMMAND cannot be run: {problem}.") from None
    except subprocess.TimeoutExpired:
        raise Retry(f"KEMPT_MASTER_KEY_COMMAND did not answer within {PATIENCE} seconds.") from None
    if done.returncode != 0:
        # What it printed may be half a key; what it complained of is not.
        complaint = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:300]
        raise Retry(f"KEMPT_MASTER_KEY_COMMAND failed with {done.returncode}: {complaint}")
    return done.stdout
