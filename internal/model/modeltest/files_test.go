package modeltest_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
)

var _ model.Reader = (*modeltest.Files)(nil)

func TestFiles(t *testing.T) {
	t.Parallel()
	f := modeltest.Txtar("a comment\n-- b/x --\nX\n-- a --\nA\n-- b/c/y --\n-- /etc/z --\nZ\n")
	if diff := cmp.Diff([]string{"b/x", "a", "b/c/y", "/etc/z"}, f.Paths()); diff != "" {
		t.Errorf("Paths (-want +got):\n%s", diff)
	}
	first, err := f.Read("./b/../b/x")
	if err != nil || first.Text != "X\n" || first.Path != "b/x" {
		t.Fatalf("Read: %v, %v", first, err)
	}
	if second, _ := f.Read("b/x"); second != first || f.File("b/x") != first {
		t.Error("a file is not the same each time")
	}
	if _, err := f.Read("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder can be read: %v", err)
	}
	f.Fail("a", fs.ErrPermission)
	if _, err := f.Read("a"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Fail has no effect: %v", err)
	}
	for dir, want := range map[string][]string{
		".": {"b", "a"}, "b": {"x", "c"}, "b/c/": {"y"}, "/": {"etc"}, "/etc": {"z"}, "none": nil, "b/x": nil,
	} {
		names, err := f.List(dir)
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("List(%q) (-want +got):\n%s", dir, diff)
		}
		if (want == nil) != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("List(%q): %v", dir, err)
		}
	}
}
