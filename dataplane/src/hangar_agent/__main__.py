"""`python -m hangar_agent …`, which is what the command `hangar-agent …` of an image means."""

import sys

from hangar_agent.command_line import main

sys.exit(main(sys.argv[1:]))
