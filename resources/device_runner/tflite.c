#include "tflite.h"

#include <dlfcn.h>
#include <string.h>

struct symbol {
  const char *name;
  size_t offset; /* of its pointer in struct tflite */
};

#define SYMBOL(NAME, MEMBER) {NAME, offsetof(struct tflite, MEMBER)}

static const struct symbol symbols[] = {
    SYMBOL("TfLiteVersion", version),
    SYMBOL("TfLiteModelCreateFromFile", model_create),
    SYMBOL("TfLiteModelDelete", model_delete),
    SYMBOL("TfLiteInterpreterOptionsCreate", options_create),
    SYMBOL("TfLiteInterpreterOptionsDelete", options_delete),
    SYMBOL("TfLiteInterpreterOptionsSetNumThreads", options_set_threads),
    SYMBOL("TfLiteInterpreterOptionsAddDelegate", options_add_delegate),
    SYMBOL("TfLiteInterpreterCreate", interpreter_create),
    SYMBOL("TfLiteInterpreterDelete", interpreter_delete),
    SYMBOL("TfLiteInterpreterResizeInputTensor", resize_input),
    SYMBOL("TfLiteInterpreterAllocateTensors", allocate),
    SYMBOL("TfLiteInterpreterInvoke", invoke),
    SYMBOL("TfLiteInterpreterGetInputTensorCount", input_count),
    SYMBOL("TfLiteInterpreterGetOutputTensorCount", output_count),
    SYMBOL("TfLiteInterpreterGetInputTensor", input),
    SYMBOL("TfLiteInterpreterGetOutputTensor", output),
    SYMBOL("TfLiteTensorType", tensor_type),
    SYMBOL("TfLiteTensorNumDims", tensor_dimensions),
    SYMBOL("TfLiteTensorDim", tensor_dimension),
    SYMBOL("TfLiteTensorByteSize", tensor_bytes),
    SYMBOL("TfLiteTensorData", tensor_data),
    SYMBOL("TfLiteXNNPackDelegateOptionsDefault", xnnpack_options_default),
    SYMBOL("TfLiteXNNPackDelegateCreate", xnnpack_create),
    SYMBOL("TfLiteXNNPackDelegateDelete", xnnpack_delete),
};

bool tflite_load(struct tflite *api, struct problem *problem) {
  void *library = dlopen("./" TFLITE_LIBRARY, RTLD_NOW);
  if (!library)
    library = dlopen(TFLITE_LIBRARY, RTLD_NOW);
  if (!library)
    return refuse(problem, PROBLEM_MODEL, "The LiteRT library cannot be loaded: %s.", dlerror());
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *address = dlsym(library, symbols[i].name);
    if (!address)
      return refuse(problem, PROBLEM_MODEL, "The LiteRT library has no function %s.",
                    symbols[i].name);
    memcpy((char *)api + symbols[i].offset, &address, sizeof address);
  }
  return true;
}
