"""PutMetricData, within CloudWatch's limits on one request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hangar_agent.aws_json import AwsJsonClient, AwsService, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from hangar_agent.monitor_metrics import Datum

MOST_DATA = 500
"""Of one request. CloudWatch takes 1,000; fewer make a refusal cost less."""
MOST_BYTES = 900_000
"""Of the data of one request. CloudWatch takes 1 MB of everything."""


def cloudwatch(environment: Mapping[str, str], region: str) -> AwsJsonClient:
    """Return a client of the region's CloudWatch; AWS_ENDPOINT_URL is honoured."""
    endpoint = endpoint_of("CLOUDWATCH", environment, f"https://monitoring.{region}.amazonaws.com")
    return AwsJsonClient(AwsService("monitoring", "GraniteServiceVersion20100801", endpoint, region))


def put_metrics(client: AwsJsonClient, namespace: str, data: Sequence[Datum]) -> None:
    """Store the data, in as many requests as they need. Raises AwsError; what went before it is stored."""
    for batch in batches(data):
        client.call("PutMetricData", {"Namespace": namespace, "MetricData": batch})


def batches(data: Sequence[Datum]) -> Iterator[list[Any]]:
    """Cut the data into what one request carries."""
    batch: list[Any] = []
    size = 0
    for each in data:
        length = len(json.dumps(each))
        if batch and (len(batch) == MOST_DATA or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield batch
