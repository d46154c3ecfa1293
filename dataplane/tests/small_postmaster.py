"""What a PostgreSQL server says to those who ask whether it takes logins, and no more."""

import socket
import threading

REFUSED = b"E\0\0\0\x19SFATAL\0C28P01\0Mno\0\0"


class SmallPostmaster:
    """Listens on a port of its own or a given one; answers every first message `N`, every second one `answer`."""

    def __init__(self, port=0, encryption=b"N", answer=REFUSED):
        self._answers = (encryption, answer)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self._talk(connection)

    def _talk(self, connection):
        try:
            for answer in self._answers:
                self.heard += connection.recv(4096)
                if answer is None:
                    connection.recv(1)  # says nothing until the other side has gone
                    return
                connection.sendall(answer)
        except OSError:
            return

    def close(self):
        # shutdown wakes the thread that waits in accept; close alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
