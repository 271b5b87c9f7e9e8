package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeSnapshot writes the snapshot of a host with a queue of its own.
func writeSnapshot(t *testing.T, dir, host, somaxconn string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range [][2]string{
		{"MANIFEST", "tcplint-snapshot\t1\nhost\t" + host + "\ntime\t2026-11-30T10:00:00Z\ncollector\ttcplint 1\nuser\t0\nredacted\tno\nend\t0\n"},
		{".tcplint.toml", "[target]\nnginx = \"1.28.0\"\nkernel = \"6.1.0\"\n\n[[host]]\nname = \"" + host + "\"\nnginx = [\"etc/nginx/nginx.conf\"]\nsysctl = [\"etc/sysctl.conf\"]\n"},
		{"etc/sysctl.conf", "net.core.somaxconn = " + somaxconn + "\n"},
		{"etc/nginx/nginx.conf", "events {}\nhttp {\n    server {\n        listen 80 backlog=1024;\n        return 204;\n    }\n}\n"},
	} {
		if err := w.WriteHeader(&tar.Header{Name: host + "/" + f[0], Mode: 0o600, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close(), os.WriteFile(filepath.Join(dir, host+".tar.gz"), b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestCheckOfManyHosts(t *testing.T) {
	dir := t.TempDir()
	for host, somaxconn := range map[string]string{"web-1": "128", "web-2": "128", "web-3": "4096"} {
		writeSnapshot(t, dir, host, somaxconn)
	}
	call := func(args ...string) (status int, stdout, stderr string) {
		var out, said bytes.Buffer
		status = run(args, strings.NewReader(""), &out, &said)
		return status, out.String(), said.String()
	}
	status, out, said := call("check", dir)
	if status != statusFindings || said != "" || !strings.Contains(out, "[host-backlog-capped] on 2 of 3 hosts: web-1, web-2\n") ||
		!strings.Contains(out, "  web-3: net.core.somaxconn: 4096 (etc/sysctl.conf:1); 128 on 2 of the 3 hosts web-#\n") {
		t.Errorf("status %d\n%s%s", status, out, said)
	}
	bad := filepath.Join(dir, "web-4.tar.gz")
	if err := os.WriteFile(bad, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, said = call("check", "--format", "json", dir)
	if status != statusFailure || !strings.Contains(said, "web-4.tar.gz is skipped: this is no archive") {
		t.Errorf("status %d: %s", status, said)
	}
	var got struct {
		Hosts   []struct{ Name string }
		Skipped []struct{ Archive string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Hosts) != 3 || len(got.Skipped) != 1 || got.Skipped[0].Archive != filepath.ToSlash(bad) {
		t.Errorf("%v: %+v", err, got)
	}
	status, out, said = call("diagnose", dir)
	if status != statusFailure || !strings.Contains(said, "web-4.tar.gz is skipped") || !strings.Contains(out, "nothing here explains a fault on all 3 hosts\n") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	status, out, said = call("capacity", filepath.Join(dir, "web-1.tar.gz"), filepath.Join(dir, "web-3.tar.gz"))
	if status != statusClean || said != "" || !strings.Contains(out, "  value    128 connections on 1 of 2 hosts: web-1: etc/sysctl.conf:1") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	status, _, said = call("capacity", "--clients", "5000", "--format", "json", filepath.Join(dir, "web-1.tar.gz"), filepath.Join(dir, "web-3.tar.gz"))
	if status != statusFindings || said != "" {
		t.Errorf("status %d: %s", status, said)
	}
	one := filepath.Join(dir, "web-1.tar.gz")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"check", one, bad, "--format", "junit"}, "unknown format of several snapshots"},
		{[]string{"check", one, bad, "/etc/hosts"}, "/etc/hosts is no snapshot"},
		{[]string{"check", one, bad, "--root", dir}, "--root is not for several snapshots"},
		{[]string{"check", "/etc/hosts", "--against", dir}, "--against wants snapshots"},
		{[]string{"diagnose", one, bad, "--fix"}, "--fix is for one snapshot"},
		{[]string{"diagnose", one, bad, "--format", "html"}, "html"},
		{[]string{"diagnose", one, filepath.Join(dir, "web-3.tar.gz"), "--before", one}, "are two hosts"},
	} {
		if status, _, said := call(c.args...); status != statusUsage || !strings.Contains(said, c.says) {
			t.Errorf("%q: status %d, %s", c.args, status, said)
		}
	}
}
