"""UltraGain: small LSTM models of a guitar preamp, recorded, trained, scored and published."""
