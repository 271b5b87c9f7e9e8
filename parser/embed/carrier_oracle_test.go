package embed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// oracle returns the path of a real program; where there is none, the test is
// skipped, or fails if TCPLINT_REQUIRE_ORACLES is 1.
func oracle(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
		tb.Fatal(err)
	}
	tb.Skip("no oracle: ", err)
	return ""
}

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
				compareRun(t, oracle(t, shell), "#!/bin/"+shell+"\n"+script)
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
	for _, x := range Extract(source.NewFile("script.sh", script)).Texts {
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

// iniReader is how tuned reads profiles, in the words of Python's own library:
// those that it refuses are null.
const iniReader = `
import sys, json, configparser
def read(text):
    c = configparser.ConfigParser(delimiters=('='), inline_comment_prefixes=('#'), strict=False)
    c.optionxform = str
    try:
        c.read_string(text)
    except configparser.Error:
        return None
    return {s: {k: c.get(s, k, raw=True) for k in c.options(s)} for s in c.sections()}
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`

// TestTunedOracle compares profiles with what configparser makes of them.
func TestTunedOracle(t *testing.T) {
	t.Parallel()
	profiles := []string{
		"[main]\ninclude=a\n[sysctl]\nvm.a=1\nvm.b = 2 # c\n# d\nvm.c=3#4\n;e\nvm.d = \"5 6\"\n",
		"[sysctl]\n  vm.a = 1\n  vm.b = 2\n    3\nvm.c=4\n\n   5\nvm.d=6\n",
		"[sysctl]\nvm.a=\nvm.b = x = y\nvm.c =  z  \n",
		"[sysctl]\nvm.a=1\n # c\n   # d\nvm.b=2\n",
		"[sysctl]\nvm.a=1\n[vm]\nvm.x=2\n[sysctl]\nvm.a=3\nvm.b=4\n",
		"[sysctl]\r\nvm.a=1 \r\nvm.b = \"2\"\r\n",
		"[sysctl] # c\nvm.a=1\t#c\nvm.b=2\t\n",
	}
	for _, path := range corpusFiles(t, "sysctl-tuned") {
		text, err := os.ReadFile(path) //nolint:gosec // of the corpus
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".conf") {
			profiles = append(profiles, string(text))
		}
	}
	input, err := json.Marshal(profiles)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), oracle(t, "python3"), "-c", iniReader)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var read []map[string]map[string]string
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	for i, sections := range read {
		if sections == nil {
			t.Logf("profile %d is refused", i)
			continue
		}
		if diff := cmp.Diff(tunedSettings(sections["sysctl"]), foundSettings(profiles[i], sections["sysctl"])); diff != "" {
			t.Errorf("profile %d:\n%s\n(-configparser +found):\n%s", i, profiles[i], diff)
		}
	}
}

// tunedSettings are the options of a section that set something.
func tunedSettings(section map[string]string) map[string]string {
	settings := map[string]string{}
	for key, value := range section {
		if isKey(stuck(key)) {
			settings[key] = strings.ReplaceAll(value, "\t", " ")
		}
	}
	return settings
}

// foundSettings are the settings that are found in a profile, as configparser
// would give them: with the quotes that tuned takes off later on. What is not
// known is as it is in the section.
func foundSettings(text string, section map[string]string) map[string]string {
	settings := map[string]string{}
	for _, x := range tunedTexts(source.NewFile("tuned.conf", text)) {
		if x.Host != "" || x.File.View.Where != "[sysctl]" {
			continue
		}
		for _, e := range sysctl.Parse(x.File).Entries {
			key := x.File.Slice(e.Key.Span)
			value := strings.ReplaceAll(e.Value.Value, "\t", " ")
			if source.HasUnknown(value) || `"`+value+`"` == section[key] {
				value = strings.ReplaceAll(section[key], "\t", " ")
			}
			settings[key] = value
		}
	}
	return settings
}
