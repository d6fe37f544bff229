package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/PlakarKorp/kloset/snapshot"
)

// restoreCommand writes a snapshot's tree to a folder through the reference's export: {snapshot, entries}.
func restoreCommand(flags *flag.FlagSet) runner {
	prefix := flags.String("snapshot", "", "the beginning of its id; needed where there are several")
	path := flags.String("path", "/", "restore what lies below, without this prefix")
	return func(s *session, arguments []string) error {
		archive, err := s.openArchive(arguments[0])
		if err != nil {
			return err
		}
		snapshots, err := s.snapshots(archive)
		if err != nil {
			return err
		}
		chosen, err := chooseSnapshot(snapshots, *prefix)
		if err != nil {
			return err
		}
		target, err := absolute(arguments[1])
		if err != nil {
			return err
		}
		folder := &folderExporter{root: target, concurrency: s.context.MaxConcurrency}
		if err := chosen.Export(folder, *path, &snapshot.ExportOptions{}); err != nil {
			return err
		}
		if err := s.lines.print(map[string]any{"snapshot": chosen.Header.Identifier.FormatHex(), "entries": folder.entries}); err != nil {
			return err
		}
		return s.printTimings()
	}
}

func chooseSnapshot(snapshots []*snapshot.Snapshot, prefix string) (*snapshot.Snapshot, error) {
	var chosen *snapshot.Snapshot
	for _, one := range snapshots {
		if !strings.HasPrefix(one.Header.Identifier.FormatHex(), prefix) {
			continue
		}
		if chosen != nil {
			return nil, errors.New("several snapshots: say which with -snapshot")
		}
		chosen = one
	}
	if chosen == nil {
		return nil, fmt.Errorf("no snapshot %q", prefix)
	}
	return chosen, nil
}
