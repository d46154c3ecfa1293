"""boto3's MWAA client, unmodified, and the ways its guarantees look at an answer (mwaa_conformance.py)."""

import json
import os
import socket
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
ENDPOINT = os.environ["HANGAR_ENDPOINT"]
BASE = dict(
    ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
    SourceBucketArn="arn:aws:s3:::my-dags",
    DagS3Path="dags/",
    NetworkConfiguration={"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a"]},
)
resolved = socket.getaddrinfo


def on_this_machine(host, *rest, **named):
    """A resolver that knows the hosts a prefix makes, as wildcard DNS would."""
    name = host.decode() if isinstance(host, bytes) else host
    return resolved("127.0.0.1" if str(name).endswith(("127.0.0.1", "localhost")) else host, *rest, **named)


socket.getaddrinfo = on_this_machine


def client(endpoint=ENDPOINT, prefixed=False, **credentials):
    config = Config(inject_host_prefix=prefixed, retries={"max_attempts": 0})
    return boto3.client("mwaa", endpoint_url=endpoint, config=config, **credentials)


mwaa = client()


def advance(name):
    print(json.dumps({"advance": name}), flush=True)
    sys.stdin.readline()


def refused(call, code, status, **members):
    try:
        call(**members)
    except ClientError as error:
        answer = error.response
        assert answer["Error"]["Code"] == code, answer
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, answer
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == code, answer
        assert answer["ResponseMetadata"]["RequestId"], answer
        return answer
    raise AssertionError(f"accepted: {members}")


def invalid(call, **members):
    return refused(call, "ValidationException", 400, **members)["Error"]["Message"]


def missing(call, **members):
    return refused(call, "ResourceNotFoundException", 404, **members)["Error"]["Message"]


def arn(name, account=ACCOUNT, region="us-east-1"):
    return f"arn:aws:airflow:{region}:{account}:environment/{name}"


def available(name, **members):
    mwaa.create_environment(Name=name, **BASE, **members)
    advance(name)
    return mwaa.get_environment(Name=name)["Environment"]


def shown(name):
    return mwaa.get_environment(Name=name)["Environment"]
