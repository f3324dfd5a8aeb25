"""Acts at the same moment."""

import threading
from collections.abc import Callable

from flask import Flask

from caselog.store.session import end_request


def at_once(app: Flask, act: Callable[[int], object], threads: int = 4) -> None:
    """Do `act(number)` in threads that begin together, each with an app context; raise what they raised."""
    barrier = threading.Barrier(threads)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            with app.app_context():
                barrier.wait()
                act(number)
                end_request()
        except BaseException as error:  # raised again in the test's own thread
            raised.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if raised:
        raise raised[0]
