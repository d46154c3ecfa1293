"""Many random schedules in one test: a test of its own for each costs more than most schedules do."""

CHUNK = 50


def chunks(schedules):
    """Return the seeds of so many schedules, some to a test."""
    return [range(begin, min(begin + CHUNK, schedules)) for begin in range(0, schedules, CHUNK)]


def play(seeds, schedule):
    """Play the schedule of each seed. A failure names its seed, and `play([seed], schedule)` plays that one."""
    for seed in seeds:
        try:
            schedule(seed)
        except Exception as error:
            error.add_note(f"This was the schedule of seed {seed}.")
            raise
