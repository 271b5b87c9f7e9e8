//go:build linux

package pipeline

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fleetHosts starts hosts in network namespaces, each with sshd; they end with the
// test. It returns their addresses and the namespace from which they are reached.
func fleetHosts(t *testing.T, dir string) (addresses map[string]string, controller string) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("testdata", "fleet", "hosts.sh"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", script, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	addresses = map[string]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch words := strings.Fields(lines.Text()); words[0] {
		case "host":
			addresses[words[1]] = words[2]
		case "controller":
			controller = words[1]
		case "ready":
			return addresses, controller
		}
	}
	t.Fatal("the hosts do not start")
	return nil, ""
}

// faulty is an nginx.conf with a fault that check names.
const faulty = `events {}
http {
    upstream app {
        server 10.0.0.1:80;
        keepalive 16;
    }
    server {
        listen 80;
        location / {
            proxy_pass http://app;
        }
    }
}
`

// recap is what ansible-playbook says of a host at the end.
var recap = regexp.MustCompile(`(?m)^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)`)

// lintCollection asks ansible-lint, where it is installed, for its opinion.
func lintCollection(t *testing.T, c command) {
	t.Helper()
	if _, err := exec.LookPath("ansible-lint"); err == nil {
		c.must(t, "ansible-lint", "--offline")
	}
}

// TestAnsible runs the collection on several hosts: one with a fault, one without,
// one without nginx, one whose user is not root, a slow one and one that cannot be
// reached.
func TestAnsible(t *testing.T) {
	oracle(t, "ansible-playbook", "ansible-galaxy", "sshd", "ssh-keygen", "ip", "unshare")
	if os.Getuid() != 0 {
		t.Skip("only root may make network namespaces")
	}
	build(t)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a user of the test reads it
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // a user of the test reads it
			t.Fatal(err)
		}
	}
	right := strings.Replace(faulty, "proxy_pass", "proxy_http_version 1.1;\n            proxy_set_header Connection \"\";\n            proxy_pass", 1)
	right = strings.Replace(right, "keepalive 16;", "keepalive 16;\n        keepalive_timeout 4s;", 1)
	write("hosts/faulty/etc-nginx/nginx.conf", faulty)
	write("hosts/right/etc-nginx/nginx.conf", right)
	write("hosts/plain/none", "")
	write("hosts/noroot/etc-nginx/nginx.conf", faulty)
	write("hosts/slow/etc-nginx/nginx.conf", right)
	addresses, controller := fleetHosts(t, filepath.Join(dir, "hosts"))

	collections := filepath.Join(dir, "collections")
	project := command{dir: filepath.Join(project(), "ansible"), env: []string{"HOME=" + dir, "ANSIBLE_COLLECTIONS_PATH=" + collections}}
	project.must(t, "ansible-galaxy", "collection", "build", "--output-path", dir)
	built, err := filepath.Glob(filepath.Join(dir, "tcplint-tcplint-*.tar.gz"))
	if err != nil || len(built) != 1 {
		t.Fatalf("%v %v", built, err)
	}
	project.must(t, "ansible-galaxy", "collection", "install", built[0], "-p", collections)
	lintCollection(t, command{dir: filepath.Join(collections, "ansible_collections", "tcplint", "tcplint"), env: project.env})

	var inventory strings.Builder
	inventory.WriteString("[web]\n")
	for name, address := range addresses {
		user := "root"
		if name == "noroot" {
			user = "tester"
		}
		fmt.Fprintf(&inventory, "%s ansible_host=%s ansible_user=%s\n", name, address, user)
	}
	inventory.WriteString("gone ansible_host=10.231.7.200\n")
	fmt.Fprintf(&inventory, "[all:vars]\nansible_ssh_private_key_file=%s\nansible_python_interpreter=/usr/bin/python3\ntcplint_snapshots=%s\ntcplint_interval=0\n"+
		"ansible_ssh_common_args=-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5\n", filepath.Join(dir, "hosts", "key"), filepath.Join(dir, "snapshots"))
	write("inventory", inventory.String())
	write("play.yml", `---
- name: Inspect
  hosts: all
  gather_facts: false
  roles:
    - role: tcplint.tcplint.inspect
      vars:
        tcplint_questions: [check]
        tcplint_interval: "{{ 2 if inventory_hostname == 'slow' else 0 }}"
`)
	play := func(args ...string) (string, int) {
		t.Helper()
		c := command{dir: dir, env: project.env}
		return c.run(t, "ip", append([]string{"netns", "exec", controller, "env", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCALHOST_WARNING=0", "ansible-playbook", "-i", "inventory", "play.yml"}, args...)...)
	}

	// In check mode nothing is asked of the hosts.
	out, _ := play("--check")
	if strings.Contains(out, "Make a folder for the snapshot") {
		t.Errorf("check mode asks the hosts:\n%s", out)
	}

	before, err := filepath.Glob("/tmp/tcplint.*") // a run that was killed cannot clean up
	if err != nil {
		t.Fatal(err)
	}
	const unreachable = 4 // what ansible-playbook ends with
	for round := range 2 {
		out, status := play()
		if status&unreachable == 0 {
			t.Errorf("round %d: status %d", round, status)
		}
		for _, m := range recap.FindAllStringSubmatch(out, -1) {
			name, changed, gone, failed := m[1], m[2], m[3], m[4]
			if changed != "0" {
				t.Errorf("round %d: %s has changed", round, name)
			}
			if (gone == "1") != (name == "gone") {
				t.Errorf("round %d: %s is unreachable: %s", round, name, gone)
			}
			if (failed == "1") != (name == "faulty" || name == "noroot") {
				t.Errorf("round %d: %s fails: %s\n%s", round, name, failed, out)
			}
		}
		if n := len(recap.FindAllString(out, -1)); n != len(addresses)+1 {
			t.Errorf("round %d: %d hosts are told of:\n%s", round, n, out)
		}
		if !strings.Contains(out, "[nginx-proxy-http10]") {
			t.Errorf("round %d: the fault is not told:\n%s", round, out)
		}
		left, err := filepath.Glob("/tmp/tcplint.*")
		if left = slices.DeleteFunc(left, func(p string) bool { return slices.Contains(before, p) }); err != nil || len(left) > 0 {
			t.Errorf("round %d: something is left behind: %v %v", round, left, err)
		}
	}

	// The same by hand, with what tcplint itself makes of the snapshots.
	for name, want := range map[string]int{"faulty": 1, "right": 0, "plain": 0, "noroot": 1, "slow": 0} {
		out, status := command{dir: dir}.run(t, "tcplint", "check", "--format", "json", filepath.Join("snapshots", name+".tar.gz"))
		if status != want {
			t.Errorf("%s ends with %d, want %d\n%s", name, status, want, out)
		}
		if !json.Valid([]byte(out[:strings.LastIndex(out, "}")+1])) {
			t.Errorf("%s gives no JSON:\n%s", name, out)
		}
	}
}
