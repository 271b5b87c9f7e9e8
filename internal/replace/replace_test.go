package replace

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func change(path, old, new string) *File {
	return &File{Path: path, Name: path, Old: old, New: new}
}

// TestReplaceRefuses checks that a file which someone else has changed is left
// alone, and every other one with it.
func TestReplaceRefuses(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	writeFile(t, a, "old a")
	writeFile(t, b, "newer b")
	err := Files([]*File{change(a, "old a", "new a"), change(b, "old b", "new b")}, never)
	if err == nil || !strings.Contains(err.Error(), "changed by someone else") {
		t.Errorf("error is %v", err)
	}
	if got := readFile(t, a) + readFile(t, b); got != "old anewer b" {
		t.Errorf("files hold %q", got)
	}
	if names, _ := os.ReadDir(dir); len(names) != 2 {
		t.Errorf("something was left behind: %v", names)
	}
}

// TestReplaceRestores checks that a failure half-way takes back what was done.
func TestReplaceRestores(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "a")
	writeFile(t, a, "new a") // as after the first half
	if err := restore([]*File{change(a, "old a", "new a")}); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, a); got != "old a" {
		t.Errorf("file holds %q", got)
	}
}

func TestReplaceMissing(t *testing.T) {
	dir := t.TempDir()
	gone := filepath.Join(dir, "gone")
	if err := Files([]*File{change(gone, "a", "b")}, never); err == nil {
		t.Error("a file that is gone was replaced")
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("a file that was gone came back")
	}
}

// TestWrite checks that a report replaces a plain file and is written into
// anything else.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report")
	for _, text := range []string{"first", "second"} {
		if err := Write(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := readFile(t, name); got != text {
			t.Errorf("report holds %q, want %q", got, text)
		}
	}
	if err := Write(os.DevNull, []byte("gone")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the null device was replaced: %v, %v", info, err)
	}
	if err := Write(dir, []byte("x")); err == nil {
		t.Error("a folder was written to")
	}
}

// TestReplaceInterrupted checks that an interrupt before the first file is
// replaced leaves all of them, and nothing beside them.
func TestReplaceInterrupted(t *testing.T) {
	t.Parallel()
	for after := range 3 {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		writeFile(t, a, "old a")
		writeFile(t, b, "old b")
		asked := 0
		err := Files([]*File{change(a, "old a", "new a"), change(b, "old b", "new b")}, func() bool {
			asked++
			return asked > after
		})
		if !errors.Is(err, ErrInterrupted) {
			t.Errorf("after %d questions the error is %v", after, err)
		}
		if got := readFile(t, a) + readFile(t, b); got != "old aold b" {
			t.Errorf("files hold %q", got)
		}
		if names, _ := os.ReadDir(dir); len(names) != 2 {
			t.Errorf("something was left behind: %v", names)
		}
	}
}

func never() bool { return false }
