"""How many messages the environment's queue holds, seen and unseen ones, as SQS tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hangar_agent.aws_json import AwsError, AwsJsonClient, AwsService, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Mapping

WAITING, IN_FLIGHT = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"


class QueueDepth:
    """Asks for one queue."""

    def __init__(self, queue_url: str, environment: Mapping[str, str], region: str) -> None:
        parts = urlsplit(queue_url)
        endpoint = endpoint_of("SQS", environment, f"{parts.scheme}://{parts.netloc}")
        self._queue_url = queue_url
        self._client = AwsJsonClient(AwsService("sqs", "AmazonSQS", endpoint, region))

    def messages(self) -> int:
        """Return the number of messages that wait or are with a worker. Raises AwsError."""
        return sum(self.counts())

    def counts(self) -> tuple[int, int]:
        """Return how many messages wait, and how many are with a worker. Raises AwsError."""
        asked = {"QueueUrl": self._queue_url, "AttributeNames": [WAITING, IN_FLIGHT]}
        attributes = self._client.call("GetQueueAttributes", asked).get("Attributes", {})
        try:
            return int(attributes[WAITING]), int(attributes[IN_FLIGHT])
        except (KeyError, TypeError, ValueError) as error:
            raise AwsError(f"GetQueueAttributes: the answer lacks {error}") from error
