package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/PlakarKorp/kloset/connectors"
	"github.com/PlakarKorp/kloset/location"
	"golang.org/x/sync/errgroup"
)

// folderExporter writes what the reference exports below root: folders, files and symbolic links with mode
// and time. The first failure ends it.
type folderExporter struct {
	root        string
	concurrency int
	entries     int
}

func (f *folderExporter) Origin() string              { return "localhost" }
func (f *folderExporter) Type() string                { return "fs" }
func (f *folderExporter) Root() string                { return f.root }
func (f *folderExporter) Flags() location.Flags       { return location.FLAG_LOCALFS }
func (f *folderExporter) Ping(context.Context) error  { return nil }
func (f *folderExporter) Close(context.Context) error { return nil }

func (f *folderExporter) Export(_ context.Context, records <-chan *connectors.Record, results chan<- *connectors.Result) error {
	defer close(results)
	group := errgroup.Group{}
	group.SetLimit(f.concurrency)
	folders := []*connectors.Record{}
	var failure error
	// After a failure the channel is still drained, or the reference's walk would wait for ever.
	for record := range records {
		f.entries++
		if failure != nil {
			continue
		}
		path := filepath.Join(f.root, filepath.FromSlash(record.Pathname))
		switch {
		case record.FileInfo.IsDir():
			failure = os.MkdirAll(path, 0o700)
			folders = append(folders, record)
		case record.FileInfo.Mode()&fs.ModeSymlink != 0:
			failure = os.Symlink(record.Target, path)
		case record.FileInfo.Mode().IsRegular():
			group.Go(func() error { return writeFile(path, record) })
		}
	}
	if err := group.Wait(); failure == nil {
		failure = err
	}
	// Deepest first: a folder without write permission, or with its old time, cannot be filled any more.
	slices.Reverse(folders)
	for _, record := range folders {
		if failure == nil {
			failure = setModeAndTime(filepath.Join(f.root, filepath.FromSlash(record.Pathname)), record)
		}
	}
	return failure
}

func writeFile(path string, record *connectors.Record) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, record.Reader); err != nil {
		file.Close()
		return err
	}
	if err := record.Close(); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return setModeAndTime(path, record)
}

func setModeAndTime(path string, record *connectors.Record) error {
	if err := os.Chmod(path, record.FileInfo.Mode()); err != nil {
		return err
	}
	return os.Chtimes(path, record.FileInfo.ModTime(), record.FileInfo.ModTime())
}
