//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// prepare writes the new content of a file to the disk, beside it, with its mode
// and owner. Only where create is set need the file not exist.
func prepare(path string, data []byte, create bool) (pending, error) {
	const plain = 0o666 // less the umask
	info, err := os.Stat(path)
	isNew := create && errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return nil, err
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	// The temporary file must lie on the same file system as the target.
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(plain))
	if err != nil {
		return nil, err
	}
	p := unixPending{f}
	if _, err := f.Write(data); err != nil {
		p.Discard()
		return nil, err
	}
	if !isNew {
		if err := adopt(f.File, info); err != nil {
			p.Discard()
			return nil, err
		}
	}
	if err := f.Sync(); err != nil {
		p.Discard()
		return nil, err
	}
	return p, nil
}

type unixPending struct{ file *renameio.PendingFile }

func (p unixPending) Commit() error { return p.file.CloseAtomicallyReplace() }

// Discard can only fail to remove a temporary file that nothing reads.
func (p unixPending) Discard() { _ = p.file.Cleanup() }

// adopt gives a file the owner and mode of another one. To change an owner
// silently could lock a service out of its own configuration.
func adopt(f *os.File, of os.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	want, ok1 := of.Sys().(*syscall.Stat_t)
	have, ok2 := now.Sys().(*syscall.Stat_t)
	if ok1 && ok2 && (want.Uid != have.Uid || want.Gid != have.Gid) {
		if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
			return fmt.Errorf("its owner %d:%d cannot be kept: %w", want.Uid, want.Gid, errors.Unwrap(err))
		}
	}
	// After chown, which clears the set-user-ID and set-group-ID bits.
	return f.Chmod(of.Mode())
}
