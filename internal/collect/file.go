package collect

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/tcplint/tcplint/internal/snapshot"
)

// ArchiveName is what an archive is called that nobody names: by its host, unless that
// is a secret, and its time.
func (o Options) ArchiveName(host Host) string {
	who := "redacted"
	if o.Salt == nil {
		who = FileName(host.Name())
	}
	return who + "-" + o.Now.UTC().Format("20060102T150405Z") + ".tar.gz"
}

// ToFile writes an archive as a whole or not at all; only its owner may read it.
func ToFile(ctx context.Context, host Host, o Options, output string) (*snapshot.Manifest, error) {
	return toFile(output, func(w io.Writer) (*snapshot.Manifest, error) { return Collect(ctx, host, o, w) })
}

func toFile(output string, write func(io.Writer) (*snapshot.Manifest, error)) (*snapshot.Manifest, error) {
	if _, err := os.Stat(filepath.Dir(output)); err != nil {
		return nil, err // before anything is waited for
	}
	f, err := os.CreateTemp(filepath.Dir(output), ".tcplint-*")
	if err != nil {
		return nil, err
	}
	m, err := write(f)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), output)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return m, nil
}

// RedactFile writes an archive again with addresses and names replaced. Problems say
// what of the archive was left out.
func RedactFile(archive, output string, salt []byte) (problems []error, err error) {
	in, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	s, err := snapshot.Read(in, snapshot.DefaultLimits())
	if err != nil {
		return nil, err
	}
	_, err = toFile(output, func(w io.Writer) (*snapshot.Manifest, error) { return Redact(s, salt, w) })
	return s.Problems, err
}
