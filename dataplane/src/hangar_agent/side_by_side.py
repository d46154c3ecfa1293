"""Work on many things at once, a bounded number of threads wide: for waiting on a disk or a network, not for computing.

Not concurrent.futures: its threads finish what is queued before a process may end, and an agent must stop when told to.
"""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")


def for_each(items: Sequence[Item], work: Callable[[Item], object], most: int) -> None:
    """Call `work` with every item, in order, at most `most` at a time; one item costs no thread.

    Raises the first error once no call is under way any more; what was not begun by then is left undone.
    """
    waiting = iter(items)
    taking = threading.Lock()
    errors: list[BaseException] = []

    def go_on() -> None:
        try:
            while not errors:
                with taking:
                    taken = list(islice(waiting, 1))
                if not taken:
                    return
                work(taken[0])
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's own thread
            errors.append(error)

    others = [threading.Thread(target=go_on, daemon=True) for _ in range(min(most, len(items)) - 1)]
    for thread in others:
        thread.start()
    go_on()
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]
