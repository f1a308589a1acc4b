#include "preprocess.h"

#include <stdlib.h>
#include <string.h>

/* One function for each width of a value: a copy of unknown size per value would cost more than
   the resize itself. Values are moved as bits; what they mean is in the table. */
#define DEFINE_WRITERS(NAME, VALUE)                                                              \
  static void NAME##_row(const struct open_message *open, const uint8_t *row, size_t columns,    \
                         size_t y, void *tensor) {                                               \
    const VALUE *table = (const VALUE *)(const void *)open->table;                               \
    size_t width = open->input_width, plane = (size_t)open->input_height * width;                \
    size_t pixel_step = open->input_channels_first ? 1 : 3;                                      \
    size_t channel_step = open->input_channels_first ? plane : 1;                                \
    VALUE *out = (VALUE *)tensor + y * width * pixel_step;                                       \
    size_t first = open->swaps ? 2 : 0, last = 2 - first;                                        \
    for (size_t x = 0; x < columns; x++, row += 3, out += pixel_step) {                          \
      out[0] = table[row[first] * 3u];                                                           \
      out[channel_step] = table[row[1] * 3u + 1];                                                \
      out[2 * channel_step] = table[row[last] * 3u + 2];                                         \
    }                                                                                            \
  }                                                                                              \
  static void NAME##_pad(const struct open_message *open, size_t columns, size_t rows,           \
                         void *tensor) {                                                         \
    size_t width = open->input_width, height = open->input_height;                               \
    size_t planes = open->input_channels_first ? 3 : 1;                                          \
    size_t values = open->input_channels_first ? 1 : 3; /* of one pixel in one plane */          \
    VALUE padding, *out = tensor;                                                                \
    memcpy(&padding, open->padding, sizeof padding);                                             \
    for (size_t plane = 0; plane < planes; plane++)                                              \
      for (size_t y = 0; y < height; y++, out += width * values)                                 \
        for (size_t i = y < rows ? columns * values : 0; i < width * values; i++)                \
          out[i] = padding;                                                                      \
  }

DEFINE_WRITERS(one_byte, uint8_t)
DEFINE_WRITERS(two_bytes, uint16_t)
DEFINE_WRITERS(four_bytes, uint32_t)

static void write_row(const struct open_message *open, const uint8_t *row, size_t columns, size_t y,
                      void *tensor) {
  if (open->value_bytes == 1)
    one_byte_row(open, row, columns, y, tensor);
  else if (open->value_bytes == 2)
    two_bytes_row(open, row, columns, y, tensor);
  else
    four_bytes_row(open, row, columns, y, tensor);
}

static void pad(const struct open_message *open, size_t columns, size_t rows, void *tensor) {
  if (open->value_bytes == 1)
    one_byte_pad(open, columns, rows, tensor);
  else if (open->value_bytes == 2)
    two_bytes_pad(open, columns, rows, tensor);
  else
    four_bytes_pad(open, columns, rows, tensor);
}

bool preprocess_write(struct preprocess *preprocess, const struct open_message *open,
                      const struct frame_head *head, const uint8_t *picture, void *tensor,
                      struct problem *problem) {
  size_t row_bytes = (size_t)head->fitted_width * 3;
  if (!resize_prepare(&preprocess->resize, head->width, head->height, head->fitted_width,
                      head->fitted_height, problem))
    return false;
  if (preprocess->row_bytes < row_bytes) {
    uint8_t *row = realloc(preprocess->row, row_bytes);
    if (!row)
      return refuse_memory(problem, row_bytes);
    preprocess->row = row;
    preprocess->row_bytes = row_bytes;
  }
  resize_start_picture(&preprocess->resize);
  for (int y = 0; y < head->fitted_height; y++) {
    resize_row(&preprocess->resize, picture, y, preprocess->row);
    write_row(open, preprocess->row, head->fitted_width, (size_t)y, tensor);
  }
  /* Every time: the network may use its input's memory for something else while it runs. */
  pad(open, head->fitted_width, head->fitted_height, tensor);
  return true;
}

void preprocess_blank(const struct open_message *open, void *tensor) { pad(open, 0, 0, tensor); }

void preprocess_free(struct preprocess *preprocess) {
  resize_free(&preprocess->resize);
  free(preprocess->row);
  memset(preprocess, 0, sizeof *preprocess);
}
