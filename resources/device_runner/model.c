#include "model.h"

#include <string.h>
#include <unistd.h>

#include "scores.h"

static bool create_interpreter(struct model *model, int threads, bool with_xnnpack) {
  const struct tflite *api = model->api;
  TfLiteInterpreterOptions *options = api->options_create();
  if (!options)
    return false;
  api->options_set_threads(options, threads);
  if (with_xnnpack) {
    struct xnnpack_options xnnpack = api->xnnpack_options_default();
    xnnpack.threads = threads;
    model->xnnpack = api->xnnpack_create(&xnnpack);
    if (model->xnnpack)
      api->options_add_delegate(options, model->xnnpack);
  }
  model->interpreter = api->interpreter_create(model->file, options);
  api->options_delete(options);
  return model->interpreter != NULL;
}

static void delete_interpreter(struct model *model) {
  if (model->interpreter)
    model->api->interpreter_delete(model->interpreter);
  /* After the interpreter, which uses it to the end. */
  if (model->xnnpack)
    model->api->xnnpack_delete(model->xnnpack);
  model->interpreter = NULL;
  model->xnnpack = NULL;
}

/* A shape that the file leaves open reads as 1; a size that it fixes is not for us to change. */
static bool fit_input(struct model *model, const int wanted[4], struct problem *problem) {
  const struct tflite *api = model->api;
  if (api->input_count(model->interpreter) < 1)
    return refuse(problem, PROBLEM_OPTIONS, "The model has no input.");
  const TfLiteTensor *input = api->input(model->interpreter, 0);
  bool is_other = api->tensor_dimensions(input) != 4;
  bool is_fixed = is_other;
  for (int32_t i = 0; !is_fixed && i < 4; i++) {
    int32_t size = api->tensor_dimension(input, i);
    is_other = is_other || size != wanted[i];
    is_fixed = size != wanted[i] && size != 1;
  }
  if (is_fixed)
    return refuse(problem, PROBLEM_OPTIONS,
                  "The model's input is not [%d, %d, %d, %d] as the computer says.", wanted[0],
                  wanted[1], wanted[2], wanted[3]);
  if (is_other && api->resize_input(model->interpreter, 0, wanted, 4) != 0)
    return refuse(problem, PROBLEM_OPTIONS, "The model's input cannot be set to %d x %d.",
                  wanted[2], wanted[1]);
  return true;
}

static bool check_input(const struct model *model, const struct open_message *open,
                        struct problem *problem) {
  static const int types[] = {0, TFLITE_FLOAT32, TFLITE_UINT8, TFLITE_INT8, TFLITE_INT16};
  const TfLiteTensor *input = model->api->input(model->interpreter, 0);
  size_t bytes = (size_t)open->input_height * open->input_width * 3 * open->value_bytes;
  if (model->api->tensor_type(input) != types[open->input_type])
    return refuse(problem, PROBLEM_OPTIONS, "The model's input has values of type %d, not %d.",
                  model->api->tensor_type(input), types[open->input_type]);
  if (model->api->tensor_bytes(input) != bytes || !model->api->tensor_data(input))
    return refuse(problem, PROBLEM_OPTIONS, "The model's input has %zu bytes instead of %zu.",
                  model->api->tensor_bytes(input), bytes);
  return true;
}

/* An interpreter with room for its tensors, with the delegate or without. */
static bool prepare(struct model *model, const struct open_message *open, bool with_xnnpack,
                    struct problem *problem) {
  const int channels_last[4] = {1, open->input_height, open->input_width, 3};
  const int channels_first[4] = {1, 3, open->input_height, open->input_width};
  if (!create_interpreter(model, open->threads, with_xnnpack))
    return refuse(problem, PROBLEM_MODEL, "LiteRT %s cannot run the model %s.",
                  model->api->version(), open->path);
  if (!fit_input(model, open->input_channels_first ? channels_first : channels_last, problem))
    return false;
  if (model->api->allocate(model->interpreter) != 0)
    return refuse(problem, PROBLEM_MODEL, "LiteRT %s cannot prepare the model %s.",
                  model->api->version(), open->path);
  return true;
}

bool model_open(struct model *model, const struct tflite *api, const struct open_message *open,
                struct problem *problem) {
  bool wants_xnnpack = open->flags & OPEN_XNNPACK;
  model->api = api;
  if (access(open->path, R_OK) != 0)
    return refuse(problem, PROBLEM_MODEL, "The model %s cannot be read.", open->path);
  model->file = api->model_create(open->path);
  if (!model->file)
    return refuse(problem, PROBLEM_MODEL, "The file %s is not a TFLite model.", open->path);
  if (!prepare(model, open, wants_xnnpack, problem)) {
    if (!wants_xnnpack || problem->code != PROBLEM_MODEL)
      return false;
    /* A model that the delegate cannot take may still run without it, as on the computer. */
    delete_interpreter(model);
    if (!prepare(model, open, false, problem))
      return false;
  }
  if (open->output_index >= api->output_count(model->interpreter))
    return refuse(problem, PROBLEM_OPTIONS, "The model has %d outputs; number %u was asked for.",
                  api->output_count(model->interpreter), open->output_index);
  return check_input(model, open, problem);
}

void *model_input(const struct model *model) {
  return model->api->tensor_data(model->api->input(model->interpreter, 0));
}

bool model_invoke(struct model *model, struct problem *problem) {
  int status = model->api->invoke(model->interpreter);
  if (status != 0)
    return refuse(problem, PROBLEM_INVOKE, "The model failed while it ran (status %d).", status);
  return true;
}

bool model_output(const struct model *model, const struct open_message *open,
                  struct output *output, struct problem *problem) {
  const struct tflite *api = model->api;
  const TfLiteTensor *tensor = api->output(model->interpreter, open->output_index);
  size_t values = (size_t)open->grid_height * open->grid_width;
  if (open->output_kind == OUTPUT_LOGITS)
    values *= open->classes;
  output->type = api->tensor_type(tensor);
  output->data = api->tensor_data(tensor);
  output->bytes = api->tensor_bytes(tensor);
  size_t value_bytes = open->output_kind == OUTPUT_LABELS ? label_bytes(output->type)
                                                          : score_bytes(output->type);
  if (value_bytes == 0)
    return refuse(problem, PROBLEM_OPTIONS, "The model's output has values of type %d.",
                  output->type);
  if (output->bytes != values * value_bytes || !output->data)
    return refuse(problem, PROBLEM_OPTIONS, "The model's output has %zu bytes instead of %zu.",
                  output->bytes, values * value_bytes);
  return true;
}

void model_close(struct model *model) {
  if (!model->api)
    return;
  delete_interpreter(model);
  if (model->file)
    model->api->model_delete(model->file);
  memset(model, 0, sizeof *model);
}
