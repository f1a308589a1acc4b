"""DeepLabv3+ on a MobileNetV2 backbone, in Keras 3: the network, its cost, its weights.

Read `spec` for the knobs, then `deeplab_v3plus`, which puts `mobilenet_v2`, `aspp` and `decoder`
together out of one layer, `conv_norm`.
"""
