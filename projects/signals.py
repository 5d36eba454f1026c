"""News for the layers above, which `projects` may not import."""

from django.dispatch import Signal

# After a membership was written or removed; sent with project_id and user_id (both str). The new role is read, not
# sent: two changes at once would otherwise announce in the wrong order.
membership_changed = Signal()

# After a project was archived, unarchived or brought back: what people may do in it has changed. Sent with project_id.
project_changed = Signal()

# After a project was put into the trash; sent with project_id and canvas_ids (those that were not in the trash before).
project_deleted = Signal()

# Before entries of canvases are removed for good; sent with canvas_ids. A receiver that raises stops that.
canvases_purging = Signal()
