// Package multicall puts the commands of Kubernetes, unmodified, into one binary: linked once they are smaller
// by hundreds of megabytes, and built in minutes less, than each on its own.
package multicall

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
	_ "time/tzdata" // CronJobs name time zones; upstream's kube-controller-manager embeds them too

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// Commands are by the names under which they are run; each reads its arguments from os.Args.
type Commands map[string]func()

// Kubernetes is its control plane and kubectl, of the version that the main module's go.mod names.
func Kubernetes() Commands {
	return Commands{
		"kubectl":                 runKubectl,
		"kube-apiserver":          func() { os.Exit(cli.Run(apiserver.NewAPIServerCommand())) },
		"kube-controller-manager": func() { os.Exit(cli.Run(controllermanager.NewControllerManagerCommand())) },
		"kube-scheduler":          func() { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) },
	}
}

func runKubectl() {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
}

// Run runs the command that argv[0] names (link the binary as kube-apiserver, …), or the one that its first
// argument names.
func (commands Commands) Run() {
	run, ok := commands[filepath.Base(os.Args[0])]
	if !ok && len(os.Args) > 1 {
		if run, ok = commands[os.Args[1]]; ok {
			os.Args = os.Args[1:]
		}
	}
	if !ok {
		names := make([]string, 0, len(commands))
		for name := range commands {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "usage: %s COMMAND …; commands: %v\n", filepath.Base(os.Args[0]), names)
		os.Exit(2)
	}
	if os.Getenv("TEST_CLUSTER_ENDS_WITH_STDIN") == "1" {
		go endWithParent()
	}
	run()
}

// endWithParent ends this process when its standard input does: the harness holds the other end open, and
// even a harness that was killed leaves no component behind.
func endWithParent() {
	io.Copy(io.Discard, os.Stdin) //nolint:errcheck // any end of the input is the end
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(syscall.SIGTERM) == nil {
		time.Sleep(5 * time.Second)
	}
	os.Exit(1)
}
