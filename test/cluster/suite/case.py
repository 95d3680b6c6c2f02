"""What the tests of the suite share: the cluster, and a project with a namespace for each test."""
import os
import tempfile
import unittest

from api import Api
from project import Project
from proxy import Proxy, Wire


class ClusterCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.opsc = os.environ["OPSC"]
        cls.api = Api(os.environ["OPSC_CLUSTER_KUBECONFIG"])
        cls.scratch = tempfile.TemporaryDirectory(prefix="opsc-cluster-test-")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def project(self):
        name = self._testMethodName.removeprefix("test_").replace("_", "-")[:50].rstrip("-")
        return Project(self.opsc, self.api, self.scratch.name, name)

    def proxy(self):
        proxy = Proxy(self.api)
        self.addCleanup(proxy.close)
        return proxy

    def wire(self):
        wire = Wire(self.api)
        self.addCleanup(wire.close)
        return wire
