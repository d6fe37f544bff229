package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"path/filepath"
	"slices"

	"github.com/PlakarKorp/kloset/caching"
	"github.com/PlakarKorp/kloset/repository"
	"github.com/PlakarKorp/kloset/repository/state"
	"github.com/PlakarKorp/kloset/resources"
)

// blobsCommand prints a line per blob that the state knows, in the order of the packfile: {type, version,
// mac, offset, length, plaintextSize, sha256}, offset counted from the packfile's data. With -bytes also the
// plaintext in base64 of everything but chunks.
func blobsCommand(flags *flag.FlagSet) runner {
	withBytes := flags.Bool("bytes", false, "print the plaintext of everything but chunks")
	return func(s *session, arguments []string) error {
		archive, err := s.openArchive(arguments[0])
		if err != nil {
			return err
		}
		located, err := s.locateBlobs(archive)
		if err != nil {
			return err
		}
		for _, blob := range located {
			plaintext, err := archive.GetBlobBytes(blob.Type, blob.Blob)
			if err != nil {
				return err
			}
			digest := sha256.Sum256(plaintext)
			line := map[string]any{
				"type": blob.Type.String(), "version": uint32(blob.Version), "mac": blob.Blob.FormatHex(),
				"offset": blob.Location.Offset, "length": blob.Location.Length,
				"plaintextSize": len(plaintext), "sha256": hex.EncodeToString(digest[:]),
			}
			if *withBytes && blob.Type != resources.RT_CHUNK {
				line["bytes"] = plaintext
			}
			if err := s.lines.print(line); err != nil {
				return err
			}
		}
		return nil
	}
}

// locateBlobs reads the archive's state into a cache of its own: the repository keeps its state to itself.
func (s *session) locateBlobs(archive *repository.Repository) ([]state.DeltaEntry, error) {
	identifiers, err := archive.GetStates()
	if err != nil {
		return nil, err
	}
	located := []state.DeltaEntry{}
	for _, identifier := range identifiers {
		reader, version, err := archive.GetState(identifier)
		if err != nil {
			return nil, err
		}
		cache, err := caching.NewSQLState(filepath.Join(s.context.CacheDir, "blobs-"+identifier.FormatHex()), false)
		if err != nil {
			return nil, err
		}
		local, err := state.FromStream(reader, version, cache)
		if err != nil {
			return nil, err
		}
		for _, kind := range resources.Types() {
			for entry, err := range local.ListObjectsOfType(kind) {
				if err != nil {
					return nil, err
				}
				located = append(located, entry)
			}
		}
	}
	slices.SortFunc(located, func(a, b state.DeltaEntry) int { return cmp.Compare(a.Location.Offset, b.Location.Offset) })
	return located, nil
}
