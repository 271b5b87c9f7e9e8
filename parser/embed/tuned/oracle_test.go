package tuned

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

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
	for _, path := range embedtest.CorpusFiles(t, "sysctl-tuned") {
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
	cmd := exec.CommandContext(t.Context(), embedtest.Oracle(t, "python3"), "-c", iniReader)
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
		if carrier.IsKey(carrier.Glue(key)) {
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
	for _, x := range Texts(source.NewFile("tuned.conf", text)) {
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
