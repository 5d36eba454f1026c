"""News for the layers above, which `projects` may not import."""

from django.dispatch import Signal

# After a membership was written or removed; sent with project_id and user_id (both str). The new role is read, not
# sent: two changes at once would otherwise announce in the wrong order.
membership_changed = Signal()

# Before a project's items are removed; sent with project_id and canvas_ids. A receiver that raises stops the removal.
project_deleting = Signal()
