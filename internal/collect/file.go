package collect

import (
	"context"
	"errors"
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
	if _, err := os.Stat(filepath.Dir(output)); err != nil {
		return nil, err // before anything is waited for
	}
	f, err := os.CreateTemp(filepath.Dir(output), ".tcplint-*")
	if err != nil {
		return nil, err
	}
	m, err := Collect(ctx, host, o, f)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), output)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return m, nil
}
