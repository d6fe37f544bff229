package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"github.com/PlakarKorp/kloset/connectors"
	"github.com/PlakarKorp/kloset/location"
	"github.com/PlakarKorp/kloset/objects"
	"github.com/pkg/xattr"
)

// folderImporter is Plakar's file system importer in small (its module is not published): the folder's tree
// with links, owners and extended attributes, and the folders above it. What cannot be read becomes an
// error record.
type folderImporter struct {
	origin string
	root   string
	users  map[uint64]string
	groups map[uint64]string
}

func newFolderImporter(origin, directory string) (*folderImporter, error) {
	root, err := absolute(directory)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(root); err != nil {
		return nil, err
	}
	return &folderImporter{origin: origin, root: root, users: map[uint64]string{}, groups: map[uint64]string{}}, nil
}

func (f *folderImporter) Origin() string              { return f.origin }
func (f *folderImporter) Type() string                { return "fs" }
func (f *folderImporter) Root() string                { return filepath.ToSlash(f.root) }
func (f *folderImporter) Flags() location.Flags       { return location.FLAG_LOCALFS }
func (f *folderImporter) Ping(context.Context) error  { return nil }
func (f *folderImporter) Close(context.Context) error { return nil }

func (f *folderImporter) Import(ctx context.Context, records chan<- *connectors.Record, _ <-chan *connectors.Result) error {
	defer close(records)
	send := func(record *connectors.Record) error {
		select {
		case records <- record:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for parent := filepath.Dir(f.root); ; parent = filepath.Dir(parent) {
		if err := f.sendPath(parent, send); err != nil {
			return err
		}
		if parent == filepath.Dir(parent) {
			break
		}
	}
	return filepath.WalkDir(f.root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return send(connectors.NewError(filepath.ToSlash(path), err))
		}
		return f.sendPath(path, send)
	})
}

func (f *folderImporter) sendPath(path string, send func(*connectors.Record) error) error {
	name := filepath.ToSlash(path)
	stat, err := os.Lstat(path)
	if err != nil {
		return send(connectors.NewError(name, err))
	}
	info := objects.FileInfoFromStat(stat)
	info.Lusername, info.Lgroupname = f.userName(info.Uid()), f.groupName(info.Gid())
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return send(connectors.NewError(name, err))
		}
	}
	// A file system without extended attributes answers with an error: then there are none.
	attributes, _ := xattr.LList(path)
	if err := send(connectors.NewRecord(name, target, info, attributes, func() (io.ReadCloser, error) { return os.Open(path) })); err != nil {
		return err
	}
	for _, attribute := range attributes {
		record := connectors.NewXattr(name, attribute, objects.AttributeExtended, func() (io.ReadCloser, error) {
			value, err := xattr.LGet(path, attribute)
			return io.NopCloser(bytes.NewReader(value)), err
		})
		if err := send(record); err != nil {
			return err
		}
	}
	return nil
}

func (f *folderImporter) userName(id uint64) string {
	if _, ok := f.users[id]; !ok {
		f.users[id] = ""
		if found, err := user.LookupId(strconv.FormatUint(id, 10)); err == nil {
			f.users[id] = found.Username
		}
	}
	return f.users[id]
}

func (f *folderImporter) groupName(id uint64) string {
	if _, ok := f.groups[id]; !ok {
		f.groups[id] = ""
		if found, err := user.LookupGroupId(strconv.FormatUint(id, 10)); err == nil {
			f.groups[id] = found.Name
		}
	}
	return f.groups[id]
}
