#include "jpeg.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* Reference: turbojpeg.h of libjpeg-turbo 2. The accurate inverse DCT is also OpenCV's. */
enum { BGR_PIXELS = 1, ACCURATE_DCT = 4096, STOP_ON_WARNING = 8192 };

typedef void *(*init_function)(void);
typedef int (*destroy_function)(void *);
typedef int (*header_function)(void *, const uint8_t *, unsigned long, int *, int *, int *, int *);
typedef int (*decompress_function)(void *, const uint8_t *, unsigned long, uint8_t *, int, int, int,
                                   int, int);
typedef char *(*error_function)(void *);

/* ISO C knows no cast from an object's address to a function's. */
static void *find(const struct jpeg *jpeg, const char *name, void *function) {
  void *address = dlsym(jpeg->library, name);
  memcpy(function, &address, sizeof address);
  return address;
}

static bool load(struct jpeg *jpeg, struct problem *problem) {
  init_function init;
  if (!jpeg->was_tried) {
    jpeg->was_tried = true;
    jpeg->library = dlopen("libturbojpeg.so.0", RTLD_NOW);
    if (jpeg->library && find(jpeg, "tjInitDecompress", &init))
      jpeg->decoder = init();
  }
  if (!jpeg->decoder)
    return refuse(problem, PROBLEM_FRAME,
                  "This phone's bundle cannot decode JPEG; send pictures as BGR.");
  return true;
}

bool jpeg_make_room(struct jpeg *jpeg, size_t bytes, struct problem *problem) {
  if (jpeg->capacity >= bytes)
    return true;
  uint8_t *data = realloc(jpeg->data, bytes);
  if (!data)
    return refuse_memory(problem, bytes);
  jpeg->data = data;
  jpeg->capacity = bytes;
  return true;
}

bool jpeg_decode(struct jpeg *jpeg, size_t bytes, struct frame *frame, struct problem *problem) {
  header_function read_header;
  decompress_function decompress;
  error_function error_text;
  const struct frame_head *head = &frame->head;
  int width = 0, height = 0, subsampling, colour_space;
  if (!load(jpeg, problem))
    return false;
  if (!find(jpeg, "tjDecompressHeader3", &read_header) ||
      !find(jpeg, "tjDecompress2", &decompress) || !find(jpeg, "tjGetErrorStr2", &error_text))
    return refuse(problem, PROBLEM_FRAME, "This phone's JPEG library lacks a function.");
  if (read_header(jpeg->decoder, jpeg->data, bytes, &width, &height, &subsampling,
                  &colour_space) != 0)
    return refuse(problem, PROBLEM_FRAME, "Frame %u is no JPEG: %s.", head->sequence,
                  error_text(jpeg->decoder));
  /* Before anything is written: the pixels have room for the size in the head, not for more. */
  if (width != head->width || height != head->height)
    return refuse(problem, PROBLEM_FRAME, "Frame %u is a JPEG of %d x %d instead of %u x %u.",
                  head->sequence, width, height, head->width, head->height);
  if (!frame_make_room(frame, problem))
    return false;
  if (decompress(jpeg->decoder, jpeg->data, bytes, frame->pixels, width, 0, height, BGR_PIXELS,
                 ACCURATE_DCT | STOP_ON_WARNING) != 0)
    return refuse(problem, PROBLEM_FRAME, "Frame %u is a damaged JPEG: %s.", head->sequence,
                  error_text(jpeg->decoder));
  return true;
}

void jpeg_free(struct jpeg *jpeg) {
  destroy_function destroy;
  if (jpeg->decoder && find(jpeg, "tjDestroy", &destroy))
    destroy(jpeg->decoder);
  if (jpeg->library)
    dlclose(jpeg->library);
  free(jpeg->data);
  memset(jpeg, 0, sizeof *jpeg);
}
