from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "history"

    def ready(self) -> None:
        from history import audit, purging, signing  # noqa: F401, PLC0415 - connect their receivers
