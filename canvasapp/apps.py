from django.apps import AppConfig


class CanvasappConfig(AppConfig):
    name = "canvasapp"
