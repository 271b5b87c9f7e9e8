//go:build !unix

package replace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// prepare writes the new content of a file to the disk, beside it, with its
// mode. Only where create is set need the file not exist.
func prepare(path string, data []byte, create bool) (pending, error) {
	info, err := os.Stat(path)
	isNew := create && errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"*")
	if err != nil {
		return nil, err
	}
	p := &plainPending{name: f.Name(), path: path}
	_, err = f.Write(data)
	if !isNew && err == nil {
		err = os.Chmod(f.Name(), info.Mode())
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		p.Discard()
		return nil, err
	}
	return p, nil
}

type plainPending struct {
	name, path string
	done       bool
}

func (p *plainPending) Commit() error {
	err := os.Rename(p.name, p.path)
	p.done = err == nil
	return err
}

// Discard can only fail to remove a temporary file that nothing reads.
func (p *plainPending) Discard() {
	if !p.done {
		_ = os.Remove(p.name)
	}
}
