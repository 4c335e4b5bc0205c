from django.apps import AppConfig


class WorkerTestConfig(AppConfig):
    name = "tests.portal.jobs.worker"
    label = "jobs_worker_test"

    def ready(self) -> None:
        from tests.portal.jobs.worker import handlers  # noqa: F401
