"""Why a figure is not reached, by figure and rival as the table names them."""

_CHECK = "check of 60 x 30 MB"
_DECODE = "check --decode of 60 x 40 pages"
_START = "Half of the time is the start of Python and its imports."

REASONS: dict[tuple[str, str], str] = {
    ("download of 3 x 40 pages, time", "gallery-dl --cbz"): "About 0.1 s is the start, 3 x 0.035 s "
    "the sync and the reading back, which the other leaves out; the rest is decoding beside the "
    "download.",
    ("download of 3 x 40 pages, peak memory", "gallery-dl --cbz"): "simplejpeg brings numpy, which "
    "takes 10 MB, and decoded pages are held; without the extra `full` the ratio was 1.4.",
    (
        "nothing new in 500 chapters, time",
        "gallery-dl --version, curl of the list",
    ): "gallery-dl itself takes about as long to ask for the list: it imports requests for that, "
    "which its --version does not. Of what is ours half is Click and our own imports, and a fifth "
    "the 500 jobs that gallery-dl makes before it runs none of them.",
    (_CHECK, "unzip -tqq"): _START,
    (_CHECK, "7z t"): f"{_START} 7-Zip starts in 10 ms and takes all books in one process.",
    (_CHECK, "cat"): _START,
    (_DECODE, "jpeginfo -c"): "Runs gave 1.68 to 1.85, by what else the machine did.",
    (
        "repair of a torn 1 GB book",
        "zip -FF",
    ): "The pages are proved before they are copied, synced, "
    "and read back; the other copies only. What varies from run to run is the disk.",
}
"""`(what, against)` of a line to one sentence; it is shown only where the goal is missed."""
