package detect

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plain are the corpus kinds that must be recognised, and as what.
var plain = map[string]Kind{
	"nginx-full": Nginx, "nginx-fragment": Nginx, "nginx-testsuite": Nginx, "sysctl-conf": Sysctl,
}

// exceptions are corpus files that are rightly taken for something else than
// their kind in the manifest says, each with the reason.
var exceptions = map[string]string{
	"redhat-performance+tuned/@history/profiles/profil/tuned.cfg": "a tuned profile with [sections]; sysctl would refuse it",
}

// plainAfterAll are files that the manifest calls templates, while nginx takes
// them as they are: the tags stand in Lua code, and ${NAME} is a variable.
var plainAfterAll = map[string]bool{
	"kubernetes+ingress-nginx/@history/images/echoheaders/nginx.conf": true,
	"kubernetes+ingress-nginx/images/e2e-test-echo/rootfs/nginx.conf": true,
	"oneinstack+oneinstack/config/magento2.conf":                      true,
}

// filled are files with place holders that the manifest calls plain, as all files
// of nginx's tests ("%%TEST_GLOBALS%%").
var filled = map[string]bool{
	"discourse+discourse_docker/templates/web.ssl.template.yml.heredoc0.nginx.conf": true,
	"discourse+discourse_docker/templates/web.ssl.template.yml.heredoc1.nginx.conf": true,
	"oneinstack+oneinstack/vhost.sh.heredoc2.nginx.conf":                            true,
	"oneinstack+oneinstack/vhost.sh.heredoc5.nginx.conf":                            true,
}

// TestCorpus prints what becomes of every kind of file of the corpus.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("TCPLINT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	manifest, err := os.Open(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		t.Skip("no corpus: ", err)
	}
	defer manifest.Close() //nolint:errcheck // nothing was written
	r := csv.NewReader(manifest)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]*[5]int{}
	for _, row := range rows[1:] {
		path, kind := row[0], row[1]
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(path)))
		if err != nil {
			t.Error(err)
			continue
		}
		got, reason := Detect(path, string(text))
		if table[kind] == nil {
			table[kind] = &[5]int{}
		}
		table[kind][got]++
		if exceptions[path] != "" {
			continue
		}
		want := plain[kind] // None for YAML, tuned profiles and the like
		switch {
		case plainAfterAll[path]:
			want = Nginx
		case strings.Contains(kind, "template"), kind == "nginx-testsuite", filled[path]:
			want = Template
		}
		if got != want {
			t.Errorf("%s is %s, but detected as %v: %s", path, kind, got, reason)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-24s", "corpus kind")
	for _, k := range kindNames {
		fmt.Fprintf(&b, "%10s", k)
	}
	for _, kind := range slices.Sorted(maps.Keys(table)) {
		fmt.Fprintf(&b, "\n%-24s", kind)
		for _, n := range table[kind] {
			fmt.Fprintf(&b, "%10d", n)
		}
	}
	t.Log("\n" + b.String())
}
