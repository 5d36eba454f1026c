"""The form of an identifier in an address."""

from django.urls import register_converter


class Key:
    """What could be an id of ours, so that nothing else reaches the table's keys."""

    regex = "[0-9A-Za-z_-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Key, "key")
