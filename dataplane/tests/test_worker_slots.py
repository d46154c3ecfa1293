"""Celery runs as many tasks at once as the monitor counts with."""

import pytest
from airflow_environment_of import environment_of, settings_of

from hangar_agent.worker_slots import AUTOSCALE, CONCURRENCY, WorkerSlots, task_slots, worker_slots


@pytest.mark.parametrize(
    ("autoscale", "slots"),
    [
        ("16,12", WorkerSlots(16, 12)),
        ("12,16", WorkerSlots(16, 12)),
        (" 8 , 8 ", WorkerSlots(8, 8)),
        ("7", WorkerSlots(7, 0)),
        ("", WorkerSlots(5)),
        ("0,0", WorkerSlots(5)),
        ("-3,1", WorkerSlots(5)),
        ("many", WorkerSlots(5)),
        ("3,2,1", WorkerSlots(5)),
        ("99999,1", WorkerSlots(5)),
    ],
)
def test_slots_are_the_maximum_of_worker_autoscale_and_the_classs_where_celery_would_not_start_with_it(
    autoscale, slots
):
    assert worker_slots({AUTOSCALE: autoscale}, 5) == slots


@pytest.mark.parametrize(
    ("options", "most", "autoscale"),
    [
        ({}, 5, None),
        ({AUTOSCALE: "12,16"}, 16, "16,12"),
        ({AUTOSCALE: "many"}, 5, None),
        ({CONCURRENCY: "40"}, 5, None),
        ({CONCURRENCY: "40", AUTOSCALE: "9,9"}, 9, "9,9"),
    ],
)
@pytest.mark.parametrize("version", ["3.3.1", "2.11.2"])
def test_celery_gets_the_very_slots_that_the_monitor_counts_with(options, most, autoscale, version):
    settings = settings_of("worker", options, HANGAR_AIRFLOW_VERSION=version)
    environment = environment_of(settings)
    assert task_slots(settings).most == most
    assert environment[CONCURRENCY] == str(most)
    assert environment.get(AUTOSCALE) == autoscale
