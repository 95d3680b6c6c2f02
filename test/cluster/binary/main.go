// Command cluster is every program of a Kubernetes cluster in one static binary, chosen by the first
// argument: etcd, the control plane, the node's two daemons, and kubectl.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	cri "k8s.io/cri-client/pkg"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controller "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var components = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controller.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func fail(code int, words ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"cluster:"}, words...)...)
	os.Exit(code)
}

// removePods ends every pod sandbox of the container runtime at endpoint.
func removePods(endpoint string) error {
	ctx := context.Background()
	runtime, err := cri.NewRemoteRuntimeService(endpoint, 30*time.Second, nil, nil)
	if err != nil {
		return err
	}
	pods, err := runtime.ListPodSandbox(ctx, nil)
	for _, pod := range pods {
		err = errors.Join(err, runtime.StopPodSandbox(ctx, pod.Id), runtime.RemovePodSandbox(ctx, pod.Id))
	}
	return err
}

func main() {
	if len(os.Args) < 2 {
		fail(2, "which component?")
	}
	os.Args = os.Args[1:]
	name := os.Args[0]
	switch make, known := components[name]; {
	case known:
		os.Exit(cli.Run(make()))
	case name == "etcd":
		etcdmain.Main(os.Args)
	case name == "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			fail(1, err)
		}
	case name == "remove-pods" && len(os.Args) == 2: // remove-pods unix:///path/of/containerd.sock
		if err := removePods(os.Args[1]); err != nil {
			fail(1, err)
		}
	default:
		fail(2, "no such component:", name)
	}
}
