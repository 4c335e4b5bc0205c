from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "tests.rooms"
    label = "rooms"
