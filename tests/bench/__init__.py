"""What is measured, not tested."""

import bot as bot  # before numpy, whose threads it limits
