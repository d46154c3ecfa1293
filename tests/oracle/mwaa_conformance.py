"""boto3, unmodified, against the MWAA API. Each function that begins with `guarantee_` is one; its docstring says what
it keeps. Results go to stdout as JSON lines; a line `{"advance": name}` asks the other side to run the operation in
flight."""

import datetime
import json
import os
import traceback

from mwaa_client import BASE, ENDPOINT, advance, arn, available, client, invalid, missing, mwaa, refused, shown


def guarantee_create():
    """CreateEnvironment answers 200 with the ARN alone, is CREATING at once, and may be repeated"""
    first = mwaa.create_environment(Name="created", **BASE)
    assert first["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert {k: v for k, v in first.items() if k != "ResponseMetadata"} == {"Arn": arn("created")}
    assert shown("created")["Status"] == "CREATING"
    assert mwaa.create_environment(Name="created", **BASE)["Arn"] == arn("created")
    assert "already exists" in invalid(mwaa.create_environment, Name="created", **{**BASE, "DagS3Path": "other"})


def guarantee_get():
    """GetEnvironment shows what was set verbatim, times as datetimes, LastUpdate always, and omits what was not set"""
    options = {"core.x": "a b", "smtp.smtp_password": "secret"}
    environment = available("shown", AirflowConfigurationOptions=options, Tags={"team": "a"}, MaxWorkers=3)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert environment["Status"] == "AVAILABLE" and environment["Arn"] == arn("shown")
    assert isinstance(environment["CreatedAt"], datetime.datetime) and environment["CreatedAt"] < now
    assert isinstance(environment["LastUpdate"]["CreatedAt"], datetime.datetime)
    assert environment["LastUpdate"]["Status"] == "SUCCESS"
    assert environment["DagS3Path"] == "dags/" and environment["SourceBucketArn"] == BASE["SourceBucketArn"]
    assert environment["AirflowConfigurationOptions"] == options and environment["Tags"] == {"team": "a"}
    assert environment["NetworkConfiguration"] == BASE["NetworkConfiguration"] and environment["MaxWorkers"] == 3
    for absent in ["KmsKey", "PluginsS3Path", "RequirementsS3Path", "StartupScriptS3Path", "PluginsS3ObjectVersion"]:
        assert absent not in environment, absent
    assert not environment["WebserverUrl"].startswith("http")
    logging = environment["LoggingConfiguration"]
    assert sorted(logging) == ["DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs"]
    for module in logging.values():
        assert module["LogLevel"] and ("CloudWatchLogGroupArn" in module) == module["Enabled"]


def guarantee_validation():
    """What boto3 does not check, the service does: patterns, maxima, enums and the rules around them"""
    for wrong in [
        dict(Schedulers=9),
        dict(WebserverAccessMode="NOPE"),
        dict(AirflowConfigurationOptions={"core.my-key": "x"}),
        dict(WeeklyMaintenanceWindowStart="MON:25:00"),
        dict(EnvironmentClass="mw1.huge"),
        dict(AirflowVersion="9.9.9"),
        dict(RequirementsS3ObjectVersion="v1"),
        dict(KmsKey="alias"),
        dict(SourceBucketArn="arn:aws:s3:::nowhere"),
        dict(Tags={f"k{at}": "v" for at in range(51)}),
    ]:
        invalid(mwaa.create_environment, Name="never", **{**BASE, **wrong})
        missing(mwaa.get_environment, Name="never")
    invalid(mwaa.create_environment, Name="1st", **BASE)
    invalid(mwaa.create_environment, Name="a" * 81, **BASE)
    invalid(mwaa.list_environments, MaxResults=26)
    invalid(mwaa.list_environments, NextToken="made-up")


def guarantee_absence():
    """A 404 is the same whether nobody has the thing or another account does, and names nothing but what was asked"""
    for call in [
        mwaa.get_environment,
        mwaa.delete_environment,
        mwaa.update_environment,
        mwaa.create_cli_token,
        mwaa.create_web_login_token,
    ]:
        missing(call, Name="nobody")
    missing(mwaa.invoke_rest_api, Name="nobody", Path="/dags", Method="GET")
    messages = {
        missing(call, ResourceArn=one, **more).replace(one, "")
        for one in [arn("nobody"), arn("nobody", account="1" * 12), arn("nobody", region="eu-west-1")]
        for call, more in [
            (mwaa.list_tags_for_resource, {}),
            (mwaa.tag_resource, {"Tags": {"a": "b"}}),
            (mwaa.untag_resource, {"tagKeys": ["a"]}),
        ]
    }
    assert len(messages) == 1, messages


def guarantee_paging():
    """ListEnvironments gives 25 names a page in order; boto3's paginator finds them all, once"""
    names = [f"page-{at:02}" for at in range(27)]
    for name in names:
        mwaa.create_environment(Name=name, **BASE)
    page = mwaa.list_environments()
    assert len(page["Environments"]) == 25 and page["NextToken"]
    assert len(mwaa.list_environments(MaxResults=3)["Environments"]) == 3
    found = list(mwaa.get_paginator("list_environments").paginate().search("Environments[]"))
    assert found == sorted(set(found)) and set(names) <= set(found)
    limited = mwaa.get_paginator("list_environments").paginate(PaginationConfig={"MaxItems": 26, "PageSize": 10})
    assert len(limited.build_full_result()["Environments"]) == 26
    for name in names:
        advance(name)
        mwaa.delete_environment(Name=name)
        advance(name)
    rest = mwaa.list_environments()
    assert "NextToken" not in rest and not set(names) & set(rest["Environments"])


def guarantee_tags():
    """Tags take any of the model's characters, one ARN a segment, keys repeated in the query; an absent key is fine"""
    available("tagged", Tags={"a": "1"})
    resource = arn("tagged")
    odd = {"a b": "c d", "e/f=g@h": "+-_.:/=", "schlüssel": "wert ü", "a": "2"}
    mwaa.tag_resource(ResourceArn=resource, Tags=odd)
    assert mwaa.list_tags_for_resource(ResourceArn=resource)["Tags"] == odd == shown("tagged")["Tags"]
    mwaa.untag_resource(ResourceArn=resource, tagKeys=["a b", "e/f=g@h", "nowhere"])
    assert mwaa.list_tags_for_resource(ResourceArn=resource)["Tags"] == {"schlüssel": "wert ü", "a": "2"}
    mwaa.untag_resource(ResourceArn=resource, tagKeys=["schlüssel", "a"])
    assert mwaa.list_tags_for_resource(ResourceArn=resource)["Tags"] == {}
    assert shown("tagged")["Status"] == "AVAILABLE"
    invalid(mwaa.tag_resource, ResourceArn=resource, Tags={"aws:x": "y"})
    invalid(mwaa.list_tags_for_resource, ResourceArn="arn:aws:s3:::bucket")


def guarantee_update():
    """UpdateEnvironment is UPDATING before it answers, merges by member, and refuses a second change meanwhile"""
    available("updated", RequirementsS3Path="requirements.txt", RequirementsS3ObjectVersion="version-2")
    task_logs = {"TaskLogs": {"Enabled": False, "LogLevel": "ERROR"}}
    assert mwaa.update_environment(Name="updated", LoggingConfiguration=task_logs, MaxWorkers=4)["Arn"] == arn(
        "updated"
    )
    assert shown("updated")["Status"] == "UPDATING"
    assert "must complete previous operation" in invalid(mwaa.update_environment, Name="updated", MaxWorkers=5)
    invalid(mwaa.delete_environment, Name="updated")
    advance("updated")
    environment = shown("updated")
    assert environment["Status"] == "AVAILABLE" and environment["MaxWorkers"] == 4
    assert environment["LoggingConfiguration"]["TaskLogs"] == task_logs["TaskLogs"]
    assert environment["LoggingConfiguration"]["SchedulerLogs"]["LogLevel"] == "INFO"
    assert environment["RequirementsS3Path"] == "requirements.txt"
    assert environment["RequirementsS3ObjectVersion"] == "version-2"
    invalid(mwaa.update_environment, Name="updated", AirflowVersion="2.11.2")
    invalid(mwaa.update_environment, Name="updated", WorkerReplacementStrategy="NOPE")


def guarantee_update_of_nothing():
    """An update that changes nothing is taken, and an empty options map clears the options"""
    options = {"core.x": "y"}
    available("cleared", AirflowConfigurationOptions=options)
    mwaa.update_environment(Name="cleared")
    advance("cleared")
    assert shown("cleared")["AirflowConfigurationOptions"] == options
    mwaa.update_environment(Name="cleared", AirflowConfigurationOptions={})
    advance("cleared")
    assert "AirflowConfigurationOptions" not in shown("cleared")


def guarantee_terraform():
    """Terraform's order of calls: create, poll, tag, untag, update gracefully, poll, delete until 404"""
    mwaa.create_environment(Name="terraform", **BASE, Tags={"old": "1"}, WebserverAccessMode="PUBLIC_ONLY")
    assert shown("terraform")["Status"] == "CREATING"
    advance("terraform")
    assert shown("terraform")["Status"] == "AVAILABLE"
    mwaa.untag_resource(ResourceArn=arn("terraform"), tagKeys=["old"])
    mwaa.tag_resource(ResourceArn=arn("terraform"), Tags={"new": "2"})
    mwaa.update_environment(Name="terraform", MaxWorkers=6, WorkerReplacementStrategy="GRACEFUL")
    assert shown("terraform")["Status"] == "UPDATING"
    advance("terraform")
    environment = shown("terraform")
    assert environment["Status"] == "AVAILABLE" and environment["Tags"] == {"new": "2"}
    assert environment["LastUpdate"]["WorkerReplacementStrategy"] == "GRACEFUL"
    removed = mwaa.delete_environment(Name="terraform")
    assert {k for k in removed} == {"ResponseMetadata"}
    assert shown("terraform")["Status"] == "DELETING"
    mwaa.delete_environment(Name="terraform")
    advance("terraform")
    missing(mwaa.get_environment, Name="terraform")
    missing(mwaa.delete_environment, Name="terraform")
    assert "terraform" not in mwaa.list_environments()["Environments"]


def guarantee_tokens():
    """Both tokens come with the bare host of the environment; the web token also says who it is for"""
    available("entered")
    host = shown("entered")["WebserverUrl"]
    cli = mwaa.create_cli_token(Name="entered")
    assert cli["WebServerHostname"] == host and cli["CliToken"].count(".") == 2
    web = mwaa.create_web_login_token(Name="entered")
    assert web["WebServerHostname"] == host and web["WebToken"].count(".") == 2
    assert web["IamIdentity"] == "user/operator" and web["AirflowIdentity"] == "user/operator"
    assert web["WebToken"] != mwaa.create_web_login_token(Name="entered")["WebToken"]


def guarantee_rest():
    """InvokeRestApi gives Airflow's answer; its refusals are the two exceptions, both members on the response"""
    available("asked")
    ask = dict(Name="asked", Path="/dags", Method="GET")
    answer = mwaa.invoke_rest_api(**ask, QueryParameters={"limit": 1})
    assert answer["RestApiStatusCode"] == 200 and answer["RestApiResponse"] == {}
    for status, code in [
        (404, "RestApiClientException"),
        (409, "RestApiClientException"),
        (500, "RestApiServerException"),
    ]:
        path = f"/answers/{status}"
        error = refused(mwaa.invoke_rest_api, code, 400, Name="asked", Path=path, Method="POST", Body={"a": None})
        assert error["RestApiStatusCode"] == status and error["RestApiResponse"] == {"detail": "as told"}
    invalid(mwaa.invoke_rest_api, Name="asked", Path="/dags/../../x", Method="GET")
    invalid(mwaa.invoke_rest_api, Name="asked", Path="/" + "a" * 64, Method="GET")
    invalid(mwaa.invoke_rest_api, Name="asked", Path="/dags", Method="HEAD")


def guarantee_metrics():
    """PublishMetrics takes the data and answers an empty 200"""
    datum = {"MetricName": "m", "Timestamp": datetime.datetime.now(), "Value": 1.5, "Unit": "Count"}
    assert set(mwaa.publish_metrics(EnvironmentName="any", MetricData=[datum])) == {"ResponseMetadata"}
    invalid(mwaa.publish_metrics, EnvironmentName="any", MetricData=[{**datum, "Unit": "Parsec"}])


def guarantee_access():
    """A key that may not gets AccessDeniedException, with a capital Message, the same for what is not there"""
    reader = client(
        aws_access_key_id=os.environ["HANGAR_READER_KEY"], aws_secret_access_key=os.environ["HANGAR_READER_SECRET"]
    )
    available("guarded")
    reader.get_environment(Name="guarded")
    messages = set()
    for name in ["guarded", "nobody"]:
        error = refused(reader.delete_environment, "AccessDeniedException", 403, Name=name)
        assert "not authorized to perform: airflow:DeleteEnvironment" in error["Message"]
        messages.add(error["Message"].replace(name, ""))
    assert len(messages) == 1
    mwaa.get_environment(Name="guarded")
    error = refused(reader.create_web_login_token, "AccessDeniedException", 403, Name="guarded")
    assert "Message" in error
    stranger = client(aws_access_key_id="AKIAUNKNOWNUNKNOWNUN", aws_secret_access_key="x")
    refused(stranger.get_environment, "UnrecognizedClientException", 403, Name="guarded")


def guarantee_host_prefixes():
    """With host prefixes as boto3 makes them (api., env., ops.), by name and by address, every operation is answered"""
    available("prefixed")
    port = ENDPOINT.rsplit(":", 1)[1]
    for base in [ENDPOINT, f"http://localhost:{port}"]:
        prefixed = client(base, prefixed=True)
        assert "prefixed" in prefixed.list_environments()["Environments"]
        assert prefixed.get_environment(Name="prefixed")["Environment"]["Name"] == "prefixed"
        assert prefixed.list_tags_for_resource(ResourceArn=arn("prefixed"))["Tags"] == {}
        assert prefixed.create_cli_token(Name="prefixed")["CliToken"]
        assert prefixed.publish_metrics(EnvironmentName="prefixed", MetricData=[])["ResponseMetadata"]
        missing(prefixed.get_environment, Name="nobody")


def main():
    for name, guarantee in list(globals().items()):
        if not name.startswith("guarantee_"):
            continue
        try:
            guarantee()
            fault = None
        except Exception:
            fault = traceback.format_exc()
        print(json.dumps({"guarantee": name, "fault": fault}), flush=True)


main()
