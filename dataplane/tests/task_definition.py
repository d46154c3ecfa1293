"""What a task definition of the control plane contains: the environment every test of settings starts from."""

TASK_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HANGAR_ENVIRONMENT_ID": "e7",
    "HANGAR_ENVIRONMENT_NAME": "demo",
    "HANGAR_AIRFLOW_VERSION": "3.3.1",
    "HANGAR_GENERATION": "4",
    "HANGAR_CONTROL_BUCKET": "hangar-control",
    "HANGAR_CONTROL_PREFIX": "environments/e7/",
    "HANGAR_POLL_SECONDS": "1",
    "HANGAR_QUEUE_NAME": "hangar-e7",
    "HANGAR_QUEUE_URL": "http://127.0.0.1:4566/000000000000/hangar-e7",
    "HANGAR_BROKER_HOST": "127.0.0.1:4566",
    "HANGAR_WEB_URL": "http://127.0.0.1:8081",
    "HANGAR_DATABASE_HOST": "127.0.0.1",
    "HANGAR_DATABASE_PORT": "5432",
    "HANGAR_METADATA_DATABASE": "e7_metadata",
    "HANGAR_METADATA_USER": "e7_metadata",
    "HANGAR_METADATA_PASSWORD": "metadata:secret/@%",
    "HANGAR_CELERY_DATABASE": "e7_celery",
    "HANGAR_CELERY_USER": "e7_celery",
    "HANGAR_CELERY_PASSWORD": "celery-secret",
    "HANGAR_WORKER_SLOTS": "5",
    "HANGAR_FERNET_KEY": "fernet-secret",
    "HANGAR_API_SECRET_KEY": "api-secret",
    "HANGAR_JWT_SECRET": "jwt-secret",
    "HANGAR_SIGN_IN_PUBLIC_KEY": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",  # RFC 8032, section 7.1, test 1
    "HANGAR_IMAGE_BIN": "/images/3.3.1/bin",
    "HANGAR_IMAGE_PYTHON": "/images/3.3.1/bin/python",
    "HANGAR_DATAPLANE": "/dataplane/src",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalr/+secret",
    "ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:4566/metadata/t1",
}

SECRETS = [value for name, value in TASK_ENVIRONMENT.items() if "secret" in value and name != "AWS_SECRET_ACCESS_KEY"]
