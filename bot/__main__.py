"""`python -m bot` is `producer-bot`."""

from bot.cli import main

main()
