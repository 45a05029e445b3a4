"""The players that the browser tests use: what is in them, and what a test uses of one."""

from types import SimpleNamespace

RATE, SECONDS = 44100, 3
NAMES = ["dry", "wet", "best <b>model</b>", "worst model"]
AMPLITUDES = [0.1, 0.4, 0.3, 0.05]
TITLE = 'riff "one" & <two>'


def parts(page, number=0):
    """What a test uses of one of the page's players."""
    player = page.locator(".ug-player").nth(number)
    return SimpleNamespace(
        player=player,
        play=player.locator(".ug-play"),
        tracks=player.locator(":scope > .ug-choices input"),
        position=player.get_by_label("Position"),
        loop=player.get_by_label("Loop", exact=True),
        match=player.get_by_label("Level matched"),
        status=player.locator(".ug-status"),
        blind=player.locator(".ug-blind"),
    )


def is_playing(part):
    return part.play.get_attribute("data-state") == "playing"


def start(page, part):
    """Press play, and wait until it plays."""
    part.play.click()
    page.wait_for_function("button => button.dataset.state == 'playing'", arg=part.play.element_handle())
