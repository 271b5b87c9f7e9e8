package replace

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// adoptAttributes gives a file the extended attributes of another one: access lists,
// labels of SELinux and Smack, capabilities, what users keep there.
func adoptAttributes(f *os.File, of string) error {
	names, err := attributes(of)
	if err != nil {
		return err
	}
	for _, name := range names {
		want, err := attribute(of, name)
		if err != nil {
			return fmt.Errorf("its extended attribute %s cannot be read: %w", name, err)
		}
		err = unix.Fsetxattr(int(f.Fd()), name, want, 0)
		if err == nil {
			continue
		}
		// The new file may have it by itself, as a label that the policy gives.
		if have, again := attribute(f.Name(), name); again != nil || !bytes.Equal(have, want) {
			return fmt.Errorf("its %s cannot be kept: %w", attributeTitle(name), err)
		}
	}
	// A default access list of the folder may have given the new file one that
	// the old file has not.
	given, err := attributes(f.Name())
	if err != nil {
		return err
	}
	for _, name := range given {
		if _, err := attribute(of, name); errors.Is(err, unix.ENODATA) {
			if err := unix.Fremovexattr(int(f.Fd()), name); err != nil && strings.HasPrefix(name, "system.") {
				return fmt.Errorf("the new file has an %s that the old one has not: %w", attributeTitle(name), err)
			}
		}
	}
	return nil
}

// attributeTitle is what people call an extended attribute.
func attributeTitle(name string) string {
	switch name {
	case "system.posix_acl_access":
		return "access list (ACL)"
	case "security.selinux":
		return "SELinux label"
	}
	return "extended attribute " + name
}

// attributes lists the extended attributes of a file; none where there are no such.
func attributes(path string) ([]string, error) {
	size, err := unix.Listxattr(path, nil)
	if errors.Is(err, unix.ENOTSUP) || size == 0 && err == nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("its extended attributes cannot be listed: %w", err)
	}
	buf := make([]byte, size)
	if size, err = unix.Listxattr(path, buf); err != nil {
		return nil, fmt.Errorf("its extended attributes cannot be listed: %w", err)
	}
	return strings.FieldsFunc(string(buf[:size]), func(r rune) bool { return r == 0 }), nil
}

func attribute(path, name string) ([]byte, error) {
	size, err := unix.Getxattr(path, name, nil)
	if err != nil || size == 0 {
		return nil, err
	}
	buf := make([]byte, size)
	size, err = unix.Getxattr(path, name, buf)
	return buf[:max(size, 0)], err
}

// mounted reports whether a file is a mount point. Kernels before 5.8 do not tell.
func mounted(path string) bool {
	var file, dir unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_MNT_ID, &file) != nil || unix.Statx(unix.AT_FDCWD, filepath.Dir(path), 0, unix.STATX_MNT_ID, &dir) != nil {
		return false
	}
	return file.Mask&dir.Mask&unix.STATX_MNT_ID != 0 && file.Mnt_id != dir.Mnt_id
}
