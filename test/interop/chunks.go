package main

import (
	"errors"
	"flag"
	"io"
	"os"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc"
	"github.com/PlakarKorp/kloset/chunking"
)

// chunksCommand prints {length} for each chunk that the reference cuts FILE into.
func chunksCommand(*flag.FlagSet) runner {
	return func(s *session, arguments []string) error {
		file, err := os.Open(arguments[0])
		if err != nil {
			return err
		}
		defer file.Close()
		defaults := chunking.NewDefaultConfiguration()
		chunker, err := chunkers.NewChunker(defaults.Algorithm, file, &chunkers.ChunkerOpts{
			MinSize: int(defaults.MinSize), NormalSize: int(defaults.NormalSize), MaxSize: int(defaults.MaxSize),
		})
		if err != nil {
			return err
		}
		for {
			chunk, err := chunker.Next()
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if chunk != nil { // an empty file is one chunk without bytes
				if err := s.lines.print(map[string]int{"length": len(chunk)}); err != nil {
					return err
				}
			}
			if err != nil {
				return nil
			}
		}
	}
}
