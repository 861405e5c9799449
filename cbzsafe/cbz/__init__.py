"""The archive engine: reading, judging, salvaging, packing and publishing ZIP files of pages."""
