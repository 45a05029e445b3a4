"""Other programs' files of models: written for plug-ins, and read where somebody else trained them."""
