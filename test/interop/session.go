package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	_ "github.com/PlakarKorp/integrations/ptar/storage"
	"github.com/PlakarKorp/kloset/caching"
	"github.com/PlakarKorp/kloset/caching/pebble"
	"github.com/PlakarKorp/kloset/connectors/storage"
	"github.com/PlakarKorp/kloset/encryption"
	"github.com/PlakarKorp/kloset/kcontext"
	"github.com/PlakarKorp/kloset/logging"
	"github.com/PlakarKorp/kloset/objects"
	"github.com/PlakarKorp/kloset/repository"
	"github.com/PlakarKorp/kloset/snapshot"
)

// session is one run: the reference's context, its throw-away cache and our output.
type session struct {
	context       *kcontext.KContext
	lines         *lines
	complaints    *complaints
	started       time.Time
	keyDerivation time.Duration
	keyCPU        time.Duration
}

func newSession() (*session, error) {
	directory, err := os.MkdirTemp("", "ptar-reference-")
	if err != nil {
		return nil, err
	}
	context := kcontext.NewKContext()
	context.CacheDir = directory
	context.MaxConcurrency = runtime.NumCPU()*8 + 1 // as Plakar's command sets it
	context.OperatingSystem = runtime.GOOS
	context.Architecture = runtime.GOARCH
	context.ProcessID = os.Getpid()
	context.CommandLine = strings.Join(os.Args, " ")
	context.Client = "ptar-reference"
	if context.CWD, err = os.Getwd(); err != nil {
		return nil, err
	}
	if context.Hostname, err = os.Hostname(); err != nil {
		return nil, err
	}
	if current, err := user.Current(); err == nil {
		context.Username = current.Username
	}
	context.SetCache(caching.NewManager(pebble.Constructor(directory)))
	complaints := &complaints{}
	context.SetLogger(logging.NewLogger(io.Discard, complaints))
	return &session{context: context, lines: newLines(), complaints: complaints, started: time.Now()}, nil
}

func (s *session) close() error {
	err := s.context.GetCache().Close()
	s.context.Close()
	return errors.Join(s.lines.buffer.Flush(), err, os.RemoveAll(s.context.CacheDir))
}

// printTimings is the last line of the subcommands that are worth timing. Deriving the key costs about a
// second by design, so that a benchmark wants to leave it out.
func (s *session) printTimings() error {
	return s.lines.print(map[string]any{
		"keyDerivationMs":    s.keyDerivation.Milliseconds(),
		"keyDerivationCpuMs": s.keyCPU.Milliseconds(),
		"totalMs":            time.Since(s.started).Milliseconds(),
	})
}

func (s *session) deriveKey(parameters encryption.KDFParams) ([]byte, error) {
	passphrase, ok := os.LookupEnv("PTAR_PASSPHRASE")
	if !ok {
		return nil, errors.New("encrypted: set PTAR_PASSPHRASE")
	}
	start, startCPU := time.Now(), processCPU()
	key, err := encryption.DeriveKey(parameters, []byte(passphrase))
	s.keyDerivation += time.Since(start)
	s.keyCPU += processCPU() - startCPU
	return key, err
}

// processCPU is what this process has used of the processors so far.
func processCPU() time.Duration {
	usage := syscall.Rusage{}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// openArchive opens an archive for reading.
func (s *session) openArchive(path string) (*repository.Repository, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	store, wrapped, err := storage.Open(s.context, map[string]string{"location": "ptar://" + path})
	if err != nil {
		return nil, err
	}
	configuration, err := storage.NewConfigurationFromWrappedBytes(wrapped)
	if err != nil {
		return nil, err
	}
	var key []byte
	if configuration.Encryption != nil {
		if key, err = s.deriveKey(configuration.Encryption.KDFParams); err != nil {
			return nil, err
		}
		if !encryption.VerifyCanary(configuration.Encryption, key) {
			return nil, errors.New("wrong passphrase")
		}
	}
	return repository.New(s.context, key, store, wrapped)
}

// snapshots loads every snapshot, ordered by id. Ids are random: the order is stable, not chronological.
func (s *session) snapshots(archive *repository.Repository) ([]*snapshot.Snapshot, error) {
	identifiers := []objects.MAC{}
	for identifier, err := range archive.ListSnapshots() {
		if err != nil {
			return nil, err
		}
		identifiers = append(identifiers, identifier)
	}
	slices.SortFunc(identifiers, func(a, b objects.MAC) int { return bytes.Compare(a[:], b[:]) })
	loaded := make([]*snapshot.Snapshot, 0, len(identifiers))
	for _, identifier := range identifiers {
		one, err := snapshot.Load(archive, identifier)
		if err != nil {
			return nil, fmt.Errorf("snapshot %s: %w", identifier.FormatHex(), err)
		}
		loaded = append(loaded, one)
	}
	return loaded, nil
}

// complaints keeps the first line that the reference logs as an error. Its background writers report
// failures nowhere else.
type complaints struct {
	mutex sync.Mutex
	first string
}

func (c *complaints) Write(line []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.first == "" && bytes.HasPrefix(line, []byte("error:")) {
		c.first = strings.TrimSpace(string(line))
	}
	return len(line), nil
}

func (c *complaints) err() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.first == "" {
		return nil
	}
	return errors.New(c.first)
}
