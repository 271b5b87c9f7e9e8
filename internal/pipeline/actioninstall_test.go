package pipeline

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// releases serves releases made of tcplint itself, with the names that goreleaser
// gives.
type releases struct {
	mu    sync.Mutex
	asked []string
	files map[string][]byte
	// sums are their checksums, as .ci/checksums has them.
	sums string
}

func newReleases(t *testing.T, versions ...string) *releases {
	t.Helper()
	build(t)
	program := []byte(read(t, filepath.Join(bin, "tcplint")))
	r := &releases{files: map[string][]byte{}}
	names := archiveNames(t)
	for _, v := range versions {
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		w := tar.NewWriter(z)
		err = w.WriteHeader(&tar.Header{Name: "tcplint", Mode: 0o755, Size: int64(len(program))})
		if err == nil {
			_, err = w.Write(program)
		}
		if err != nil || w.Close() != nil || z.Close() != nil {
			t.Fatalf("packing failed: %v", err)
		}
		file := names.archive(t, v, runtime.GOOS, runtime.GOARCH) + ".tar.gz"
		r.files["/download/"+v+"/"+file] = packed.Bytes()
		r.sums += fmt.Sprintf("%x  %s\n%s  %s.sbom.json\n", sha256.Sum256(packed.Bytes()), file, strings.Repeat("1", 64), file)
	}
	return r
}

// spoil changes the archives.
func (r *releases) spoil() {
	for name, data := range r.files {
		if strings.HasSuffix(name, ".tar.gz") {
			r.files[name] = append(slices.Clip(data), 0)
		}
	}
}

// forget leaves no checksums.
func (r *releases) forget() { r.sums = "# none\n" }

func (r *releases) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, q.URL.Path)
	switch data, ok := r.files[q.URL.Path]; {
	case ok:
		_, _ = w.Write(data)
	default:
		http.NotFound(w, q)
	}
}

// TestActionInstall lets the action install a release.
func TestActionInstall(t *testing.T) {
	oracle(t, "bash", "curl")
	runner := map[string]string{"linux": "Linux", "darwin": "macOS"}[runtime.GOOS]
	arch := map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH]
	if runner == "" || arch == "" {
		t.Skipf("no release is made for %s/%s, or not as a tar.gz", runtime.GOOS, runtime.GOARCH)
	}
	all := newReleases(t, "v0.1.0", "v0.2.0")
	a := readAction(t)
	install := a.step(t, "Install tcplint")
	tests := []struct {
		name, version string
		runner        string
		spoil         func(*releases)
		installed     string // empty if that must fail
		said          string
	}{
		{"the sources of the action", "", runner, nil, "sources", "tcplint 0123abc "},
		{"a version", "v0.2.0", runner, nil, "v0.2.0", "tcplint "},
		{"none of that name", "v9.9.9", runner, nil, "", ".ci/checksums of this commit of the action does not name tcplint_9.9.9"},
		{"the latest", "latest", runner, nil, "", "version wants one such as v1.2.3"},
		{"a path", "../../evil", runner, nil, "", "version wants one such as v1.2.3"},
		{"a path behind a version", "v0.2.0/../../evil", runner, nil, "", "version wants one such as v1.2.3"},
		{"a version and a line", "v0.2.0\nv0.1.0", runner, nil, "", "version wants one such as v1.2.3"},
		{"part of a version", "v0.2", runner, nil, "", "version wants one such as v1.2.3"},
		{"changed on the way", "v0.2.0", runner, (*releases).spoil, "", "FAILED"},
		{"without a checksum", "v0.2.0", runner, (*releases).forget, "", ".ci/checksums of this commit of the action does not name tcplint_0.2.0"},
		{"another system", "v0.2.0", "Plan9", nil, "", "there is no release for Plan9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &releases{files: maps.Clone(all.files), sums: all.sums}
			if test.spoil != nil {
				test.spoil(r)
			}
			server := httptest.NewServer(r)
			defer server.Close()
			dir := t.TempDir()
			sources := filepath.Join(dir, "sources of the action")
			write(t, filepath.Join(sources, ".ci", "checksums"), r.sums, 0o644)
			if test.version == "" {
				sources = project()
			}
			path := filepath.Join(dir, "path")
			write(t, path, "", 0o644)
			out, status, _ := a.execute(t, install, dir, map[string]string{"version": test.version},
				"SOURCES="+sources, "SOURCES_COMMIT=0123abc", "RELEASES="+server.URL, "RUNNER_OS="+test.runner, "RUNNER_ARCH="+arch,
				"RUNNER_TEMP="+dir, "GITHUB_PATH="+path, "no_proxy=127.0.0.1")
			if !strings.Contains(out, test.said) {
				t.Errorf("the log does not say %q:\n%s", test.said, out)
			}
			added := strings.TrimSpace(read(t, path))
			if test.installed == "" {
				if status == 0 || added != "" {
					t.Errorf("exit status %d, path %q: want a failure\n%s", status, added, out)
				}
				return
			}
			if want := filepath.Join(dir, "tcplint-"+test.installed); status != 0 || added != want {
				t.Fatalf("exit status %d, path %q, want %q\n%s", status, added, want, out)
			}
			if _, err := os.Stat(filepath.Join(added, "tcplint")); err != nil {
				t.Error(err)
			}
			if len(r.asked) > 0 && test.version == "" {
				t.Errorf("asked for %q", r.asked)
			}
		})
	}
}
