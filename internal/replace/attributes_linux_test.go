package replace

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// accessList is an access list that lets one user in and keeps the group out, as
// the kernel stores it (include/uapi/linux/posix_acl_xattr.h).
func accessList() []byte {
	acl := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, 0xffffffff}, {2, 6, 1234}, {4, 0, 0xffffffff}, {16, 6, 0xffffffff}, {32, 0, 0xffffffff}} {
		acl = binary.LittleEndian.AppendUint16(acl, e.tag)
		acl = binary.LittleEndian.AppendUint16(acl, e.perm)
		acl = binary.LittleEndian.AppendUint32(acl, e.id)
	}
	return acl
}

// TestReplaceKeepsAttributes checks that access lists and other extended attributes
// survive, and that no others appear.
func TestReplaceKeepsAttributes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.conf")
	writeFile(t, name, "old")
	want := map[string][]byte{"system.posix_acl_access": accessList(), "user.note": []byte("x")}
	for attr, value := range want {
		if err := unix.Setxattr(name, attr, value, 0); errors.Is(err, unix.ENOTSUP) {
			t.Skip("this file system keeps no extended attributes")
		} else if err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := Files([]*File{change(name, "old", "new")}, never); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if after.Mode() != before.Mode() {
		t.Errorf("mode is %v, was %v", after.Mode(), before.Mode())
	}
	for attr, value := range want {
		if got, err := attribute(name, attr); err != nil || string(got) != string(value) {
			t.Errorf("%s is %x (%v), was %x", attr, got, err, value)
		}
	}
	if got := readFile(t, name); got != "new" {
		t.Errorf("file holds %q", got)
	}
}

// TestReplaceDefaultList checks that a folder's default access list opens no file that
// was closed.
func TestReplaceDefaultList(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.conf")
	writeFile(t, name, "old")
	if err := unix.Setxattr(dir, "system.posix_acl_default", accessList(), 0); errors.Is(err, unix.ENOTSUP) {
		t.Skip("this file system keeps no access lists")
	} else if err != nil {
		t.Fatal(err)
	}
	if err := Files([]*File{change(name, "old", "new")}, never); err != nil {
		t.Fatal(err)
	}
	if list, err := attribute(name, "system.posix_acl_access"); !errors.Is(err, unix.ENODATA) {
		t.Errorf("the file has got an access list: %x, %v", list, err)
	}
}

// TestReplaceRefusesLinks checks that a file with several names is left alone.
func TestReplaceRefusesLinks(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	writeFile(t, a, "old")
	if err := os.Link(a, b); err != nil {
		t.Skip("no hard links here: ", err)
	}
	err := Files([]*File{change(a, "old", "new")}, never)
	if err == nil || !strings.Contains(err.Error(), "it has 2 names (hard links)") {
		t.Errorf("error is %v", err)
	}
	if got := readFile(t, a) + readFile(t, b); got != "oldold" {
		t.Errorf("files hold %q", got)
	}
}

// TestReplaceRefusesMounts checks that a file which is mounted by itself, as into a
// container, is left alone with a reason.
func TestReplaceRefusesMounts(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	writeFile(t, a, "old")
	writeFile(t, b, "old")
	runtime.LockOSThread() // and never unlock it: the thread has mounts of its own
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	if err := unix.Mount(a, b, "", unix.MS_BIND, ""); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	defer unix.Unmount(b, unix.MNT_DETACH) //nolint:errcheck // the thread's mounts end with it
	err := Files([]*File{change(b, "old", "new")}, never)
	if err == nil || !strings.Contains(err.Error(), "it is mounted by itself") {
		t.Errorf("error is %v", err)
	}
	if got := readFile(t, b); got != "old" {
		t.Errorf("file holds %q", got)
	}
}

// TestLeftovers checks that what a killed run left behind goes, and that what a run
// still works on stays.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "a")
	left := filepath.Join(dir, ".tcplint-a-0123456789abcdef.tmp")
	writeFile(t, a, "old")
	writeFile(t, left, "ne")
	other, err := newPending(filepath.Join(dir, "b"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Discard()
	if err := Files([]*File{change(a, "old", "new")}, never); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed run left is still there")
	}
	if _, err := os.Stat(other.file.Name()); err != nil {
		t.Errorf("what another run works on is gone: %v", err)
	}
}

// TestReplaceLooksAgain checks that an edit of somebody else's, made while many files
// are being replaced, is not lost, and that the others get their old contents back.
func TestReplaceLooksAgain(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	writeFile(t, a, "old a")
	writeFile(t, b, "old b")
	asked := 0
	err := Files([]*File{change(a, "old a", "new a"), change(b, "old b", "new b")}, func() bool {
		if asked++; asked == 3 { // after all were compared, before the first is renamed
			writeFile(t, b, "edited b")
		}
		return false
	})
	if err == nil || !strings.Contains(err.Error(), "changed by someone else") {
		t.Errorf("error is %v", err)
	}
	if got := readFile(t, a) + readFile(t, b); got != "old aedited b" {
		t.Errorf("files hold %q", got)
	}
}
