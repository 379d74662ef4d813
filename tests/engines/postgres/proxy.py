"""A socket before a server's, where the first COMMIT gets no answer.

    python tests/engines/postgres/proxy.py <folder of the server's socket> <folder> [sent]

``sent``: the server gets the COMMIT. A process of its own: libpq waits for answers with
Python's lock held, and a thread could never give one.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import suppress

NAME = ".s.PGSQL.5432"
_is_broken = threading.Event()


def pass_on(client: socket.socket, host: str, is_sent: bool) -> None:
    with client, socket.socket(socket.AF_UNIX) as there:
        there.connect(f"{host}/{NAME}")
        threading.Thread(target=answer, args=(there, client), daemon=True).start()
        while sent := client.recv(65536):
            if b"COMMIT" in sent and not _is_broken.is_set():
                _is_broken.set()
                client.shutdown(socket.SHUT_RDWR)
                if is_sent:
                    there.sendall(sent)
                    time.sleep(3)
                there.shutdown(socket.SHUT_RDWR)
                return
            there.sendall(sent)


def answer(there: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while sent := there.recv(65536):
            client.sendall(sent)


def main(host: str, at: str, *words: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{at}/{NAME}")
        listener.listen()
        print("listening", flush=True)
        while True:
            client, _ = listener.accept()
            threading.Thread(target=pass_on, args=(client, host, "sent" in words)).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
