"""Airflow's API server up in little more than half the processor time: FastAPI's fields are built at their first use.

A router of FastAPI makes its routes anew each time it is included in another one, and Airflow's are nested three deep:
each is made several times over, each time with a Pydantic adapter per parameter and answer (FastAPI 0.136:
`APIRouter.include_router`, `ModelField.__post_init__`; test_late_fields.py counts the adapters). Here an
adapter is made when it is first asked for, so the routes that were thrown away cost nothing, and the signature of a
function is read once.

What the routes are does not change. A type that FastAPI cannot use is told at its first request instead of at import.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SIGNATURES = 8192
"""Signatures remembered at most."""


class LateAdapter:
    """Stands for a field's adapter, and makes it when something of it is asked for."""

    def __init__(self, field: Any, build: Callable[[Any], None]) -> None:
        self._field = field
        self._build = build

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a copy being made asks for its protocol's before it has a field
            raise AttributeError(name)
        field = self._field
        if field._type_adapter is self:  # noqa: SLF001 - two threads that come here at once make two, equal ones
            self._build(field)
        return getattr(field._type_adapter, name)  # noqa: SLF001


def build_fields_late() -> None:
    """Change FastAPI in this process. Where it is not built as this expects, it is left as it is."""
    fields = _module("fastapi._compat.v2")
    build = getattr(getattr(fields, "ModelField", None), "__post_init__", None)
    if build and "_type_adapter" in build.__code__.co_names:
        fields.ModelField.__post_init__ = lambda field: setattr(field, "_type_adapter", LateAdapter(field, build))
    dependencies = _module("fastapi.dependencies.utils")
    read = getattr(dependencies, "_get_signature", None)
    if read:
        dependencies._get_signature = remembered(read)  # type: ignore[union-attr] # noqa: SLF001


def remembered(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `read` with a memory of what it answered. A callable that cannot be a key is read each time."""
    known = lru_cache(maxsize=SIGNATURES)(read)

    def answer(call: Any) -> Any:
        try:
            hash(call)
        except TypeError:
            return read(call)
        return known(call)

    return answer


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None
