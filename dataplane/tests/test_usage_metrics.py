"""CPU and memory are percent of the task's limits, told of the cluster MWAA would count the task in."""

import pytest

from hangar_agent.control import WorkerBounds
from hangar_agent.monitor_metrics import Wanted
from hangar_agent.task_metadata import TaskLimits
from hangar_agent.task_usage import Usage
from hangar_agent.usage_metrics import cluster_of, usage_metrics

LIMITS = TaskLimits(cpus=2.0, memory_bytes=4 << 30)
BOUNDS = WorkerBounds(1, 5)


def test_utilization_is_percent_of_the_limits_over_the_minute():
    data = usage_metrics(Usage(0, 100, 0), Usage(60, 130, 1 << 30), LIMITS, {"Cluster": "Scheduler"}, 600.0)
    assert [(each["MetricName"], each["Value"], each["Unit"], each["Timestamp"]) for each in data] == [
        ("CPUUtilization", 25.0, "Percent", 600.0),
        ("MemoryUtilization", 25.0, "Percent", 600.0),
    ]
    assert all(each["Dimensions"] == [{"Name": "Cluster", "Value": "Scheduler"}] for each in data)


def test_time_that_went_with_an_orphan_is_no_negative_use_and_a_clock_that_stood_still_tells_nothing():
    (cpu, _) = usage_metrics(Usage(0, 100, 0), Usage(60, 90, 0), LIMITS, {}, 0.0)
    assert cpu["Value"] == 0
    assert usage_metrics(Usage(5, 100, 0), Usage(5, 101, 0), LIMITS, {}, 0.0) == []


def test_a_scheduler_and_a_web_server_are_clusters_of_their_own():
    assert (cluster_of("scheduler", None, None), cluster_of("web", None, None)) == ("Scheduler", "WebServer")


@pytest.mark.parametrize(
    ("wanted", "clusters"),
    [
        ([1, 3, 5, 1], ["BaseWorker", "BaseWorker", "BaseWorker", "BaseWorker"]),
        ([3, 2, 4], ["AdditionalWorker", "AdditionalWorker", "AdditionalWorker"]),
        ([3, 1, 3], ["AdditionalWorker", "BaseWorker", "BaseWorker"]),
        ([None, 3, None], [None, "AdditionalWorker", "AdditionalWorker"]),
    ],
)
def test_a_worker_is_a_base_worker_from_when_no_more_than_the_least_are_wanted(wanted, clusters):
    cluster, seen = None, []
    for workers in wanted:
        cluster = cluster_of("worker", None if workers is None else Wanted(workers, BOUNDS), cluster)
        seen.append(cluster)
    assert seen == clusters


def test_an_older_control_document_names_no_cluster():
    assert cluster_of("worker", Wanted(1, None), None) is None
