package main

import (
	"errors"
	"flag"

	"github.com/PlakarKorp/kloset/snapshot"
	"github.com/google/uuid"
)

// checkCommand reads every chunk of every snapshot and verifies signatures where there are any: a line
// {snapshot, ok, signed, error?} each. A failed check is a result, not a failure of the command.
func checkCommand(*flag.FlagSet) runner {
	return func(s *session, arguments []string) error {
		archive, err := s.openArchive(arguments[0])
		if err != nil {
			return err
		}
		snapshots, err := s.snapshots(archive)
		if err != nil {
			return err
		}
		for _, one := range snapshots {
			signed := one.Header.Identity.Identifier != uuid.Nil
			line := map[string]any{"snapshot": one.Header.Identifier.FormatHex(), "ok": true, "signed": signed}
			if err := s.checkSnapshot(one, signed); err != nil {
				line["ok"], line["error"] = false, err.Error()
			}
			if err := s.lines.print(line); err != nil {
				return err
			}
		}
		return s.printTimings()
	}
}

func (s *session) checkSnapshot(one *snapshot.Snapshot, signed bool) error {
	cache, err := s.context.GetCache().Check()
	if err != nil {
		return err
	}
	defer cache.Close()
	one.SetCheckCache(cache)
	if err := one.Check("/", &snapshot.CheckOptions{FastCheck: false}); err != nil {
		return err
	}
	if !signed {
		return nil
	}
	valid, err := one.Verify()
	if err != nil {
		return err
	}
	if !valid {
		return errors.New("signature does not verify")
	}
	return nil
}
