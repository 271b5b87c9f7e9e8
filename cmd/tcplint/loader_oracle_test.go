//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/show"
)

// loaders are the programs that read the files of kernel settings at boot.
var loaders = map[string]string{
	"procps":  "sysctl --system",
	"systemd": "/lib/systemd/systemd-sysctl",
}

// loaderKeys are settings of a network namespace that nothing else depends on, with
// values that all of them take.
var loaderKeys = []string{
	"net.ipv4.ip_default_ttl", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_orphan_retries", "net.ipv4.conf.lo.arp_ignore", "net.ipv6.conf.lo.hop_limit",
}

// TestLoaders boots, so to speak: it puts random files where both loaders look, in
// a mount and a network namespace of its own, runs them, and compares what the
// kernel then says with what "tcplint show" does.
func TestLoaders(t *testing.T) {
	for loader, command := range loaders {
		t.Run(loader, func(t *testing.T) {
			if _, err := exec.LookPath(strings.Fields(command)[0]); err != nil {
				if os.Getenv(linttest.RequireOracles) == "1" {
					t.Fatalf("%s is not installed", loader)
				}
				t.Skipf("no oracle: %s is not installed", loader)
			}
			if out, err := exec.Command("unshare", "--mount", "--net", "true").CombinedOutput(); err != nil {
				if os.Getenv(linttest.RequireOracles) == "1" && os.Getuid() == 0 {
					t.Fatalf("no namespace: %v\n%s", err, out)
				}
				t.Skipf("no oracle: no namespace can be made: %v", err)
			}
			r := rand.New(rand.NewPCG(7, uint64(len(loader))))
			checked := 0
			for n := range 60 {
				root := t.TempDir()
				layout := randomLayout(t, r, root)
				want := booted(t, root, command)
				for key, value := range shown(t, root, loader) {
					checked++
					if want[key] != value {
						t.Errorf("layout %d: %s is %s after %s, tcplint says %s\n%s", n, key, want[key], loader, value, layout)
					}
				}
				if t.Failed() {
					return
				}
			}
			if checked < 100 {
				t.Errorf("only %d values were compared", checked)
			}
		})
	}
}

// randomLayout writes files as packages and administrators do: several of one name,
// empty ones, links to nothing and to sysctl.conf, files with other names.
func randomLayout(t *testing.T, r *rand.Rand, root string) (layout string) {
	t.Helper()
	var told strings.Builder
	write := func(name, text string) {
		fmt.Fprintf(&told, "-- %s --\n%s", name, text)
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		fmt.Fprintf(&told, "-- %s -> %s --\n", name, target)
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, base := range []string{"10-a.conf", "50-default.conf", "60-net.conf", "99-z.conf", "zz.conf", "a.txt", ".hidden.conf"} {
			switch r.IntN(5) {
			case 0, 1:
				write(dir+"/"+base, randomSettings(r))
			case 2:
				if r.IntN(4) == 0 {
					link("/dev/null", dir+"/"+base)
				}
			}
		}
	}
	write("etc/sysctl.conf", randomSettings(r))
	if name := "etc/sysctl.d/99-sysctl.conf"; r.IntN(3) == 0 {
		link("../sysctl.conf", name)
	}
	return told.String()
}

// randomSettings are some lines as people write them.
func randomSettings(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(4) {
		key := loaderKeys[r.IntN(len(loaderKeys))]
		switch r.IntN(6) {
		case 0:
			b.WriteString("# " + key + " = 9\n")
			continue
		case 1:
			key = strings.ReplaceAll(key, ".", "/")
		case 2:
			key = "-" + key
		}
		fmt.Fprintf(&b, "%s%s%d\n", key, []string{"=", " = ", "= "}[r.IntN(3)], 1+r.IntN(7))
	}
	return b.String()
}

// booted runs a loader over the files and returns what the kernel says then.
func booted(t *testing.T, root, command string) map[string]string {
	t.Helper()
	var script strings.Builder
	script.WriteString("set -e\n")
	for _, dir := range []string{"etc", "run", "usr/local/lib", "usr/lib/sysctl.d"} {
		fmt.Fprintf(&script, "mount --bind '%s' /%s\n", filepath.Join(root, dir), dir)
	}
	fmt.Fprintf(&script, "%s >/dev/null 2>&1 || true\n", command)
	for _, key := range loaderKeys {
		fmt.Fprintf(&script, "cat /proc/sys/%s\n", strings.ReplaceAll(key, ".", "/"))
	}
	cmd := exec.Command("unshare", "--mount", "--net", "sh", "-c", script.String())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	lines := strings.Fields(string(out))
	if err != nil || len(lines) != len(loaderKeys) {
		t.Fatalf("%v\n%s\n%s", err, out, &errs)
	}
	got := map[string]string{}
	for i, key := range loaderKeys {
		got[key] = lines[i]
	}
	return got
}

// shown is what tcplint says of the settings that are written somewhere.
func shown(t *testing.T, root, loader string) map[string]string {
	t.Helper()
	t.Chdir(root)
	var hosts []show.Host
	if err := json.Unmarshal([]byte(tcplint(t, 0, "show", "--loader", loader, "--format", "json", ".")), &hosts); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, h := range hosts {
		for _, v := range h.Sysctl {
			if slices.Contains(loaderKeys, v.Name) {
				if old, twice := got[v.Name]; twice {
					t.Errorf("two hosts set %s (-one +other):\n%s", v.Name, gocmp.Diff(old, v.Value))
				}
				got[v.Name] = v.Value
			}
		}
	}
	return got
}
