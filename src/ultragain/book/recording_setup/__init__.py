"""The chapter about recording: rigs, virtual devices and what was recorded."""
