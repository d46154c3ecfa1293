"""kombu's SQS transport with a pause switch, a sign of life and a count of what is in hand.

Pausing issues no ReceiveMessage but keeps the consumer registered: cancelling the consumer instead strands the message
of the outstanding long poll for its whole visibility timeout. Imports no Airflow: kombu loads it by name.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any
from weakref import WeakSet

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from kombu.transport import SQS

from hangar_airflow.in_hand import celery_requests, tasks_in_hand
from hangar_airflow.own_credentials import own_credentials
from hangar_airflow.poll_file import PollFile

LOOK_AGAIN_SECONDS = 0.5
ACKNOWLEDGE_AGAIN_SECONDS = 2.0
LONGEST_POLL_SECONDS = 21.0
"""kombu gives every asynchronous request twenty seconds (kombu/asynchronous/aws/connection.py)."""

log = logging.getLogger(__name__)
_channels: WeakSet[Channel] = WeakSet()
_poll_files: dict[str | None, PollFile] = {}


class Channel(SQS.Channel):
    """kombu's channel, which asks for nothing while the pause file exists.

    While the file HANGAR_HELD_FILE exists it asks for messages of the queue HANGAR_CANARY_QUEUE_NAME only.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pause_file = os.environ.get("HANGAR_PAUSE_FILE")
        self._pause_file = Path(pause_file) if pause_file else None
        held_file = os.environ.get("HANGAR_HELD_FILE")
        self._held_file = Path(held_file) if held_file else None
        self._canary_queue = os.environ.get("HANGAR_CANARY_QUEUE_NAME")
        path = os.environ.get("HANGAR_POLL_FILE")
        self._poll_file = _poll_files.setdefault(
            path, PollFile(path, lambda: tasks_in_hand(list(_channels), celery_requests()))
        )
        super().__init__(*args, **kwargs)
        _channels.add(self)

    def new_sqs_client(self, region: str, *keys: Any, **more: Any) -> Any:
        """Make a client with the task's own keys: the queue is Hangar's, and the execution role need not reach it."""
        own = own_credentials()
        if own is None:
            return super().new_sqs_client(region, *keys, **more)
        session = botocore.session.Session()
        session._credentials = own  # noqa: SLF001 - botocore's only way to hand over keys that renew themselves
        return boto3.session.Session(botocore_session=session, region_name=region).client(
            "sqs",
            use_ssl=self.is_secure if self.is_secure is not None else True,
            endpoint_url=self.endpoint_url,
            config=Config(**(self.transport_options.get("client-config") or {})),
        )

    def close(self) -> None:
        """Close, and have a long poll that is still out counted until it must have ended."""
        self._poll_file.abandon(self, LONGEST_POLL_SECONDS)
        super().close()

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """Acknowledge, again and again while the queue's endpoint is away.

        kombu would log the failure and forget it: the message of a finished task would come back after its visibility
        timeout, and until then take a place of this worker.
        """
        try:
            super().basic_ack(delivery_tag, multiple)
        except (BotoCoreError, OSError) as error:
            log.warning("a task's message cannot be acknowledged now, tries again: %s", error)
            self.hub.call_later(ACKNOWLEDGE_AGAIN_SECONDS, self._acknowledge_again, delivery_tag)

    def _acknowledge_again(self, delivery_tag: str) -> None:
        if not self.closed:
            self.basic_ack(delivery_tag)

    def _pause(self) -> str | None:
        try:
            return self._pause_file.read_text(encoding="utf-8") if self._pause_file else None
        except FileNotFoundError:
            return None

    def _held(self, queue: str) -> bool:
        return self._held_file is not None and queue != self._canary_queue and self._held_file.exists()

    def _schedule_queue(self, queue: str) -> None:
        pause = self._pause()
        if pause is not None or self._held(queue):
            self._poll_file.write(pause)
            if queue in self._active_queues:
                self.hub.call_later(LOOK_AGAIN_SECONDS, self._schedule_queue, queue)
            return
        if queue in self._active_queues and self.qos.can_consume():
            self._poll_file.begin(self, queue)  # before it is sent: what is out must never be unknown
        else:
            self._poll_file.write()
        super()._schedule_queue(queue)

    def _loop1(self, queue: str, _: Any = None) -> None:
        self._poll_file.end(self, queue)
        super()._loop1(queue, _)

    def _on_messages_ready(self, queue_url: str, queue: str, messages: Any) -> None:
        """Take what a long poll brought; what arrives after the consumer has gone goes back to the queue at once.

        kombu would fail on it, and the message would be invisible to everyone for its whole visibility timeout.
        """
        if self.connection is not None and queue in self.connection._callbacks:  # noqa: SLF001 - kombu has no other place
            super()._on_messages_ready(queue_url, queue, messages)
            return
        for message in messages.get("Messages", ()) if isinstance(messages, dict) else ():
            try:
                self._predefined_queue_clients[queue].change_message_visibility(
                    QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
            except (BotoCoreError, ClientError, OSError) as error:
                log.warning("a message that arrived too late cannot be given back: %s", error)

    def _get_bulk(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        if self._pause() is not None or self._held(queue):
            raise SQS.Empty
        return super()._get_bulk(queue, *args, **kwargs)


class Transport(SQS.Transport):
    """What `broker_transport` names."""

    Channel = Channel
