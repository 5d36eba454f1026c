"""Each unsafe combination of settings, found by the id of its check and by no other."""

import pytest

from config.checks import unsafe_combinations

PUBLIC = {
    "DEBUG": False,
    "PUBLIC_ORIGINS": ["https://canvas.example.org"],
    "ALLOWED_HOSTS": ["canvas.example.org"],
    "COOKIE_SECURE": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SECRET_KEY": "k" * 50,
}


def found(settings, **changes):
    for name, value in (PUBLIC | changes).items():
        setattr(settings, name, value)
    return [message.id for message in unsafe_combinations()]


def test_a_public_service_set_up_well_passes(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"DEBUG": True}, "config.E001"),
        ({"CHANNEL_LAYERS": {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}}, "config.E002"),
        ({"SECRET_KEY": "short"}, "config.E003"),
        ({"ALLOWED_HOSTS": ["*"]}, "config.E004"),
        ({"COOKIE_SECURE": False}, "config.E005"),
        ({"DIGEST_SIGNING_KEY": "no key"}, "config.E006"),
        ({"DIGEST_PUBLIC_KEYS": ["no key"]}, "config.E006"),
        ({"SECURE_PROXY_SSL_HEADER": None}, "config.W001"),
    ],
)
def test_each_unsafe_combination_is_found(settings, changes, check):
    assert found(settings, **changes) == [check]
