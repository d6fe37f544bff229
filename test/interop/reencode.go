package main

import (
	"bytes"
	"flag"

	"github.com/PlakarKorp/kloset/btree"
	"github.com/PlakarKorp/kloset/objects"
	"github.com/PlakarKorp/kloset/resources"
	"github.com/PlakarKorp/kloset/snapshot/header"
	"github.com/PlakarKorp/kloset/snapshot/vfs"
	"github.com/vmihailenco/msgpack/v5"
)

// reencoders decode a record and encode it again. A signature covers the header as it is encoded again, and
// the other records show the same way whether field order and integer widths are right.
var reencoders = map[resources.Type]func([]byte) ([]byte, error){
	resources.RT_SNAPSHOT:    reencodeWith(header.NewFromBytes, (*header.Header).Serialize),
	resources.RT_OBJECT:      reencodeWith(objects.NewObjectFromBytes, (*objects.Object).Serialize),
	resources.RT_VFS_ENTRY:   reencodeWith(vfs.EntryFromBytes, (*vfs.Entry).ToBytes),
	resources.RT_VFS_SUMMARY: reencodeWith(vfs.SummaryFromBytes, (*vfs.Summary).ToBytes),
	resources.RT_ERROR_ENTRY: reencodeWith(vfs.ErrorItemFromBytes, (*vfs.ErrorItem).ToBytes),
	resources.RT_XATTR_ENTRY: reencodeWith(vfs.XattrFromBytes, (*vfs.Xattr).ToBytes),
	resources.RT_VFS_BTREE:   reencodeTree,
	resources.RT_ERROR_BTREE: reencodeTree,
	resources.RT_XATTR_BTREE: reencodeTree,
	resources.RT_BTREE_ROOT:  reencodeTree,
	resources.RT_VFS_NODE:    reencodeNode,
	resources.RT_ERROR_NODE:  reencodeNode,
	resources.RT_XATTR_NODE:  reencodeNode,
	resources.RT_BTREE_NODE:  reencodeNode,
}

func reencodeWith[T any](decode func([]byte) (*T, error), encode func(*T) ([]byte, error)) func([]byte) ([]byte, error) {
	return func(stored []byte) ([]byte, error) {
		record, err := decode(stored)
		if err != nil {
			return nil, err
		}
		return encode(record)
	}
}

func reencodeTree(stored []byte) ([]byte, error) {
	tree := btree.BTree[string, objects.MAC, objects.MAC]{}
	if err := msgpack.Unmarshal(stored, &tree); err != nil {
		return nil, err
	}
	return msgpack.Marshal(&tree)
}

func reencodeNode(stored []byte) ([]byte, error) {
	node := btree.Node[string, objects.MAC, objects.MAC]{}
	if err := msgpack.Unmarshal(stored, &node); err != nil {
		return nil, err
	}
	return msgpack.Marshal(&node)
}

// reencodeCommand prints {snapshot, stored, reencoded} (base64) per snapshot header and {type, mac, equal} per
// other record. Where a record differs, stored and reencoded follow too.
func reencodeCommand(*flag.FlagSet) runner {
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
			reencode, ok := reencoders[blob.Type]
			if !ok {
				continue
			}
			stored, err := archive.GetBlobBytes(blob.Type, blob.Blob)
			if err != nil {
				return err
			}
			reencoded, err := reencode(stored)
			if err != nil {
				return err
			}
			equal := bytes.Equal(stored, reencoded)
			line := map[string]any{"type": blob.Type.String(), "mac": blob.Blob.FormatHex(), "equal": equal}
			if blob.Type == resources.RT_SNAPSHOT {
				line["snapshot"] = blob.Blob.FormatHex()
			}
			if blob.Type == resources.RT_SNAPSHOT || !equal {
				line["stored"], line["reencoded"] = stored, reencoded
			}
			if err := s.lines.print(line); err != nil {
				return err
			}
		}
		return nil
	}
}
