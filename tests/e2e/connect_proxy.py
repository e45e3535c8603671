"""An HTTP proxy on loopback that takes CONNECT, wants a login where it is given one, and leads every tunnel to one server."""
import base64
import socket
import threading


class ConnectProxy:
    def __init__(self, port, login=None):
        self.target, self.login, self.heads = port, login, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                visitor, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(visitor,), daemon=True).start()

    def serve(self, visitor):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            part = visitor.recv(1)
            if not part:
                return
            head += part
        self.heads.append(head.decode())
        if self.login and f"Proxy-Authorization: Basic {base64.b64encode(self.login.encode()).decode()}\r\n" not in head.decode():
            visitor.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\n\r\nno")
            return visitor.close()
        onward = socket.create_connection(("127.0.0.1", self.target))
        visitor.sendall(b"HTTP/1.0 200 Connection established\r\n\r\n")
        back = threading.Thread(target=self.pour, args=(onward, visitor), daemon=True)
        back.start()
        self.pour(visitor, onward)

    @staticmethod
    def pour(source, sink):
        try:
            while part := source.recv(65536):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.listener.close()
