from django.apps import AppConfig


class CanvasappConfig(AppConfig):
    name = "canvasapp"

    def ready(self) -> None:
        from canvasapp import services  # noqa: F401, PLC0415 - connects its receivers
