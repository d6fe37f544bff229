// Command ptar-reference reads and writes archives with Plakar's own modules, so that tests and benchmarks
// can hold this project's reader and writer against them.
//
// Every subcommand prints JSON lines on stdout; a failure is one line on stderr and exit code 1. The
// passphrase comes from PTAR_PASSPHRASE. Caches live in a temporary folder that is removed at the end.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// command is one subcommand: its flags, and what it does with the other arguments.
type command struct {
	usage     string
	arguments int // at least so many
	flags     func(*flag.FlagSet) runner
}

type runner func(session *session, arguments []string) error

var commands = map[string]command{
	"check":     {"check ARCHIVE", 1, checkCommand},
	"walk":      {"walk [-details] [-without-dirpack] ARCHIVE", 1, walkCommand},
	"write":     {"write [-plaintext] [-hashing A] [-compression A] [-kdf A] [-repository-id UUID] [-sign] ARCHIVE DIR…", 2, writeCommand},
	"restore":   {"restore [-snapshot HEX] [-path PATH] ARCHIVE DIR", 2, restoreCommand},
	"blobs":     {"blobs [-bytes] ARCHIVE", 1, blobsCommand},
	"reencode":  {"reencode ARCHIVE", 1, reencodeCommand},
	"chunks":    {"chunks FILE", 1, chunksCommand},
	"set-xattr": {"set-xattr FILE NAME VALUE", 3, setXattrCommand},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
}

func run(arguments []string) (err error) {
	if len(arguments) == 0 {
		return usageError()
	}
	chosen, ok := commands[arguments[0]]
	if !ok {
		return usageError()
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	runCommand := chosen.flags(flags)
	if err := flags.Parse(arguments[1:]); err != nil || flags.NArg() < chosen.arguments {
		return errors.New("usage: ptar-reference " + chosen.usage)
	}
	session, err := newSession()
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, session.close())
	}()
	defer func() {
		// The reference panics on some damaged archives; for a caller that is a failure like any other.
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return runCommand(session, flags.Args())
}

func usageError() error {
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Errorf("usage: ptar-reference COMMAND …; commands: %s", strings.Join(names, ", "))
}

// lines writes JSON lines to stdout, without escaping <, > and & as encoding/json does by default.
type lines struct {
	buffer  *bufio.Writer
	encoder *json.Encoder
}

func newLines() *lines {
	buffer := bufio.NewWriterSize(os.Stdout, 1<<16)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	return &lines{buffer, encoder}
}

func (l *lines) print(value any) error { return l.encoder.Encode(value) }

func absolute(path string) (string, error) {
	absolutePath, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.Clean(absolutePath), nil
}
