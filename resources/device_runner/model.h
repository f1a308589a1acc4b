/* The network: opened as OPEN says, checked against what the computer believes of it, invoked. */
#ifndef RUNNER_MODEL_H
#define RUNNER_MODEL_H

#include "tflite.h"
#include "wire.h"

/* Zero-initialized before first use. */
struct model {
  const struct tflite *api;
  TfLiteModel *file;
  TfLiteDelegate *xnnpack;
  TfLiteInterpreter *interpreter;
};

/* An output as it lies in memory until the next invoke. */
struct output {
  const void *data;
  size_t bytes;
  int type; /* enum tflite_type */
};

bool model_open(struct model *model, const struct tflite *api, const struct open_message *open,
                struct problem *problem);

/* Where the next input goes. */
void *model_input(const struct model *model);

bool model_invoke(struct model *model, struct problem *problem);

/* The output that segments. Its size is checked every time, as it may depend on the input. */
bool model_output(const struct model *model, const struct open_message *open,
                  struct output *output, struct problem *problem);

void model_close(struct model *model);

#endif
