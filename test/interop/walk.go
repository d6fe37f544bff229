package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io"
	"time"

	"github.com/PlakarKorp/kloset/objects"
	"github.com/PlakarKorp/kloset/repository"
	"github.com/PlakarKorp/kloset/resources"
	"github.com/PlakarKorp/kloset/snapshot"
	"github.com/PlakarKorp/kloset/snapshot/vfs"
)

// walkCommand prints a line {header, snapshot} per snapshot, then one {mode, path, size, sha256?} per entry,
// depth first. With -details entries also tell target, mod_time, owner, links, content type and extended
// attributes, and a line {path, failure} follows per recorded error.
func walkCommand(flags *flag.FlagSet) runner {
	details := flags.Bool("details", false, "print everything that an entry says")
	withoutDigest := flags.Bool("without-digest", false, "read no content: leave sha256 out")
	withoutDirpack := flags.Bool("without-dirpack", false, "list folders from the B-tree, although there is a dirpack index")
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
			if err := s.lines.print(map[string]any{"snapshot": one.Header.Identifier.FormatHex(), "header": one.Header}); err != nil {
				return err
			}
			var tree *vfs.Filesystem
			if *withoutDirpack {
				root := one.Header.GetSource(0).VFS
				tree, err = vfs.NewFilesystem(archive, root.Root, root.Xattrs, root.Errors, nil)
			} else {
				tree, err = one.Filesystem()
			}
			if err != nil {
				return err
			}
			if err := s.walkTree(archive, one, tree, *details, *withoutDigest); err != nil {
				return err
			}
		}
		return nil
	}
}

func (s *session) walkTree(archive *repository.Repository, one *snapshot.Snapshot, tree *vfs.Filesystem, details, withoutDigest bool) error {
	var attributes map[string]map[string][]byte
	if details {
		var err error
		if attributes, err = extendedAttributes(archive, tree); err != nil {
			return err
		}
	}
	err := tree.WalkDir("/", func(path string, entry *vfs.Entry, err error) error {
		if err != nil {
			return err
		}
		line := map[string]any{"path": path, "mode": entry.FileInfo.Mode().String(), "size": entry.FileInfo.Size()}
		if entry.FileInfo.Mode().IsRegular() && !withoutDigest {
			if line["sha256"], err = contentDigest(tree, entry); err != nil {
				return err
			}
		}
		if details {
			line["mod_time"] = entry.FileInfo.ModTime().UTC().Format(time.RFC3339Nano)
			line["uid"], line["gid"], line["nlink"] = entry.FileInfo.Uid(), entry.FileInfo.Gid(), entry.FileInfo.Nlink()
			line["target"], line["content_type"] = entry.SymlinkTarget, entry.ContentType
			line["xattrs"] = attributes[path]
		}
		return s.lines.print(line)
	})
	if err != nil || !details {
		return err
	}
	for item, err := range tree.Errors("/") {
		if err != nil {
			return err
		}
		if err := s.lines.print(map[string]any{"path": item.Name, "failure": item.Error}); err != nil {
			return err
		}
	}
	return nil
}

func contentDigest(tree *vfs.Filesystem, entry *vfs.Entry) (string, error) {
	file, err := entry.Open(tree)
	if err != nil {
		return "", err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// extendedAttributes reads them from the tree's nodes. Entry.Xattr cannot be relied on: the tree is built in
// path order and searched in byte order.
func extendedAttributes(archive *repository.Repository, tree *vfs.Filesystem) (map[string]map[string][]byte, error) {
	found := map[string]map[string][]byte{}
	nodes := tree.XattrNodes()
	for nodes.Next() {
		_, node := nodes.Current()
		for _, id := range node.Values {
			if err := addAttribute(archive, found, id); err != nil {
				return nil, err
			}
		}
	}
	return found, nodes.Err()
}

func addAttribute(archive *repository.Repository, found map[string]map[string][]byte, id objects.MAC) error {
	encoded, err := archive.GetBlobBytes(resources.RT_XATTR_ENTRY, id)
	if err != nil {
		return err
	}
	attribute, err := vfs.XattrFromBytes(encoded)
	if err != nil {
		return err
	}
	encoded, err = archive.GetBlobBytes(resources.RT_OBJECT, attribute.Object)
	if err != nil {
		return err
	}
	object, err := objects.NewObjectFromBytes(encoded)
	if err != nil {
		return err
	}
	value := []byte{}
	for _, chunk := range object.Chunks {
		content, err := archive.GetBlobBytes(resources.RT_CHUNK, chunk.ContentMAC)
		if err != nil {
			return err
		}
		value = append(value, content...)
	}
	if found[attribute.Path] == nil {
		found[attribute.Path] = map[string][]byte{}
	}
	found[attribute.Path][attribute.Name] = value
	return nil
}
