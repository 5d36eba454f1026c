"""The form of an identifier in an address."""

from django.urls import register_converter

from projects.ids import ID_PATTERN


class Key:
    """What could be an id of ours, so that nothing else reaches the table's keys."""

    regex = ID_PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Key, "key")
