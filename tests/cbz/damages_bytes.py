"""Damages of bytes anywhere: flipped, zeroed, swapped, cut off, cut out and inserted."""

from __future__ import annotations

from damages import (
    ANY,
    DESCRIBED,
    PACKED,
    PLAIN,
    STORED,
    Damage,
    behind,
    end_of,
    entering,
    index_of,
    place,
    without,
)
from made_archives import NAMES
from makers import named

from cbzsafe.model import Code

TABLE: list[Damage] = []
damage = entering(TABLE)


@damage([], on=ANY)
def untouched(data, _):
    return data


@damage([Code.BAD_CRC], without(3), on=STORED)
def one_flipped_bit_in_a_page(data, chance):
    _, begin, end = place(data, 3)
    data[chance.randrange(begin, end)] ^= 1 << chance.randrange(8)
    return data


@damage([Code.BAD_DATA], without(4), on=PACKED)
def a_zeroed_stretch_in_a_packed_page(data, _):
    _, begin, end = place(data, 4)
    data[begin + 100 : end - 100] = bytes(end - begin - 200)
    return data


@damage([Code.BAD_CRC], without(2, 5), on=STORED)
def two_pages_with_swapped_blocks(data, _):
    (_, left, _), (_, right, _) = place(data, 2), place(data, 5)
    one, two = slice(left + 500, left + 900), slice(right + 500, right + 900)
    data[one], data[two] = data[two], data[one]
    return data


@damage([Code.HEADER_MISMATCH, Code.BAD_CRC, Code.OVERLAP], on=named("gallery_dl", "sevenzip_lzma"))
@damage([Code.HEADER_MISMATCH, Code.BAD_DATA], on=named("jar_deflated", "bsdtar_piped"))
def two_pages_in_each_others_place(data, _):
    """Their headers went with them, so that the index leads to the one in place of the other."""
    start, middle, end = place(data, 2)[0], place(data, 3)[0], behind(data, 3)
    data[start:end] = data[middle:end] + data[start:middle]
    return data


@damage([Code.BAD_CRC, Code.HEADER_MISMATCH], without(3))
def a_zeroed_stretch_over_two_pages(data, _):
    _, _, end = place(data, 3)
    data[end - 700 : end + 10] = bytes(710)
    return data


@damage([Code.HEADER_MISMATCH], on=ANY)
def a_zeroed_local_header(data, _):
    start, begin, _ = place(data, 4)
    data[start:begin] = bytes(begin - start)
    return data


@damage([Code.HEADER_MISMATCH], on=ANY)
def all_local_headers_wiped(data, _):
    for number in range(1, len(NAMES) + 1):
        start, begin, _ = place(data, number)
        data[start:begin] = bytes(begin - start)
    return data


@damage([Code.HEADER_MISMATCH], on=PLAIN)
def a_local_header_that_seems_longer(data, _):
    """Its length of the extra field is wrong by a bit: all readers look behind the page's start."""
    start, _, _ = place(data, 4)
    data[start + 28] ^= 64
    return data


@damage([Code.HEADER_MISMATCH], on=ANY)
def a_local_header_with_another_crc(data, _):
    start, _, _ = place(data, 4)
    data[start + 14 : start + 18] = b"abcd"
    return data


@damage([Code.HEADER_MISMATCH], on=ANY)
def a_local_header_with_another_name(data, _):
    start, _, _ = place(data, 4)
    data[start + 30] ^= 1
    return data


@damage([Code.HEADER_MISMATCH], on=DESCRIBED)
def all_data_descriptors_wiped(data, _):
    return descriptors_wiped(data)


@damage([Code.NO_INDEX], (), on=DESCRIBED)
def all_data_descriptors_wiped_and_no_index(data, _):
    """Nothing is left that could prove a page, though every page's bytes are there."""
    return descriptors_wiped(data)[: index_of(data)]


def descriptors_wiped(data):
    for number in range(1, len(NAMES) + 1):
        _, _, end = place(data, number)
        data[end : behind(data, number)] = bytes(behind(data, number) - end)
    return data


@damage([Code.NO_INDEX], without(3), on=DESCRIBED)
def one_data_descriptor_wiped_and_no_index(data, _):
    _, _, end = place(data, 3)
    cut = index_of(data)
    data[end : behind(data, 3)] = bytes(behind(data, 3) - end)
    return data[:cut]


@damage([Code.NO_INDEX], without(1), on=DESCRIBED)
def a_data_descriptor_that_names_a_huge_size_and_no_index(data, _):
    """What would be spent on such a page must not be taken from the others."""
    _, _, end = place(data, 1)
    cut = index_of(data)
    wide = behind(data, 1) - end > 16
    at = end + (16 if wide else 12)
    data[at : at + 4] = (0x4B << 24).to_bytes(4, "little")
    return data[:cut]


@damage([Code.NO_INDEX], (1, 2, 3), on=ANY)
def cut_inside_a_page(data, chance):
    _, begin, end = place(data, 4)
    return data[: chance.randrange(begin, end)]


@damage([Code.NO_INDEX], (1, 2, 3), on=ANY)
def cut_inside_a_local_header(data, _):
    start, _, _ = place(data, 4)
    return data[: start + 11]


@damage([Code.NO_INDEX], (1, 2, 3), on=DESCRIBED)
def cut_inside_a_data_descriptor(data, _):
    _, _, end = place(data, 4)
    return data[: end + 9]


@damage([Code.NO_INDEX], on=ANY)
def cut_inside_the_index(data, _):
    return data[: index_of(data) + 100]


@damage([Code.NO_INDEX], on=ANY)
def cut_inside_the_end_record(data, _):
    return data[: end_of(data) + 17]


@damage([Code.HEADER_MISMATCH, Code.DEAD_BYTES], without(3))
def bytes_inserted_into_a_page(data, chance):
    _, begin, _ = place(data, 3)
    return data[: begin + 50] + chance.randbytes(100) + data[begin + 50 :]


@damage([Code.HEADER_MISMATCH, Code.DEAD_BYTES], on=ANY)
def bytes_inserted_between_two_pages(data, chance):
    start, _, _ = place(data, 4)
    return data[:start] + chance.randbytes(100) + data[start:]


@damage([Code.HEADER_MISMATCH, Code.DEAD_BYTES], on=ANY)
def bytes_inserted_before_the_index(data, chance):
    """Readers take the index for what moved, and the archive for one with bytes before it."""
    start = index_of(data)
    return data[:start] + chance.randbytes(100) + data[start:]


@damage([Code.BAD_INDEX, Code.HEADER_MISMATCH], without(3))
def bytes_missing_from_a_page(data, _):
    _, begin, _ = place(data, 3)
    return data[: begin + 50] + data[begin + 150 :]


@damage([Code.DEAD_BYTES], on=ANY)
def a_tail_of_noise(data, chance):
    return data + chance.randbytes(700)


@damage([Code.DEAD_BYTES], on=ANY)
def a_head_of_noise(data, chance):
    return chance.randbytes(700) + data


@damage([Code.DEAD_BYTES], on=ANY)
def a_head_of_zeros_that_hides_the_beginning(data, _):
    return bytes(5000) + data
