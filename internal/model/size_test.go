package model

import (
	"testing"
	"unsafe"
)

// TestScopesAreSmall keeps what there are millions of small: repositories of others
// decide how many.
func TestScopesAreSmall(t *testing.T) {
	t.Parallel()
	const scope, setting, pass = 104, 16, 160
	if s := unsafe.Sizeof(Scope{}); s > scope {
		t.Errorf("a scope takes %d bytes, more than %d", s, scope)
	}
	if s := unsafe.Sizeof(Setting{}); s > setting {
		t.Errorf("a setting takes %d bytes, more than %d", s, setting)
	}
	if s := unsafe.Sizeof(Pass{}); s > pass {
		t.Errorf("a pass takes %d bytes, more than %d", s, pass)
	}
}
