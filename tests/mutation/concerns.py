"""Which tests concern a module: those that a fault in it should fail, the quickest first."""

from __future__ import annotations

_COMICINFO = [
    "tests/comicinfo/test_comicinfo_sites.py",
    "tests/comicinfo/test_comicinfo_odd.py",
    "tests/comicinfo/test_comicinfo_values.py",
    "tests/book/test_about.py",
]

CONCERNS = {
    **{
        f"comicinfo/{name}": _COMICINFO
        for name in ("document", "elements", "mapping", "merge", "takes", "values", "words")
    },
    "cbz/publish": [
        "tests/cbz/test_publish.py",
        "tests/cbz/test_publish_faults.py",
        "tests/cbz/test_backup.py",
        "tests/cbz/test_free_space.py",
        "--deselect=tests/cbz/test_free_space.py::test_the_room_of_many_pages_is_exact",
    ],
    "cbz/sink": [
        "tests/cbz/test_sink.py",
        "tests/cbz/test_publish.py",
        "tests/cbz/test_backup.py",
        "tests/cbz/test_pack.py",
        "--deselect=tests/cbz/test_pack.py::test_more_entries_than_16_bits_count_are_written",
    ],
    "cbz/backup": ["tests/cbz/test_backup.py", "tests/cbz/test_backup_doubts.py"],
    "cbz/storage": [
        "tests/cbz/test_storage_words.py",
        "tests/cbz/test_publish.py",
        "tests/cbz/test_free_space.py",
        "--deselect=tests/cbz/test_free_space.py::test_the_room_of_many_pages_is_exact",
    ],
    "cbz/repair": [
        "tests/cbz/test_repair_engine.py",
        "tests/cbz/test_rescue.py",
        "tests/cbz/test_backup.py",
    ],
    "cbz/rescue": [
        "tests/cbz/test_rescue.py",
        "tests/cbz/test_repair_engine.py",
        "tests/cbz/test_backup_doubts.py",
    ],
    "cbz/names": [
        "tests/cbz/test_free_names.py",
        "tests/cbz/test_names.py",
        "tests/cbz/test_rescue.py",
    ],
    "book/settle": [
        "tests/book/test_settle_order.py",
        "tests/book/test_settle_outcomes.py",
        "tests/book/test_vanished_pages.py",
    ],
    "book/lock": [
        "tests/book/test_lock_release.py",
        "tests/book/test_lock.py",
        "tests/book/test_book_state.py",
    ],
    "book/staging": [
        "tests/book/test_staging.py",
        "tests/book/test_book_state.py",
        "tests/book/test_settle_order.py",
    ],
    "book/published": [
        "tests/book/test_book_state.py",
        "tests/book/test_settle_order.py",
        "tests/book/test_settle_outcomes.py",
    ],
    "book/book": [
        "tests/book/test_book_state.py",
        "tests/book/test_settle_order.py",
        "tests/book/test_settle_outcomes.py",
    ],
    "book/about": ["tests/book/test_about.py", "tests/comicinfo/test_comicinfo_odd.py"],
    "book/pending": ["tests/book/test_book_state.py", "tests/book/test_settle_order.py"],
    "book/held": ["tests/book/test_held_books.py"],
    **{
        f"book/{name}": [
            "tests/book/test_archive_look.py",
            "tests/book/test_ready_made_files.py",
            "tests/run/test_ready_made_hooks.py",
            "tests/run/test_ready_made.py",
            "tests/run/test_ready_made_again.py",
        ]
        for name in ("readymade", "archive_look", "ready_files", "ready_report")
    },
    "cbz/adopt": ["tests/cbz/test_adopt.py"],
    **{
        f"gallerydl/{name}": [
            "tests/run/test_ready_made_expired.py",
            "tests/run/test_ready_made_hooks.py",
            "tests/run/test_ready_made.py",
            "tests/run/test_ready_made_again.py",
        ]
        for name in ("readymade", "ready_hooks", "ready_ending", "ready_again")
    },
    **{
        f"gallerydl/{name}": [
            "tests/gallerydl/test_ways.py",
            "tests/run/test_finished_doubts.py",
            "tests/run/test_finished.py",
            "tests/run/test_finished_record.py",
        ]
        for name in ("chapter", "finished", "ways")
    },
    "library/finished": ["tests/library/test_finished_chapters.py"],
    "library/state_file": ["tests/library/test_state_file.py", "tests/library/test_state.py"],
    "gallerydl/history": [
        "tests/gallerydl/test_deferred_history.py",
        "tests/gallerydl/test_history_disk.py",
    ],
    "gallerydl/ending": [
        "tests/gallerydl/test_ending.py",
        "tests/gallerydl/test_ending_rounds.py",
    ],
    "gallerydl/presence": ["tests/run/test_corners.py", "tests/run/test_jobs.py"],
    "gallerydl/again": ["tests/run/test_faults.py", "tests/run/test_corners.py"],
    "gallerydl/arrival": ["tests/run/test_faults.py", "tests/run/test_corners.py"],
}
