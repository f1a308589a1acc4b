/* Motion between frames for ctypes. Memory is kept from call to call, as the runner keeps it. */
#include <string.h>

#include "flow.h"
#include "plane.h"

static struct plane plane;
static struct flow_search search;

/* Each returns 0, or the code of the problem. */
int shim_plane(const uint8_t *picture, int frame_height, int frame_width, int channels, int height,
               int width, uint8_t *out) {
  struct problem problem = {0};
  plane_write(&plane, picture, frame_height, frame_width, channels, height, width, out, &problem);
  return problem.code;
}

int shim_flow(const uint8_t *current, const uint8_t *previous, int height, int width,
              int iterations, const int16_t *guess, int16_t *flow, uint8_t *left) {
  struct problem problem = {0};
  if (dense_flow(&search, current, previous, height, width, (uint32_t)iterations, guess, flow,
                 &problem))
    flow_residual(&search, current, previous, flow, height, width, left);
  return problem.code;
}

void shim_flow_forget(void) {
  plane_free(&plane);
  flow_search_free(&search);
}
