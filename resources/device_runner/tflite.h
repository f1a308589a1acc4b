/* The part of LiteRT's C API that the runner uses, found in its library when the program runs: so
   it compiles without the library, and a missing one is refused in words. */
#ifndef RUNNER_TFLITE_H
#define RUNNER_TFLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

#define TFLITE_LIBRARY "libLiteRtRuntimeCApi.so"

typedef struct TfLiteModel TfLiteModel;
typedef struct TfLiteInterpreter TfLiteInterpreter;
typedef struct TfLiteInterpreterOptions TfLiteInterpreterOptions;
typedef struct TfLiteTensor TfLiteTensor;
typedef struct TfLiteDelegate TfLiteDelegate;

/* Reference: tensorflow/lite/core/c/c_api_types.h */
enum tflite_type {
  TFLITE_FLOAT32 = 1,
  TFLITE_INT32 = 2,
  TFLITE_UINT8 = 3,
  TFLITE_INT64 = 4,
  TFLITE_BOOL = 6,
  TFLITE_INT16 = 7,
  TFLITE_INT8 = 9,
  TFLITE_FLOAT16 = 10,
  TFLITE_UINT32 = 16,
  TFLITE_UINT16 = 17,
};

/* Only the first member is ours to set. The real structure is shorter and grows with versions; it
   travels by address in both directions, so room to spare does no harm. */
struct xnnpack_options {
  int32_t threads;
  uint8_t rest[508];
};

struct tflite {
  const char *(*version)(void);
  TfLiteModel *(*model_create)(const char *path);
  void (*model_delete)(TfLiteModel *);
  TfLiteInterpreterOptions *(*options_create)(void);
  void (*options_delete)(TfLiteInterpreterOptions *);
  void (*options_set_threads)(TfLiteInterpreterOptions *, int32_t);
  void (*options_add_delegate)(TfLiteInterpreterOptions *, TfLiteDelegate *);
  TfLiteInterpreter *(*interpreter_create)(const TfLiteModel *, const TfLiteInterpreterOptions *);
  void (*interpreter_delete)(TfLiteInterpreter *);
  int (*resize_input)(TfLiteInterpreter *, int32_t index, const int *sizes, int32_t count);
  int (*allocate)(TfLiteInterpreter *);
  int (*invoke)(TfLiteInterpreter *);
  int32_t (*input_count)(const TfLiteInterpreter *);
  int32_t (*output_count)(const TfLiteInterpreter *);
  TfLiteTensor *(*input)(const TfLiteInterpreter *, int32_t index);
  const TfLiteTensor *(*output)(const TfLiteInterpreter *, int32_t index);
  int (*tensor_type)(const TfLiteTensor *);
  int32_t (*tensor_dimensions)(const TfLiteTensor *);
  int32_t (*tensor_dimension)(const TfLiteTensor *, int32_t index);
  size_t (*tensor_bytes)(const TfLiteTensor *);
  void *(*tensor_data)(const TfLiteTensor *);
  struct xnnpack_options (*xnnpack_options_default)(void);
  TfLiteDelegate *(*xnnpack_create)(const struct xnnpack_options *);
  void (*xnnpack_delete)(TfLiteDelegate *);
};

/* Loads the library from the working folder, or wherever the loader looks. */
bool tflite_load(struct tflite *api, struct problem *problem);

#endif
