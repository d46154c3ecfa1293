"""CloudWatch Logs, as far as a task needs it: make a group or a stream, put lines, read a stream.

Standard library only: Airflow's own processes use it, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hangar_agent.aws_json import AwsError, AwsJsonClient, AwsService, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hangar_agent.log_buffer import Batch, LogStream

NOT_THERE = "ResourceNotFoundException"
THERE_ALREADY = "ResourceAlreadyExistsException"
MOST_ANSWER_BYTES = 16 << 20
"""A page has up to 1 MB of lines, and JSON may write a byte of them as six."""
MOST_PAGES = 64


class LogService:
    """Safe to use from several threads. Every method raises AwsError."""

    def __init__(self, client: AwsJsonClient) -> None:
        self._client = client

    def create_group(self, name: str) -> None:
        """Make a group; one that is there already stays as it is."""
        self._create("CreateLogGroup", {"logGroupName": name})

    def create_stream(self, stream: LogStream) -> None:
        """Make a stream, and its group where there is none."""
        fields = {"logGroupName": stream.group, "logStreamName": stream.name}
        try:
            self._create("CreateLogStream", fields)
        except AwsError as error:
            if error.kind != NOT_THERE:
                raise
            self.create_group(stream.group)
            self._create("CreateLogStream", fields)

    def put(self, batch: Batch) -> None:
        """Store the events of a batch, in one request."""
        events = [{"timestamp": event.at, "message": event.message} for event in batch.events]
        fields = {"logGroupName": batch.stream.group, "logStreamName": batch.stream.name, "logEvents": events}
        self._client.call("PutLogEvents", fields)

    def stream_names(self, group: str, prefix: str) -> list[str]:
        """Return the names of a group's streams that begin so, in their order; none where there is no such group."""
        names: list[str] = []
        token: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            try:
                said = self._client.call(
                    "DescribeLogStreams", {"logGroupName": group, "logStreamNamePrefix": prefix, **token}
                )
            except AwsError as error:
                if error.kind == NOT_THERE:
                    return []
                raise
            names += [stream["logStreamName"] for stream in said.get("logStreams", [])]
            if not said.get("nextToken"):
                break
            token = {"nextToken": said["nextToken"]}
        return names

    def read(self, stream: LogStream) -> Iterator[tuple[int, str]]:
        """Give a stream's lines in order, with their times; at most 64 pages of about 1 MB."""
        fields: dict[str, Any] = {
            "logGroupName": stream.group,
            "logStreamName": stream.name,
            "startFromHead": True,
        }
        for _ in range(MOST_PAGES):
            said = self._client.call("GetLogEvents", fields)
            for event in said.get("events", []):
                yield event["timestamp"], event["message"]
            token = said.get("nextForwardToken")
            if not token or token == fields.get("nextToken"):
                return
            fields["nextToken"] = token

    def _create(self, operation: str, fields: dict[str, str]) -> None:
        try:
            self._client.call(operation, fields)
        except AwsError as error:
            if error.kind != THERE_ALREADY:
                raise


def log_service(environment: Mapping[str, str], region: str, credentials: Any = None) -> LogService:
    """Return the region's CloudWatch Logs; AWS_ENDPOINT_URL is honoured.

    `credentials`: what has `current()`, the keys to sign with; by default those the environment leads to.
    """
    endpoint = endpoint_of("CLOUDWATCH_LOGS", environment, f"https://logs.{region}.amazonaws.com")
    service = AwsService("logs", "Logs_20140328", endpoint, region, json_version="1.1")
    return LogService(AwsJsonClient(service, credentials, most_answer_bytes=MOST_ANSWER_BYTES))
