"""Lends the keys of the execution role to all that is a user's in a task, in the place of the task's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.credential_endpoint import CredentialEndpoint
from hangar_agent.periodic import Periodic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hangar_agent.credentials import Credentials
    from hangar_agent.execution_role import RoleKeys
    from hangar_agent.settings import RoleSettings


class RoleLending:
    """For a task without an execution role (an earlier control plane made it) everything here does nothing."""

    def __init__(self, role: RoleSettings | None) -> None:
        self._role = role
        self._endpoint = CredentialEndpoint() if role else None
        self._keys: RoleKeys | None = None

    def for_components(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the variables components, and the startup script before them, inherit."""
        return self._endpoint.for_components(inherited) if self._endpoint else dict(inherited)

    def tell_own(self, file: Path) -> None:
        """Write the way to the task's own keys."""
        if self._endpoint:
            self._endpoint.tell_own(file)

    def serve(self) -> None:
        """Answer from now on. Once is enough."""
        if self._role is None or self._endpoint is None or self._keys:
            return
        from hangar_agent.credentials import CredentialSource  # noqa: PLC0415
        from hangar_agent.execution_role import RoleKeys, assume_role  # noqa: PLC0415

        role, own = self._role, CredentialSource()
        self._keys = RoleKeys(lambda now: assume_role(role, own, now))
        self._endpoint.serve(self._keys.current, own.current)

    def current(self) -> Credentials:
        """Return the keys components have: the role's, or the task's own where there is none. Raises NoCredentials."""
        from hangar_agent.credentials import CredentialSource, NoCredentials  # noqa: PLC0415

        if self._keys:
            return self._keys.current()
        if self._role:
            raise NoCredentials("the execution role's keys are not lent yet")
        return CredentialSource().current()

    def watch(self, hold: Callable[[RoleKeys], float], log: Callable[[str], None]) -> list[Periodic]:
        """Return the thread that has keys at hand before anything asks, where there is a role."""
        keys = self._keys
        return [Periodic("execution role", lambda: hold(keys), log)] if keys else []
