"""python -m bench.history.measure: what history does with much in it. bench/history/run gives it engines of its own."""

import argparse
import os
import platform
from datetime import UTC, datetime

import django

PARTS = ("records", "past", "snapshots", "commits")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/history/run", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--records", type=int, default=20_000, help="change records (20 000; promised: 1 000 000)")
    parser.add_argument("--elements", type=int, default=1_000, help="of a canvas (1 000; promised: 10 000)")
    parser.add_argument("--long", type=int, default=3_000, help="commits of the long canvas (3 000; promised: 100 000)")
    parser.add_argument("--repeats", type=int, default=5, help="of each question")
    options = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("ALLOWED_HOSTS", "testserver")
    django.setup()
    run(options)


def run(options: argparse.Namespace) -> None:
    # They need the settings.
    from django.core.management import call_command  # noqa: PLC0415

    from bench.history import past, records  # noqa: PLC0415
    from bench.history.figures import Times, others_busy  # noqa: PLC0415
    from history.documents import create_indexes, open_archive  # noqa: PLC0415
    from projects.models import User  # noqa: PLC0415
    from projects.services import project_create  # noqa: PLC0415
    from projects.testing import Api  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    call_command("create_tables", verbosity=0)
    open_archive()
    create_indexes()
    user = User.objects.create_user("bench", "bench@example.org", None, name="Bench")
    project = project_create(name="Bench", created_by=user)
    api = Api(user)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python {platform.python_version()};")
    print(f"others use {others_busy():.0f} % of a core before it begins")

    chosen = options.only.split(",")
    if "records" in chosen:
        world = records.World(project.id)
        print(f"\n{options.records} change records inserted, {records.insert(world, options.records):.0f} a second")
        pages = records.measure_pages(api, world, options.repeats, deep=4)
        every = Times([taken for times in pages for taken in times.taken])
        print(f"\nAll pages: p50 {every.at(0.5):.1f}, p95 {every.at(0.95):.1f}, max {max(every.taken):.1f} ms")
        records.measure_counts(api, world, options.repeats)
    bench = past.Bench(api, user, project.id, options.elements, options.long, options.repeats)
    if "past" in chosen:
        past.measure_past(bench)
    if "snapshots" in chosen:
        past.measure_snapshots(bench)
    if "commits" in chosen:
        past.measure_commits(bench)


if __name__ == "__main__":
    main()
