/* A stand-in for LiteRT's library, which the runner loads by the same name: its one model gives its
   input back as logits of three classes, so a test knows every mask without a network. The "model"
   is a line of text: stub HEIGHT WIDTH TYPE DELAY_MILLIS KIND. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tflite.h"

struct TfLiteModel {
  int height, width, type, delay_millis;
  char kind[16]; /* plain, open, fails, small, undelegable, late (in refusing the delegate) */
};

struct TfLiteTensor {
  int type, dims[4];
  size_t bytes;
  void *data;
};

struct TfLiteInterpreter {
  struct TfLiteModel model;
  int has_delegate;
  struct TfLiteTensor input, output;
};

struct TfLiteInterpreterOptions {
  int has_delegate;
};

struct TfLiteDelegate {
  int threads;
};

#define EXPORT __attribute__((visibility("default")))

static int is_kind(const struct TfLiteModel *model, const char *kind) {
  return strcmp(model->kind, kind) == 0;
}

EXPORT const char *TfLiteVersion(void) { return "0.0-stub"; }

EXPORT TfLiteModel *TfLiteModelCreateFromFile(const char *path) {
  struct TfLiteModel *model = calloc(1, sizeof *model);
  FILE *file = fopen(path, "r");
  int found = file ? fscanf(file, "stub %d %d %d %d %15s", &model->height, &model->width,
                            &model->type, &model->delay_millis, model->kind)
                   : 0;
  if (file)
    fclose(file);
  if (found == 5)
    return model;
  free(model);
  return NULL;
}

EXPORT void TfLiteModelDelete(TfLiteModel *model) { free(model); }

EXPORT TfLiteInterpreterOptions *TfLiteInterpreterOptionsCreate(void) {
  return calloc(1, sizeof(TfLiteInterpreterOptions));
}

EXPORT void TfLiteInterpreterOptionsDelete(TfLiteInterpreterOptions *options) { free(options); }

EXPORT void TfLiteInterpreterOptionsSetNumThreads(TfLiteInterpreterOptions *options, int32_t n) {
  (void)options;
  (void)n;
}

EXPORT void TfLiteInterpreterOptionsAddDelegate(TfLiteInterpreterOptions *options,
                                                TfLiteDelegate *delegate) {
  options->has_delegate = delegate->threads > 0;
}

EXPORT TfLiteInterpreter *TfLiteInterpreterCreate(const TfLiteModel *model,
                                                  const TfLiteInterpreterOptions *options) {
  if (is_kind(model, "undelegable") && options->has_delegate)
    return NULL;
  struct TfLiteInterpreter *interpreter = calloc(1, sizeof *interpreter);
  int is_open = is_kind(model, "open");
  const int dims[4] = {1, is_open ? 1 : model->height, is_open ? 1 : model->width, 3};
  interpreter->model = *model;
  interpreter->has_delegate = options->has_delegate;
  interpreter->input.type = interpreter->output.type = model->type;
  memcpy(interpreter->input.dims, dims, sizeof dims);
  return interpreter;
}

EXPORT void TfLiteInterpreterDelete(TfLiteInterpreter *interpreter) {
  free(interpreter->input.data);
  free(interpreter->output.data);
  free(interpreter);
}

EXPORT int TfLiteInterpreterResizeInputTensor(TfLiteInterpreter *interpreter, int32_t index,
                                              const int *sizes, int32_t count) {
  if (index != 0 || count != 4)
    return 1;
  memcpy(interpreter->input.dims, sizes, sizeof interpreter->input.dims);
  return 0;
}

EXPORT int TfLiteInterpreterAllocateTensors(TfLiteInterpreter *interpreter) {
  struct TfLiteTensor *input = &interpreter->input, *output = &interpreter->output;
  if (is_kind(&interpreter->model, "late") && interpreter->has_delegate)
    return 1;
  size_t value = input->type == TFLITE_FLOAT32 ? 4 : input->type == TFLITE_INT16 ? 2 : 1;
  input->bytes = (size_t)input->dims[1] * (size_t)input->dims[2] * 3 * value;
  output->bytes = is_kind(&interpreter->model, "small") ? input->bytes - 1 : input->bytes;
  input->data = calloc(1, input->bytes);
  output->data = calloc(1, input->bytes);
  return 0;
}

EXPORT int TfLiteInterpreterInvoke(TfLiteInterpreter *interpreter) {
  usleep((useconds_t)interpreter->model.delay_millis * 1000);
  memcpy(interpreter->output.data, interpreter->input.data, interpreter->input.bytes);
  /* As LiteRT may, use the input's memory for something else. */
  memset(interpreter->input.data, 0x5a, interpreter->input.bytes);
  return is_kind(&interpreter->model, "fails");
}

EXPORT int32_t TfLiteInterpreterGetInputTensorCount(const TfLiteInterpreter *interpreter) {
  return interpreter ? 1 : 0;
}

EXPORT int32_t TfLiteInterpreterGetOutputTensorCount(const TfLiteInterpreter *interpreter) {
  return interpreter ? 1 : 0;
}

EXPORT TfLiteTensor *TfLiteInterpreterGetInputTensor(const TfLiteInterpreter *interpreter,
                                                     int32_t index) {
  return index == 0 ? (TfLiteTensor *)&interpreter->input : NULL;
}

EXPORT const TfLiteTensor *TfLiteInterpreterGetOutputTensor(const TfLiteInterpreter *interpreter,
                                                            int32_t index) {
  return index == 0 ? &interpreter->output : NULL;
}

EXPORT int TfLiteTensorType(const TfLiteTensor *tensor) { return tensor->type; }

EXPORT int32_t TfLiteTensorNumDims(const TfLiteTensor *tensor) { return tensor ? 4 : 0; }

EXPORT int32_t TfLiteTensorDim(const TfLiteTensor *tensor, int32_t i) { return tensor->dims[i]; }

EXPORT size_t TfLiteTensorByteSize(const TfLiteTensor *tensor) { return tensor->bytes; }

EXPORT void *TfLiteTensorData(const TfLiteTensor *tensor) { return tensor->data; }

EXPORT struct xnnpack_options TfLiteXNNPackDelegateOptionsDefault(void) {
  struct xnnpack_options options = {.threads = 1};
  return options;
}

EXPORT TfLiteDelegate *TfLiteXNNPackDelegateCreate(const struct xnnpack_options *options) {
  TfLiteDelegate *delegate = calloc(1, sizeof *delegate);
  delegate->threads = options->threads;
  return delegate;
}

EXPORT void TfLiteXNNPackDelegateDelete(TfLiteDelegate *delegate) { free(delegate); }
