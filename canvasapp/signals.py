"""News for the layers above, which `canvasapp` may not import."""

from django.dispatch import Signal

# After a canvas was deleted; sent with canvas_id.
canvas_deleted = Signal()
