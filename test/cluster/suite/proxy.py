"""What stands before the API server and misbehaves as it is told."""
import http.client
import http.server
import socket
import ssl
import threading
import time


class Proxy:
    """`rule(method, path)` returns None to pass a request on, an int to answer with that status, or
    "cut" to pass it on and break the connection instead of answering, "hang" to never answer."""

    def __init__(self, api):
        proxy = self
        self.rule = lambda method, path: None
        self.requests = []
        self.retry_after = None

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                proxy.requests.append((self.command, self.path))
                what = proxy.rule(self.command, self.path)
                if isinstance(what, int):
                    return self.answer(what, b'{"kind":"Status","message":"injected"}')
                if what == "hang":
                    time.sleep(300)
                backend = http.client.HTTPSConnection("127.0.0.1", api.port, context=api.context, timeout=60)
                headers = {k: v for k, v in self.headers.items() if k.lower() in ("content-type", "accept")}
                backend.request(self.command, self.path, body, headers)
                response = backend.getresponse()
                if "watch=1" in self.path:
                    return self.stream(response, what)
                data = response.read()
                backend.close()
                if what == "cut":
                    self.close_connection = True
                    self.connection.close()
                    return None
                return self.answer(response.status, data)

            def stream(self, response, what):
                self.send_response(response.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while line := response.readline():
                    self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                    if what == "cut":
                        break
                self.close_connection = True
                return None

            def answer(self, status, data):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429 and proxy.retry_after:
                    self.send_header("Retry-After", proxy.retry_after)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PATCH = do_DELETE = do_POST = do_PUT = handle_any

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(api.pki / "apiserver.crt", api.pki / "apiserver.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.kubeconfig = api.pki / f"proxy-{self.server.server_port}.kubeconfig"
        text = api.kubeconfig.read_text().replace(api.url, f"https://127.0.0.1:{self.server.server_port}")
        self.kubeconfig.write_text(text)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Wire:
    """Connections to the API server as they are, which can be cut: also those that have become WebSockets."""

    def __init__(self, api):
        self.open, self.lock, self.passed = set(), threading.Lock(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.kubeconfig = api.pki / f"wire-{self.port}.kubeconfig"
        self.kubeconfig.write_text(api.kubeconfig.read_text().replace(api.url, f"https://127.0.0.1:{self.port}"))
        threading.Thread(target=self.accept, args=(api.port,), daemon=True).start()

    def accept(self, port):
        while True:
            try:
                near = self.listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", port))
            except OSError:
                return
            with self.lock:
                self.open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source, sink):
        try:
            while data := source.recv(65536):
                self.passed += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            self.shut(end)

    def shut(self, end):
        with self.lock:
            self.open.discard(end)
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def cut(self):
        for end in list(self.open):
            self.shut(end)

    def close(self):
        self.listener.close()
        self.cut()
