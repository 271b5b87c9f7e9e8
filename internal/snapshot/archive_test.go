package snapshot

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const goodManifest = "tcplint-snapshot\t1\nhost\tweb-01\ntime\t2026-11-30T10:00:00Z\ncollector\ttcplint 1\nuser\t0\nredacted\tno\nend\t0\n"

type entry struct {
	name, text string
	kind       byte
	link       string
}

// pack makes an archive as anybody could.
func pack(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Linkname: e.link, Mode: 0o600, Size: int64(len(e.text))}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) (*Snapshot, error) { return Read(bytes.NewReader(data), DefaultLimits()) }

func TestReadTakesTheFolderInTheArchive(t *testing.T) {
	for _, top := range []string{"", "web-01/", "./web-01/"} {
		s, err := read(pack(t,
			entry{name: top + "MANIFEST", text: goodManifest},
			entry{name: top + "etc/nginx/nginx.conf", text: "events {}\n"},
			entry{name: top + "etc/nginx/conf.d/", kind: tar.TypeDir},
			entry{name: top + "evidence/ss.txt", text: "State\n"},
		))
		if err != nil || len(s.Problems) > 0 {
			t.Fatalf("%q: %v %v", top, err, s.Problems)
		}
		if err := fstest.TestFS(s.FS, "MANIFEST", "etc/nginx/nginx.conf", "etc/nginx/conf.d", "evidence/ss.txt"); err != nil {
			t.Errorf("%q: %v", top, err)
		}
		if list, err := s.FS.ReadDir("etc/nginx/conf.d"); err != nil || len(list) != 0 {
			t.Errorf("%q: a folder that is known to be empty is %v, %v", top, list, err)
		}
		if s.Manifest.Host != "web-01" || !s.Manifest.Complete {
			t.Errorf("%q: manifest %+v", top, s.Manifest)
		}
	}
}

func TestReadLeavesOutWhatNoCollectorWrites(t *testing.T) {
	for _, c := range []struct{ name, says string }{
		{"../outside", "leads out"},
		{"/etc/passwd", "leads out"},
		{"web/../../x", "leads out"},
		{`web\..\x`, "leads out"},
	} {
		s, err := read(pack(t, entry{name: "MANIFEST", text: goodManifest}, entry{name: c.name, text: "x"}))
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Error(), c.says) || !strings.Contains(s.Problems[0].Error(), "is left out") {
			t.Errorf("%q: %v", c.name, s.Problems)
		}
	}
	s, err := read(pack(t, entry{name: "MANIFEST", text: goodManifest},
		entry{name: "link", kind: tar.TypeSymlink, link: "/etc/shadow"}, entry{name: "hard", kind: tar.TypeLink, link: "MANIFEST"},
		entry{name: "dev", kind: tar.TypeChar}, entry{name: "MANIFEST", text: "again"}))
	if err != nil || len(s.Problems) != 4 {
		t.Fatalf("%v %v", err, s.Problems)
	}
	for _, name := range []string{"link", "hard", "dev"} {
		if _, err := s.FS.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadRefusesBombs(t *testing.T) {
	big := pack(t, entry{name: "MANIFEST", text: goodManifest}, entry{name: "zeros", text: strings.Repeat("\x00", 1<<20)})
	if len(big) > 4096 {
		t.Fatalf("the bomb has %d bytes", len(big))
	}
	if _, err := Read(bytes.NewReader(big), Limits{Bytes: 1 << 19, Files: 10}); err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
		t.Errorf("bytes: %v", err)
	}
	many := []entry{{name: "MANIFEST", text: goodManifest}}
	for i := range 20 {
		many = append(many, entry{name: "d/" + strings.Repeat("x", i+1)})
	}
	if _, err := Read(bytes.NewReader(pack(t, many...)), Limits{Bytes: 1 << 20, Files: 10}); err == nil || !strings.Contains(err.Error(), "more than 10 entries") {
		t.Errorf("files: %v", err)
	}
}

func TestReadUsesATruncatedArchiveAsFarAsItGoes(t *testing.T) {
	whole := pack(t, entry{name: "MANIFEST", text: goodManifest}, entry{name: "a", text: noise(8000)}, entry{name: "b", text: noise(8000)})
	used := 0
	for n := 1; n < len(whole); n += 1 + n%7 {
		s, err := read(whole[:n])
		if err != nil {
			continue
		}
		used++
		if len(s.Problems) == 0 {
			t.Fatalf("%d of %d bytes: nobody says that it is cut off", n, len(whole))
		}
	}
	if used == 0 {
		t.Error("nothing of a truncated archive is used")
	}
}

// noise is a text that does not compress.
func noise(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

func TestReadRefusesWhatIsNoSnapshot(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"empty":    {nil, "no MANIFEST"},
		"text":     {[]byte("hello"), "no archive of a snapshot"},
		"gzip":     {[]byte("\x1f\x8bgarbage"), "unpacking"},
		"archive":  {pack(t, entry{name: "x", text: "y"}), "no MANIFEST"},
		"manifest": {pack(t, entry{name: "MANIFEST", text: "hello\n"}), "MANIFEST:1: this is no snapshot"},
		"newer":    {pack(t, entry{name: "MANIFEST", text: "tcplint-snapshot\t99\n"}), "reads up to 1"},
		"item":     {pack(t, entry{name: "MANIFEST", text: strings.Replace(goodManifest, "end\t0", "item\tx", 1)}), "MANIFEST:7: an item has 7 fields, not 1"},
	} {
		if _, err := read(c.data); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	s, err := read(pack(t, entry{name: "MANIFEST", text: strings.TrimSuffix(goodManifest, "end\t0\n")}))
	if err != nil || len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Error(), "did not come to its end") {
		t.Errorf("cut manifest: %v %v", err, s)
	}
}

func TestManifestIsReadAsItWasWritten(t *testing.T) {
	m := &Manifest{Host: "web\t01", Collector: "tcplint 1", User: "1000", Time: time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC), Redacted: true, Complete: true, Items: []Item{
		{Path: "evidence/ss.txt", Source: "ss -tanp", State: Taken, Status: 1, Time: 12 * time.Millisecond, Bytes: 7},
		{Path: "x", Source: "/x", State: Refused, Why: "root\nmay read it"},
	}}
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadManifest(&b)
	if err != nil {
		t.Fatal(err)
	}
	m.Host, m.Items[1].Why = "web 01", "root may read it"
	if !reflect.DeepEqual(got, m) {
		t.Errorf("%+v\nwant %+v", got, m)
	}
}

func TestMountPutsAnArchiveInPlaceOfItsFile(t *testing.T) {
	s, err := read(pack(t, entry{name: "h/MANIFEST", text: goodManifest}, entry{name: "h/etc/a.conf", text: "a"}))
	if err != nil {
		t.Fatal(err)
	}
	base := newFiles(map[string]*file{"dir/web.tar.gz": {name: "web.tar.gz", data: []byte("packed")}, "dir/other": {name: "other"}})
	m := Mount(base, map[string]*Files{"dir/web.tar.gz": s.FS})
	if data, err := fs.ReadFile(m, "dir/web.tar.gz/etc/a.conf"); err != nil || string(data) != "a" {
		t.Errorf("a file of the archive is %q, %v", data, err)
	}
	for _, name := range []string{"dir/web.tar.gz", "dir/web.tar.gz/etc"} {
		if info, err := m.Lstat(name); err != nil || !info.IsDir() {
			t.Errorf("%s is %v, %v", name, info, err)
		}
	}
	if info, err := m.Lstat("dir/other"); err != nil || info.IsDir() {
		t.Errorf("the file beside it is %v, %v", info, err)
	}
	list, err := m.ReadDir("dir")
	if err != nil || len(list) != 2 || list[1].Name() != "web.tar.gz" || !list[1].IsDir() {
		t.Errorf("the folder around it lists %v, %v", list, err)
	}
}

// TestACopyOfSysctlConfIsTheLinkThatItWas holds that a collector's copy of what the
// usual link leads to is no second file of settings.
func TestACopyOfSysctlConfIsTheLinkThatItWas(t *testing.T) {
	s, err := read(pack(t,
		entry{name: "MANIFEST", text: goodManifest},
		entry{name: "etc/sysctl.conf", text: "net.core.somaxconn = 128\n"},
		entry{name: "etc/sysctl.d/10-own.conf", text: "net.core.somaxconn = 4096\n"},
		entry{name: "etc/sysctl.d/99-sysctl.conf", text: "net.core.somaxconn = 128\n"},
	))
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(s.FS, "MANIFEST", "etc/sysctl.conf", "etc/sysctl.d/10-own.conf", "etc/sysctl.d/99-sysctl.conf"); err != nil {
		t.Error(err)
	}
	if to, err := s.FS.ReadLink("etc/sysctl.d/99-sysctl.conf"); err != nil || to != "../sysctl.conf" {
		t.Errorf("it leads to %q, %v", to, err)
	}
	if to, err := s.FS.ReadLink("etc/sysctl.d/10-own.conf"); err == nil {
		t.Errorf("another file leads to %q", to)
	}
}
