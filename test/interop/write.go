package main

import (
	"bytes"
	"crypto/ed25519"
	"flag"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/PlakarKorp/kloset/compression"
	"github.com/PlakarKorp/kloset/connectors/storage"
	"github.com/PlakarKorp/kloset/encryption"
	"github.com/PlakarKorp/kloset/encryption/keypair"
	"github.com/PlakarKorp/kloset/hashing"
	"github.com/PlakarKorp/kloset/objects"
	"github.com/PlakarKorp/kloset/repository"
	"github.com/PlakarKorp/kloset/resources"
	"github.com/PlakarKorp/kloset/snapshot"
	"github.com/PlakarKorp/kloset/versioning"
	"github.com/google/uuid"
)

type writeOptions struct {
	plaintext    bool
	hashing      string
	compression  string
	kdf          string
	repositoryID string
	sign         bool
}

var kdfNames = map[string]string{"argon2id": "ARGON2ID", "scrypt": "SCRYPT", "pbkdf2": "PBKDF2"}
var hashingNames = map[string]string{"blake3": "BLAKE3", "sha256": "SHA256"}
var compressionNames = map[string]string{"lz4": "LZ4", "gzip": "GZIP"}

// writeCommand makes an archive with a snapshot per DIR, below its absolute path: a line {snapshot} each.
func writeCommand(flags *flag.FlagSet) runner {
	options := writeOptions{}
	flags.BoolVar(&options.plaintext, "plaintext", false, "do not encrypt")
	flags.StringVar(&options.hashing, "hashing", "blake3", "blake3 or sha256")
	flags.StringVar(&options.compression, "compression", "lz4", "lz4, gzip or none")
	flags.StringVar(&options.kdf, "kdf", "argon2id", "argon2id, scrypt or pbkdf2")
	flags.StringVar(&options.repositoryID, "repository-id", "", "instead of a random one")
	flags.BoolVar(&options.sign, "sign", false, "sign with a key made for this run")
	return func(s *session, arguments []string) (err error) {
		path, err := absolute(arguments[0])
		if err != nil {
			return err
		}
		archive, store, err := s.createArchive(path, options)
		if err != nil {
			return err
		}
		// Without its trailer the file is no archive: leave none behind.
		defer func() {
			if err != nil {
				os.Remove(path)
			}
		}()
		if options.sign {
			if err := s.makeIdentity(); err != nil {
				return err
			}
		}
		if err := s.writeSnapshots(archive, arguments[1:]); err != nil {
			return err
		}
		if err := store.Close(s.context); err != nil {
			return err
		}
		return s.printTimings()
	}
}

func (s *session) createArchive(path string, options writeOptions) (*repository.Repository, storage.Store, error) {
	configuration, err := newConfiguration(options)
	if err != nil {
		return nil, nil, err
	}
	hasher := hashing.GetHasher(storage.DEFAULT_HASHING_ALGORITHM)
	var key []byte
	if configuration.Encryption != nil {
		if key, err = s.deriveKey(configuration.Encryption.KDFParams); err != nil {
			return nil, nil, err
		}
		if configuration.Encryption.Canary, err = encryption.DeriveCanary(configuration.Encryption, key); err != nil {
			return nil, nil, err
		}
		hasher = hashing.GetMACHasher(storage.DEFAULT_HASHING_ALGORITHM, key)
	}
	encoded, err := configuration.ToBytes()
	if err != nil {
		return nil, nil, err
	}
	reader, err := storage.Serialize(hasher, resources.RT_CONFIG, versioning.GetCurrentVersion(resources.RT_CONFIG), bytes.NewReader(encoded))
	if err != nil {
		return nil, nil, err
	}
	wrapped, err := io.ReadAll(reader)
	if err != nil {
		return nil, nil, err
	}
	store, err := storage.Create(s.context, map[string]string{"location": "ptar://" + path}, wrapped)
	if err != nil {
		return nil, nil, err
	}
	archive, err := repository.New(s.context, key, store, wrapped)
	return archive, store, err
}

func newConfiguration(options writeOptions) (*storage.Configuration, error) {
	configuration := storage.NewConfiguration()
	configuration.Packfile.MaxSize = math.MaxUint64
	if options.repositoryID != "" {
		identifier, err := uuid.Parse(options.repositoryID)
		if err != nil {
			return nil, fmt.Errorf("-repository-id: %w", err)
		}
		configuration.RepositoryID = identifier
	}
	hashingConfiguration, err := hashing.LookupDefaultConfiguration(hashingNames[options.hashing])
	if err != nil {
		return nil, err
	}
	configuration.Hashing = *hashingConfiguration
	configuration.Compression = nil
	if options.compression != "none" {
		if configuration.Compression, err = compression.LookupDefaultConfiguration(compressionNames[options.compression]); err != nil {
			return nil, err
		}
	}
	configuration.Encryption = nil
	if !options.plaintext {
		name, ok := kdfNames[options.kdf]
		if !ok {
			return nil, fmt.Errorf("-kdf: unknown %q", options.kdf)
		}
		configuration.Encryption = encryption.NewConfiguration(name)
	}
	return configuration, nil
}

func (s *session) makeIdentity() error {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	s.context.Identity = uuid.Must(uuid.NewRandom())
	s.context.Keypair = keypair.FromPrivateKey(private)
	return nil
}

func (s *session) writeSnapshots(archive *repository.Repository, directories []string) error {
	transaction := objects.RandomMAC()
	cache, err := s.context.GetCache().Scan(transaction)
	if err != nil {
		return err
	}
	defer cache.Close()
	writer := archive.NewRepositoryWriter(cache, transaction, repository.PtarType, "")
	for _, directory := range directories {
		if err := s.writeSnapshot(writer, directory); err != nil {
			return fmt.Errorf("%s: %w", directory, err)
		}
	}
	writer.PackerManager.Wait()
	if err := writer.CommitTransaction(transaction); err != nil {
		return err
	}
	return s.complaints.err()
}

func (s *session) writeSnapshot(writer *repository.RepositoryWriter, directory string) error {
	builder, err := snapshot.CreateWithRepositoryWriter(writer, &snapshot.BuilderOptions{NoCheckpoint: true, NoCommit: true}, objects.NilMac)
	if err != nil {
		return err
	}
	defer builder.Close()
	if s.context.Keypair != nil {
		builder.Header.Identity.Identifier = s.context.Identity
		builder.Header.Identity.PublicKey = s.context.Keypair.PublicKey
	}
	folder, err := newFolderImporter(s.context.Hostname, directory)
	if err != nil {
		return err
	}
	source, err := snapshot.NewSource(s.context, folder)
	if err != nil {
		return err
	}
	if err := builder.Backup(source); err != nil {
		return err
	}
	if _, err := builder.PutSnapshot(); err != nil {
		return err
	}
	return s.lines.print(map[string]string{"snapshot": builder.Header.Identifier.FormatHex()})
}
