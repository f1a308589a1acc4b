"""Any image becomes RGB of 8 bits or an error in words; any mask class indices, likewise."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from studio.classes import voc_palette
from studio.data.reading import read_image, read_mask, read_sample
from studio.data.samples import Sample
from studio.errors import InputError
from studio.opencv import cv2
from studio.video.image_source import ImageSource
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import example_pair, write_image

IMAGE, MASK = example_pair(0, (24, 32), 3)
_ORIENTATION_TAG = 0x0112


class TestImages:
    def test_channels_come_as_rgb(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.png", IMAGE)
        assert (read_image(tmp_path / "a.png") == IMAGE).all()

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_they_stand_upright_as_in_the_video_sources(
        self, tmp_path: Path, orientation: int
    ) -> None:
        exif = PIL.Image.Exif()
        exif[_ORIENTATION_TAG] = orientation
        path = tmp_path / "a.jpg"
        PIL.Image.fromarray(IMAGE).save(path, exif=exif, quality=95)
        frame = ImageSource(path).read()
        assert frame is not None
        assert (read_image(path) == frame.image[..., ::-1]).all()
        assert read_image(path).shape == ((24, 32, 3) if orientation < 5 else (32, 24, 3))

    def test_grey_is_repeated(self, tmp_path: Path) -> None:
        PIL.Image.fromarray(IMAGE[..., 0]).save(tmp_path / "a.png")
        assert (read_image(tmp_path / "a.png") == IMAGE[..., :1]).all()

    def test_transparency_is_dropped(self, tmp_path: Path) -> None:
        rgba = np.dstack([IMAGE, np.full(IMAGE.shape[:2], 7, np.uint8)])
        PIL.Image.fromarray(rgba).save(tmp_path / "a.png")
        assert (read_image(tmp_path / "a.png") == IMAGE).all()

    def test_sixteen_bits_become_eight(self, tmp_path: Path) -> None:
        deep = IMAGE[..., ::-1].astype(np.uint16) * 257
        assert cv2.imwrite(str(tmp_path / "a.png"), deep)
        assert (read_image(tmp_path / "a.png") == IMAGE).all()

    def test_cmyk_becomes_rgb(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        flat = PIL.Image.new("RGB", (16, 16), (200, 60, 30))
        flat.convert("CMYK").save(path, quality=95)
        assert np.abs(read_image(path).astype(int) - (200, 60, 30)).max() < 12

    def test_palette_pictures_show_their_colours(self, tmp_path: Path) -> None:
        write_mask_png(tmp_path / "a.png", MASK, voc_palette())
        assert (read_image(tmp_path / "a.png") == voc_palette()[MASK]).all()


class TestBrokenFiles:
    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"gone\.jpg is missing"):
            read_image(tmp_path / "gone.jpg")

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="Could not read"):
            read_image(tmp_path)

    @pytest.mark.parametrize("ending", ["jpg", "png"])
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
    def test_a_cut_file_is_refused_though_opencv_would_fill_it(
        self, tmp_path: Path, ending: str, share: float
    ) -> None:
        path = tmp_path / f"a.{ending}"
        write_image(path, example_pair(0, (120, 160), 3)[0])
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match=rf"a\.{ending} cannot be read"):
            read_image(path)

    def test_a_cut_jpeg_with_a_whole_thumbnail_is_refused(self, tmp_path: Path) -> None:
        write_image(tmp_path / "small.jpg", IMAGE[:8, :8])
        write_image(tmp_path / "a.jpg", example_pair(0, (120, 160), 3)[0])
        thumbnail = (tmp_path / "small.jpg").read_bytes()
        whole = (tmp_path / "a.jpg").read_bytes()
        marker = b"\xff\xe3" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
        (tmp_path / "a.jpg").write_bytes(whole[:2] + marker + whole[2:])
        assert read_image(tmp_path / "a.jpg").shape == (120, 160, 3)
        (tmp_path / "a.jpg").write_bytes(whole[:2] + marker + whole[2:-40])
        with pytest.raises(InputError, match="cut off"):
            read_image(tmp_path / "a.jpg")

    def test_bytes_behind_the_end_do_not_matter(self, tmp_path: Path) -> None:
        for ending in ("jpg", "png"):
            path = tmp_path / f"a.{ending}"
            write_image(path, IMAGE)
            path.write_bytes(path.read_bytes() + b"\0\0trailing")
            assert read_image(path).shape == IMAGE.shape

    def test_a_damaged_png_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        write_image(path, IMAGE)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"damaged|cut off"):
            read_image(path)

    @pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9"])
    def test_what_is_no_picture_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.jpg").write_bytes(content)
        with pytest.raises(InputError, match=r"Expected a picture, but a\.jpg"):
            read_image(tmp_path / "a.jpg")
        with pytest.raises(InputError, match=r"a\.jpg"):
            read_mask(tmp_path / "a.jpg", 3)


class TestMasks:
    def test_palette_pngs_hold_indices(self, tmp_path: Path) -> None:
        write_mask_png(tmp_path / "a.png", MASK, voc_palette())
        assert (read_mask(tmp_path / "a.png", 3) == MASK).all()

    @pytest.mark.parametrize("bits", [1, 2, 4])
    def test_palettes_of_few_bits_hold_indices(self, tmp_path: Path, bits: int) -> None:
        stored = (np.arange(15 * 9) % 2**bits).reshape(9, 15).astype(np.uint8)
        picture = PIL.Image.fromarray(stored, "L").convert("P")
        picture.putpalette(voc_palette()[: 2**bits].reshape(-1).tolist())
        picture.putdata(stored.reshape(-1).tolist())
        picture.save(tmp_path / "a.png", bits=bits)
        assert _bit_depth(tmp_path / "a.png") == bits
        assert (read_mask(tmp_path / "a.png", 16) == stored).all()

    def test_an_interlaced_mask_is_read_too(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        rows = b"".join(b"\0" + bytes([value]) for value in (2,))
        header = struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 1)
        chunks = [(b"IHDR", header), (b"PLTE", bytes(9)), (b"IDAT", zlib.compress(rows))]
        content = b"\x89PNG\r\n\x1a\n"
        for kind, data in [*chunks, (b"IEND", b"")]:
            content += struct.pack(">I", len(data)) + kind + data
            content += struct.pack(">I", zlib.crc32(kind + data))
        path.write_bytes(content)
        assert read_mask(path, 3).tolist() == [[2]]

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_grey_pictures_hold_indices(self, tmp_path: Path, dtype: type) -> None:
        assert cv2.imwrite(str(tmp_path / "a.png"), MASK.astype(dtype))
        assert (read_mask(tmp_path / "a.png", 3) == MASK).all()

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
    def test_grey_saved_in_channels_holds_indices(self, tmp_path: Path, mode: str) -> None:
        PIL.Image.fromarray(MASK).convert(mode).save(tmp_path / "a.png")
        assert (read_mask(tmp_path / "a.png", 3) == MASK).all()

    def test_colours_of_the_palette_are_mapped(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.png", voc_palette()[MASK])
        assert (read_mask(tmp_path / "a.png", 3) == MASK).all()

    def test_an_unknown_colour_is_named_with_its_place(self, tmp_path: Path) -> None:
        colours = voc_palette()[MASK]
        colours[3, 5] = (1, 2, 3)
        write_image(tmp_path / "a.png", colours)
        with pytest.raises(InputError, match=r"a\.png .*\(1, 2, 3\) at column 5, row 3"):
            read_mask(tmp_path / "a.png", 3)

    def test_the_colour_of_a_class_too_many_is_unknown(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.png", voc_palette()[np.full((4, 4), 7)])
        with pytest.raises(InputError):
            read_mask(tmp_path / "a.png", 3)

    def test_an_unknown_index_is_named(self, tmp_path: Path) -> None:
        wrong = MASK.copy()
        wrong[0, 0] = 3
        write_mask_png(tmp_path / "a.png", wrong, voc_palette())
        with pytest.raises(InputError, match=r"a\.png holds the index 3.* 3 classes"):
            read_mask(tmp_path / "a.png", 3)
        assert read_mask(tmp_path / "a.png", 4)[0, 0] == 3

    def test_indices_of_sixteen_bits_are_refused(self, tmp_path: Path) -> None:
        assert cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4), 300, np.uint16))
        with pytest.raises(InputError, match="the index 300"):
            read_mask(tmp_path / "a.png", 3)

    def test_colours_of_sixteen_bits_are_refused(self, tmp_path: Path) -> None:
        assert cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4, 3), 300, np.uint16))
        with pytest.raises(InputError, match="16 bits"):
            read_mask(tmp_path / "a.png", 3)

    def test_a_jpeg_is_no_mask(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.jpg", IMAGE)
        with pytest.raises(InputError, match="JPEG"):
            read_mask(tmp_path / "a.jpg", 3)

    def test_a_cut_mask_is_refused(self, tmp_path: Path) -> None:
        write_mask_png(tmp_path / "a.png", MASK, voc_palette())
        content = (tmp_path / "a.png").read_bytes()
        (tmp_path / "a.png").write_bytes(content[:-30])
        with pytest.raises(InputError, match="cut off"):
            read_mask(tmp_path / "a.png", 3)


class TestSamples:
    def test_sizes_must_agree(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.jpg", IMAGE)
        write_mask_png(tmp_path / "a.png", MASK[:, :-1], voc_palette())
        with pytest.raises(InputError, match="32x24 pixels, but its mask has 31x24"):
            read_sample(Sample("a", tmp_path / "a.jpg", tmp_path / "a.png"), 3)

    def test_without_a_mask_there_is_none(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.png", IMAGE)
        image, mask = read_sample(Sample("a", tmp_path / "a.png"), 3)
        assert (image == IMAGE).all()
        assert mask is None


def _bit_depth(path: Path) -> int:
    return path.read_bytes()[24]
