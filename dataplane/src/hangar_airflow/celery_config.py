"""The worker's Celery configuration: Airflow's own, and over it what the agent decided.

The scheduler reads the same values from `[celery] extra_celery_config`: since Airflow 3.2 it loads no module for them.
"""

import json

from airflow.configuration import conf
from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG

CELERY_CONFIG = {**DEFAULT_CELERY_CONFIG, **json.loads(conf.get("celery", "extra_celery_config"))}
