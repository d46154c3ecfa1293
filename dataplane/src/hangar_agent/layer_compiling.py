"""Compiles a layer's modules where it is built, so that no task compiles them at its start.

The image's own Python does it, since only it knows its bytecode. The compiled files name their sources by hash and
carry no path of the build: the same modules are the same bytes wherever they were compiled, and so is the archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.layer_site import drop_compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hangar_agent.layer_process import Ended

COMPILE_SECONDS = 180.0


def compile_layer(
    layer: Path,
    parts: Sequence[Path],
    python: Path,
    run: Callable[[Sequence[str], dict[str, str], Path, float], Ended],
    environment: dict[str, str],
) -> list[str]:
    """Compile all modules below `parts`, folders of `layer`; return a warning when they stay as they are.

    A module that does not compile (packages bring templates and other languages' dialects) is left out: it fails where
    it is imported, as it always did. One process, in the order of names: what it writes depends on what it wrote
    before.
    """
    folders = [str(part) for part in parts if part.is_dir()]
    for part in parts:
        drop_compiled(part)
    if not folders:
        return []
    options = ["-q", "-q", "-f", "-j", "1", "--invalidation-mode", "unchecked-hash", "-s", str(layer)]
    command = [str(python), "-S", "-P", "-m", "compileall", *options, *folders]
    ended = run(command, environment, layer, COMPILE_SECONDS)
    if ended.code in {0, 1} and not ended.timed_out:  # 1: some do not compile
        return []
    for part in parts:
        drop_compiled(part)
    why = f"it took over {COMPILE_SECONDS:.0f} seconds" if ended.timed_out else f"it ended with code {ended.code}"
    return [f"its modules are not compiled, because {why}: tasks start a little slower"]
