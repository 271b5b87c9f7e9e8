//go:build unix

package replace

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplaceKeeps checks that owner and mode survive.
func TestReplaceKeeps(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.conf")
	writeFile(t, name, "old")
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = 12345, 54321
		if err := os.Chown(name, uid, gid); err != nil {
			t.Skip("this file system keeps no owners: ", err)
		}
	}
	const mode = 0o644 | os.ModeSetgid
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	if err := Files([]*File{change(name, "old", "new")}, never); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != mode {
		t.Errorf("mode is %v, want %v", info.Mode(), mode)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != uid || int(s.Gid) != gid {
		t.Errorf("owner is %d:%d, want %d:%d", s.Uid, s.Gid, uid, gid)
	}
	if got := readFile(t, name); got != "new" {
		t.Errorf("file holds %q", got)
	}
}
