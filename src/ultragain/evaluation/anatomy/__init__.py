"""Where a model's error is: by level, by time since the attack, by band, in rests, after louder playing; its floor."""
