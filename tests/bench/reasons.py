"""Why a figure is not reached, by figure and rival as the table names them."""

_DOWNLOAD = "download of 3 x 40 pages of 0.5 MB"
_CHECK = "check of 60 x 30 MB"

REASONS: dict[tuple[str, str], str] = {
    (_DOWNLOAD, "gallery-dl --cbz, time"): "About 0.1 s is the start, 3 x 0.035 s the sync and the "
    "reading back, which the other leaves out; the rest is decoding beside the download.",
    (_DOWNLOAD, "gallery-dl --cbz, memory"): "simplejpeg brings numpy, which takes 10 MB; without "
    "the extra `full` the ratio is 1.4.",
    (_CHECK, "unzip -tqq"): "Half of the time is the start of Python and its imports.",
    (_CHECK, "7z t"): "Half of the time is the start of Python and its imports; 7-Zip starts in "
    "10 ms and takes all books in one process. `cat` alone takes a quarter of its time.",
    (_CHECK, "cat"): "Half of the time is the start of Python and its imports.",
    ("repair of a torn 1 GB book", "zip -FF"): "The pages are copied by the kernel, proved before "
    "and read back after; what is left is the disk's sync, which the other does without.",
}
"""`(what, against)` of a line to one sentence; it is shown only where the goal is missed."""
