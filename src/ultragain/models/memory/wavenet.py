"""The WaveNet: dilated convolutions that hear the last 144 ms, in the shape that Neural Amp Modeler calls A2."""

from ultragain.engine.wavenet.layout import CHANNELS, DILATIONS, HEAD_TAPS, KERNELS, SLOPE


def network():
    """The layers: input of shape (batch, samples, 1), output of the same shape; nothing looks ahead.

    Every layer's input is padded with zeros at its beginning. What a model plays is right from the first sample on if
    `BEFORE` zeros are played before it.
    """
    import keras
    from keras import layers

    def convolution(channels, taps, dilation=1, **options):
        return layers.Conv1D(channels, taps, dilation_rate=dilation, padding="causal", **options)

    dry = keras.Input((None, 1), name="dry")
    x, heard = convolution(CHANNELS, 1, use_bias=False)(dry), []
    for number, (taps, dilation) in enumerate(zip(KERNELS, DILATIONS, strict=True), 1):
        both = [convolution(CHANNELS, taps, dilation)(x), convolution(CHANNELS, 1, use_bias=False)(dry)]
        heard.append(layers.LeakyReLU(SLOPE)(layers.Add()(both)))
        if number < len(KERNELS):
            x = layers.Add()([x, convolution(CHANNELS, 1)(heard[-1])])
    return keras.Model(dry, convolution(1, HEAD_TAPS)(layers.Add()(heard)))
