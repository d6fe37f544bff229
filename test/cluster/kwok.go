package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

// runKwok wires kwok's root command, which upstream does in package main: --config and the log flags are read
// before the command's own.
func runKwok() {
	flags := pflag.NewFlagSet("kwok", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, _ := log.InitFlags(signals.SetupSignalContext(), flags)
	ctx, err := config.InitFlags(ctx, flags)
	exitWith(err)
	command := cmd.NewCommand(ctx)
	command.Version = "" // or cobra wants a boolean --version, where Kubernetes' packages have registered theirs
	command.PersistentFlags().AddFlagSet(flags)
	exitWith(command.ExecuteContext(ctx))
}

// printKwokStages prints the stages that make a node ready at once, keep its lease, and take pods from pending
// through running to gone.
func printKwokStages() {
	stages := []string{
		fast.DefaultNodeInit,
		heartbeat.DefaultNodeHeartbeatWithLease,
		podfast.DefaultPodReady,
		podfast.DefaultPodComplete,
		podfast.DefaultPodDelete,
	}
	fmt.Fprintln(os.Stdout, strings.Join(stages, "\n---\n"))
}
