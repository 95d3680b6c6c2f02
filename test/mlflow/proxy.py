"""An HTTP proxy in front of one server, which fails at a chosen request."""
import http.client
import http.server
import threading


class Proxy:
    """`fail_at`: number of the request (from 0) at which `before` or `after` it is forwarded the connection is
    broken; `on_fail` is called then. Afterwards it is down until `reset`. With `token`, it wants that one."""

    def __init__(self, port, target):
        self.port, self.target = port, target
        self.token = None
        self.reset()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                proxy.handle(self, body)

            do_GET = do_POST = do_PUT = do_DELETE = forward

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self, fail_at=None, mode="before", on_fail=None):
        self.fail_at, self.mode, self.on_fail = fail_at, mode, on_fail
        self.seen = []
        self.down = False

    def handle(self, request, body):
        number = len(self.seen)
        self.seen.append(f"{request.command} {request.path}")
        failing = number == self.fail_at
        if self.down or (failing and self.mode == "before"):
            return self.break_off(request, failing)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.answer(request, 401, b"who are you?")
        status, answer = self.ask(request, body)
        if failing:
            return self.break_off(request, failing)
        self.answer(request, status, answer)

    def ask(self, request, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=120)
        try:
            connection.request(request.command, request.path, body or None,
                               {"Content-Type": request.headers.get("Content-Type", "")})
            response = connection.getresponse()
            return response.status, response.read()
        except OSError:
            return 502, b"the server behind is gone"
        finally:
            connection.close()

    def break_off(self, request, failing):
        self.down = True
        if failing and self.on_fail:
            self.on_fail()
        request.close_connection = True
        request.connection.shutdown(2)

    @staticmethod
    def answer(request, status, body):
        try:
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:  # it has not waited so long
            request.close_connection = True
