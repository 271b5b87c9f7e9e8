//go:build unix

package replace

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// prepare writes the new content of a file to the disk, beside it, with all that
// says who may read it. Only where create is set need the file not exist.
func prepare(path string, data []byte, create bool) (pending, error) {
	info, err := os.Stat(path)
	isNew := create && errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return nil, err
	}
	if !isNew {
		if err := replaceable(path, info); err != nil {
			return nil, err
		}
	}
	removeLeftovers(filepath.Dir(path))
	// What is not yet protected as the old file is must not be read by others.
	var perm fs.FileMode = 0o600
	if isNew {
		perm = 0o666 // less the umask
	}
	p, err := newPending(path, perm)
	if err != nil {
		return nil, err
	}
	if _, err = p.file.Write(data); err == nil && !isNew {
		err = adopt(p.file, path, info)
	}
	if err == nil {
		err = p.file.Sync()
	}
	if err != nil {
		p.Discard()
		return nil, err
	}
	return p, nil
}

// replaceable says why a file cannot be replaced by another one of its name.
func replaceable(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink > 1 {
		return fmt.Errorf("it has %d names (hard links), of which only one would get the new content", s.Nlink)
	}
	if mounted(path) {
		return errors.New("it is mounted by itself, as a container's bind mount is, and cannot be replaced: mount its folder, or run tcplint outside")
	}
	return nil
}

// unixPending is a temporary file beside the one that it is to replace. Its lock
// tells others that somebody is still at it.
type unixPending struct {
	file *os.File
	path string
	done bool
}

// Temporary files have names that nobody else gives: one that no process holds is
// what a run left that was killed.
const (
	leftoverPrefix = ".tcplint-"
	leftoverSuffix = ".tmp"
)

func newPending(path string, perm fs.FileMode) (*unixPending, error) {
	const longest = 100 // of the file's own name, since names have at most 255 bytes
	base := filepath.Base(path)
	base = base[:min(len(base), longest)]
	for {
		// The temporary file must lie on the same file system as the target.
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf("%s%s-%016x%s", leftoverPrefix, base, rand.Uint64(), leftoverSuffix))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p := &unixPending{file: f, path: path}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOLCK) {
			p.Discard()
			return nil, fmt.Errorf("locking the new file: %w", err)
		}
		return p, nil
	}
}

// Commit renames the file while it is still locked.
func (p *unixPending) Commit() error {
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return err
	}
	p.done = true
	return p.file.Close()
}

// Discard can only fail to remove a temporary file that nothing reads.
func (p *unixPending) Discard() {
	if !p.done {
		p.done = true
		_ = os.Remove(p.file.Name())
		_ = p.file.Close()
	}
}

// removeLeftovers removes the temporary files of runs that were killed. What cannot
// be removed harms nobody.
func removeLeftovers(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), leftoverPrefix) || !strings.HasSuffix(e.Name(), leftoverSuffix) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.Remove(name)
		}
		_ = f.Close()
	}
}

// adopt gives a file the owner, mode, access list and labels of another one. To
// change one silently could lock a service out of its own configuration, or let
// others in.
func adopt(f *os.File, path string, of os.FileInfo) error {
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
	if err := f.Chmod(of.Mode()); err != nil {
		return err
	}
	return adoptAttributes(f, path)
}
