"""Builds the compiled kernel of the match engine; everything else about the package is in pyproject.toml.

Two shared libraries without Python in them: `_plain` runs on any processor, `_fast` on one with AVX2. The machine's C
compiler builds them, or, where there is none, the one in the `ziglang` wheel.
"""

import os
import platform
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNEL = Path("kempt/matching/kernel")
SOURCES = sorted(str(path) for path in (KERNEL / "source").glob("*.c"))
HEADERS = sorted(str(path) for path in (KERNEL / "source").glob("*.h"))
# The last two keep every result the same to the last bit, whatever compiler and processor.
FLAGS = ("-std=c11", "-O3", "-fPIC", "-fvisibility=hidden", "-Wall", "-ffp-contract=off", "-fno-fast-math")
FAST = ("-mavx2", "-mbmi", "-mbmi2", "-mpopcnt")


def compilers() -> list[list[str]]:
    """The compilers to try, in order."""
    named = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else []
    found = [[path] for name in ("cc", "gcc", "clang") if (path := shutil.which(name))]
    # By itself zig builds for exactly the machine it stands on.
    zig = [[sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline"]] if find_spec("ziglang") else []
    return [*named, *found, *zig]


class BuildKernel(build_ext):
    """Calls the C compiler itself: what setuptools takes from Python's own build may not exist here."""

    def get_ext_filename(self, fullname: str) -> str:
        return f"{fullname.replace('.', '/')}.so"

    def build_extension(self, ext: Extension) -> None:
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        # Elsewhere first: a process that has the old library open keeps it.
        made = target.with_suffix(".new")
        said = []
        for compiler in compilers():
            command = [*compiler, *FLAGS, *ext.extra_compile_args, "-shared", "-o", str(made), *SOURCES, "-lm"]
            run = subprocess.run(command, capture_output=True, text=True, env=os.environ | self.zig_caches())
            if run.returncode == 0:
                made.replace(target)
                return
            said.append(f"{' '.join(compiler)}: {run.stderr.strip()}")
        raise SystemExit(
            "\n".join([f"{ext.name}: no C compiler could build it. Install gcc, or the wheel ziglang.", *said])
        )

    def zig_caches(self) -> dict[str, str]:
        """Zig keeps 50 MB of compiled runtime, by default in the home directory."""
        kept = str(Path(self.build_temp).absolute())
        return {"ZIG_GLOBAL_CACHE_DIR": kept, "ZIG_LOCAL_CACHE_DIR": kept}


def libraries() -> list[Extension]:
    """What to build here."""
    builds = {"_plain": []} | ({"_fast": list(FAST)} if platform.machine().lower() in ("x86_64", "amd64") else {})
    package = ".".join(KERNEL.parts)
    return [
        Extension(f"{package}.{name}", SOURCES, depends=HEADERS, extra_compile_args=flags)
        for name, flags in builds.items()
    ]


setup(ext_modules=libraries(), cmdclass={"build_ext": BuildKernel})
