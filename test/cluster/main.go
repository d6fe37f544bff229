// Command test-cluster is the control plane that the tests run against, in one binary: the unmodified
// Kubernetes, etcd and kwok commands, linked from their Go modules, and what the harness needs besides.
package main

import (
	"fmt"
	"maps"
	"os"

	"github.com/ptar/test-kubernetes/multicall"
	"github.com/spf13/cobra"

	"go.etcd.io/etcd/etcdctl/v3/ctlv3"
	"go.etcd.io/etcd/etcdutl/v3/etcdutl"
	"go.etcd.io/etcd/server/v3/etcdmain"
)

var commands = multicall.Commands{
	"etcd":        func() { etcdmain.Main(os.Args) },
	"etcdctl":     func() { cobra.EnablePrefixMatching = true; ctlv3.MustStart() },
	"etcdutl":     runEtcdutl,
	"kwok":        runKwok,
	"kwok-stages": printKwokStages,
	"pki":         func() { exitWith(runPKI(os.Stdin)) },
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

func main() {
	cobra.EnablePrefixMatching = false // ctlv3's init turns it on for the whole process
	maps.Copy(commands, multicall.Kubernetes())
	commands.Run()
}
