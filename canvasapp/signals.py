"""News for the layers above, which `canvasapp` may not import."""

from django.dispatch import Signal

# After a canvas was deleted, or its project was; sent with canvas_id. Whoever has it open is to be sent away.
canvas_deleted = Signal()

# Before a canvas is removed for good; sent with canvas_id. A receiver that raises stops it; it is asked for again.
canvas_purged = Signal()
