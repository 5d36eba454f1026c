from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from canvasapp.rooms import set_audience  # noqa: PLC0415 - needs the app registry
        from realtime import news  # noqa: F401, PLC0415 - connects its receivers
        from realtime.hub import Hub  # noqa: PLC0415

        set_audience(Hub)
