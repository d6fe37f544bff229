// Command test-cluster is the control plane that the tests run against, in one binary: the unmodified
// Kubernetes, etcd and kwok commands, linked from their Go modules, and what the harness needs besides.
//
// It runs the command that argv[0] names (link it as kube-apiserver, etcd, …), or the one that its first
// argument names. One binary instead of nine saves 400 MB and minutes of linking.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
	_ "time/tzdata" // CronJobs name time zones; upstream's kube-controller-manager embeds them too

	"github.com/spf13/cobra"

	"go.etcd.io/etcd/etcdctl/v3/ctlv3"
	"go.etcd.io/etcd/etcdutl/v3/etcdutl"
	"go.etcd.io/etcd/server/v3/etcdmain"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

var commands = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"etcdctl":                 func() { cobra.EnablePrefixMatching = true; ctlv3.MustStart() },
	"etcdutl":                 runEtcdutl,
	"kubectl":                 runKubectl,
	"kube-apiserver":          func() { os.Exit(cli.Run(apiserver.NewAPIServerCommand())) },
	"kube-controller-manager": func() { os.Exit(cli.Run(controllermanager.NewControllerManagerCommand())) },
	"kube-scheduler":          func() { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) },
	"kwok":                    runKwok,
	"kwok-stages":             printKwokStages,
	"pki":                     func() { exitWith(runPKI(os.Stdin)) },
}

func runKubectl() {
	logs.GlogSetter(kubectl.GetLogVerbosity(os.Args)) //nolint:errcheck // as upstream's main
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
}

// runEtcdutl rebuilds etcdutl's root command, which upstream keeps in package main.
func runEtcdutl() {
	root := &cobra.Command{Use: "etcdutl", Short: "An administrative command line tool for etcd3.", SilenceUsage: true}
	root.PersistentFlags().StringVarP(&etcdutl.OutputFormat, "write-out", "w", "simple",
		"set the output format (fields, json, protobuf, simple, table)")
	root.AddCommand(etcdutl.NewDefragCommand(), etcdutl.NewSnapshotCommand(), etcdutl.NewHashKVCommand(),
		etcdutl.NewVersionCommand(), etcdutl.NewMigrateCommand())
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}
}

func exitWith(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
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

func main() {
	cobra.EnablePrefixMatching = false // ctlv3's init turns it on for the whole process
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
		fmt.Fprintf(os.Stderr, "usage: test-cluster COMMAND …; commands: %v\n", names)
		os.Exit(2)
	}
	if os.Getenv("TEST_CLUSTER_ENDS_WITH_STDIN") == "1" {
		go endWithParent()
	}
	run()
}
