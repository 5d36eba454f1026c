from projects.access import Role, role_in
from projects.selectors import project_get
from projects.services import project_create
from projects.signals import membership_changed


def test_its_maker_owns_it(table, alice):
    project = project_create(name="Lighthouse", created_by=alice)
    assert role_in(str(alice.id), project.id) is Role.OWNER
    assert project_get(project_id=project.id).owners == 1


def test_it_tells_that_a_membership_changed(table, alice):
    heard = []

    def listen(project_id, user_id, **_):
        heard.append((project_id, user_id))

    membership_changed.connect(listen)
    try:
        project = project_create(name="Lighthouse", created_by=alice)
    finally:
        membership_changed.disconnect(listen)
    assert heard == [(project.id, str(alice.id))]
