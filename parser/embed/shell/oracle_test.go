package shell

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

// TestShellOracle lets real shells run scripts, with programs that note what they
// are called for in place of sysctl and sudo, and compares the files that they
// write.
func TestShellOracle(t *testing.T) {
	t.Parallel()
	scripts := map[string]string{
		"sysctl":        "sysctl -w net.core.somaxconn=1 net.ipv4.tcp_rmem=\"1 2 3\" 'net.ipv4.tcp_sack=0'\nsudo sysctl -q vm.a=\\1 vm.b='x'\"y\"z\n",
		"continued":     "sysctl -w \\\n  vm.a=1 \\\n  vm.b=2\n",
		"two on a line": "sysctl -w vm.a=1; sysctl -w vm.b=2 && sysctl -w vm.c=3\n",
		"echo":          "echo \"vm.a = 1\" > sysctl.conf\necho vm.b=2  '#' x >> sysctl.conf\necho -n 'vm.c=3' >>sysctl.conf\n",
		"printf":        "printf 'vm.a=1\\nvm.b=2\\t3\\n' > sysctl.conf\nprintf '%s\\n' vm.c=1 'vm.d = 2' >> sysctl.conf\nprintf 'vm.e=%s%%\\n' 5 >> sysctl.conf\n",
		"group":         "{ echo vm.a=1; echo vm.b=2; } > sysctl.conf\n( echo vm.c=3 ) | sudo tee -a sysctl.conf > /dev/null\n",
		"tee":           "cat <<E | tee sysctl.conf >/dev/null\nvm.a=1\nE\ntee -a sysctl.conf <<E >/dev/null\nvm.b=2\nE\n",
		"overwritten":   "echo vm.a=1 > sysctl.conf\nfalse || echo vm.b=1 >> sysctl.conf\n",
		"nested":        "sudo sh -c 'cat > nginx.conf <<E\nserver { set \\$x \"a\"; }\nE'\nbash -c \"echo 'vm.a=1' > sysctl.conf\"\n",
		"here-string":   "tee sysctl.conf <<< 'vm.a=1' > /dev/null\n",
		"tabs":          "cat > nginx.conf <<-E\n\tserver {\n\t\t\tlisten 1;\n\t  \t# x\n\t}\n\tE\n",
		"tabs, literal": "cat > nginx.conf <<-'E'\n\tserver {\n\t\t\tset \\$a $b;\n\n\t}\n\tE\n",
		"joined":        "cat > nginx.conf <<E\nserver { \\\n  listen 1; # \\\\\n}\nE\n",
		"quotes, bash":  "echo 'server {\n  set $a \"b\";\n}' > nginx.conf\necho \"server { set \\$a 'b\\\\'; }\" > conf.d/nginx-x.conf\n",
		"folder":        "D=conf.d\ncat > \"$D/nginx-a.conf\" <<'E'\nserver { listen 1; }\nE\n",
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same scripts every time
	for i := range 60 {
		scripts[fmt.Sprintf("random %d", i)] = randomScript(random)
	}
	for _, shell := range []string{"bash", "dash"} {
		for name, script := range scripts {
			t.Run(shell+" "+name, func(t *testing.T) {
				t.Parallel()
				if shell == "dash" && (strings.Contains(script, "<<<") || strings.HasSuffix(name, ", bash")) {
					t.Skip("not of this shell")
				}
				compareRun(t, embedtest.Oracle(t, shell), "#!/bin/"+shell+"\n"+script)
			})
		}
	}
}

// randomScript writes a file by a here-document with a body that is hard to read.
func randomScript(r *rand.Rand) string {
	literal := r.IntN(2) == 0
	parts := []string{"a", " ", "\t", `\$x`, `\\`, "\\`", `"`, "'", `\d`, `\"`, "#", "EOF", "$ ", "{", "é", `\` + "\n", "\n# "}
	if literal {
		parts = append(parts, "$x", "${y}", "`z`", `\`)
	}
	var body strings.Builder
	body.WriteString("server {\n\t# ")
	for range r.IntN(30) {
		body.WriteString(parts[r.IntN(len(parts))])
	}
	body.WriteString(".\n}\n")
	operator, end := "<<", "EOF"
	if r.IntN(2) == 0 {
		operator = "<<-"
		if r.IntN(2) == 0 {
			end = "\tEOF"
		}
	}
	delimiter := "EOF"
	if literal {
		delimiter = []string{"'EOF'", `"EOF"`, `\EOF`}[r.IntN(3)]
	}
	return "cat > nginx.conf " + operator + delimiter + "\n" + body.String() + end + "\n"
}

// compareRun runs a script in an empty folder and compares what it leaves there
// with what is found in it.
func compareRun(t *testing.T, shell, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "conf.d"), 0o750); err != nil {
		t.Fatal(err)
	}
	fakes := map[string]string{
		"sysctl": "#!/bin/sh\nfor a in \"$@\"; do case $a in -*) ;; *) printf '%s = %s\\n' \"${a%%=*}\" \"${a#*=}\" >> sysctl.log;; esac; done\n",
		"sudo":   "#!/bin/sh\nexec \"$@\"\n",
	}
	for name, text := range fakes {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil { //nolint:gosec // it is to be run
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "script.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell, file)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	got := map[string]string{}
	for _, x := range Read(source.NewFile("script.sh", script)).Texts {
		name := x.File.View.Where
		if i := strings.LastIndex(name, ": "); i >= 0 {
			name = name[i+2:]
		}
		got[name] += x.File.Text
	}
	want := map[string]string{}
	for _, name := range []string{"sysctl.log", "sysctl.conf", "nginx.conf", "conf.d/nginx-x.conf", "conf.d/nginx-a.conf"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil { //nolint:gosec // of the test's own folder
			want[strings.TrimSuffix(name, ".log")] = string(text)
		}
	}
	if len(want) == 0 {
		t.Fatalf("the script writes nothing:\n%s", script)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n(-%s +found):\n%s", script, filepath.Base(shell), diff)
	}
}
