"""The API server, asked directly: what opsc claims is compared with what is there."""
import http.client
import json
import pathlib
import ssl
import urllib.parse


class Api:
    """Calls as the administrator of the cluster whose kubeconfig is `kubeconfig`."""

    def __init__(self, kubeconfig):
        self.kubeconfig = pathlib.Path(kubeconfig)
        self.pki = self.kubeconfig.parent
        text = self.kubeconfig.read_text()
        self.url = text.split('server: "')[1].split('"')[0]
        self.port = urllib.parse.urlparse(self.url).port
        self.context = ssl.create_default_context(cafile=self.pki / "ca.crt")
        self.context.load_cert_chain(self.pki / "admin.crt", self.pki / "admin.key")

    def call(self, method, path, body=None, content_type="application/json"):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=60)
        text = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, text, {"Content-Type": content_type})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data) if data else {}

    def get(self, path):
        """The object, or None."""
        status, body = self.call("GET", path)
        assert status in (200, 404), (status, body)
        return body if status == 200 else None

    def apply(self, path, body, manager="somebody", force=False):
        query = f"?fieldManager={manager}" + ("&force=true" if force else "")
        status, body = self.call("PATCH", path + query, body, "application/apply-patch+yaml")
        assert status < 300, (status, body)
        return body

    def merge(self, path, body, manager="somebody"):
        status, body = self.call("PATCH", f"{path}?fieldManager={manager}", body, "application/merge-patch+json")
        assert status < 300, (status, body)
        return body

    def create(self, path, body, manager="somebody"):
        status, body = self.call("POST", f"{path}?fieldManager={manager}", body)
        assert status < 300, (status, body)
        return body
