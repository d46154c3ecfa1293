"""Where Airflow's own processes send task logs, as variables: settings of the task in, environment out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.log_targets import write_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.log_targets import Targets
    from hangar_agent.settings import AgentSettings

CONFIG_CLASS = "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS"
OWN_LOGGING = "hangar_airflow.logging_config.LOGGING_CONFIG"
PARSE_LOGS = "AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET"


def airflow_logging(settings: AgentSettings, asked: Mapping[str, str]) -> dict[str, str]:
    """Return what makes Airflow write to, and read from, the groups this task has to do with.

    Airflow 2 parses each file in a process that ends without a last word to anybody: what it says goes to the
    DAG processor's output, which this agent sends, unless the user chose otherwise.
    """
    concerned: Targets = {name: each for name, each in settings.logging.items() if name in {"Task", "DAGProcessing"}}
    if not concerned:
        return {CONFIG_CLASS: ""}  # said aloud: an old name of it would count otherwise
    variables = {CONFIG_CLASS: OWN_LOGGING, "HANGAR_LOGGING": write_targets(concerned)}
    if settings.image.major < 3 and "DAGProcessing" in concerned and PARSE_LOGS not in asked:  # noqa: PLR2004
        variables[PARSE_LOGS] = "stdout"
    return variables
