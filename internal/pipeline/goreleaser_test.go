package pipeline

import (
	"compress/gzip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// goreleaser is as much of .goreleaser.yaml as the tests speak of.
type goreleaser struct {
	Before struct{ Hooks []string }
	Builds []struct {
		Env, Goos, Goarch, Flags, Ldflags []string

		ModTimestamp string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		NameTemplate string `yaml:"name_template"`
		BuildsInfo   info   `yaml:"builds_info"`
		Files        []archived
	}
	Nfpms []struct {
		Formats  []string
		Mtime    string
		Contents []struct{ Src, Dst string }
	}
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
		Algorithm    string
	}
	Sboms []struct{ Artifacts string }
	Signs []struct {
		Cmd, Artifacts, Signature string
		Args                      []string
	}
}

type archived struct {
	Src  string
	Info info
}

type info struct{ Mtime string }

func readGoreleaser(t *testing.T) goreleaser {
	t.Helper()
	var g goreleaser
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(project(), ".goreleaser.yaml"))), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestGoreleaser has goreleaser check its configuration. It takes minutes to
// install, so it is not among the programs that a machine has to have.
func TestGoreleaser(t *testing.T) {
	oracleIfThere(t, "goreleaser")
	command{dir: project()}.must(t, "goreleaser", "check")
}

// TestReleaseTargets looks for what a release must hold.
func TestReleaseTargets(t *testing.T) {
	g := readGoreleaser(t)
	if len(g.Builds) != 1 || len(g.Archives) != 1 || len(g.Nfpms) != 1 {
		t.Fatalf("want one kind of build, archive and package, got %d, %d, %d", len(g.Builds), len(g.Archives), len(g.Nfpms))
	}
	b := g.Builds[0]
	var targets []string
	for _, system := range b.Goos {
		for _, arch := range b.Goarch {
			targets = append(targets, system+"/"+arch)
		}
	}
	slices.Sort(targets)
	want := []string{"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64"}
	if d := cmp.Diff(want, targets); d != "" {
		t.Errorf("targets (-want +got):\n%s", d)
	}
	if !slices.Contains(b.Env, "CGO_ENABLED=0") || !slices.Contains(b.Flags, "-trimpath") || b.ModTimestamp != "{{ .CommitTimestamp }}" {
		t.Errorf("the build is not reproducible: %+v", b)
	}
	if !strings.Contains(strings.Join(b.Ldflags, " "), "-X main.release=v{{ .Version }}") {
		t.Errorf("the build does not know its version: %q", b.Ldflags)
	}
	// No time but the commit's.
	times := []string{g.Archives[0].BuildsInfo.Mtime, g.Nfpms[0].Mtime}
	for _, f := range g.Archives[0].Files {
		times = append(times, f.Info.Mtime)
	}
	for _, time := range times {
		if time != "{{ .CommitDate }}" {
			t.Errorf("a time is %q", time)
		}
	}
	slices.Sort(g.Nfpms[0].Formats)
	if d := cmp.Diff([]string{"deb", "rpm"}, g.Nfpms[0].Formats); d != "" {
		t.Errorf("packages (-want +got):\n%s", d)
	}
	if g.Checksum.Algorithm != "sha256" || len(g.Sboms) == 0 {
		t.Errorf("checksums are %q, SBOMs %v", g.Checksum.Algorithm, g.Sboms)
	}
	// What SECURITY.md tells people to verify is what is made.
	if len(g.Signs) != 1 || g.Signs[0].Artifacts != "checksum" || g.Signs[0].Cmd != "cosign" || !slices.Contains(g.Signs[0].Args, "--bundle=${signature}") {
		t.Fatalf("signatures are %+v", g.Signs)
	}
	sums := strings.NewReplacer("{{ .ProjectName }}", "tcplint", "{{ .Version }}", "1.2.3").Replace(g.Checksum.NameTemplate)
	bundle := strings.ReplaceAll(g.Signs[0].Signature, "${artifact}", sums)
	if security := read(t, filepath.Join(project(), "SECURITY.md")); !strings.Contains(security, "--bundle "+bundle+" ") || !strings.Contains(security, "\n  "+sums+"\n") {
		t.Errorf("SECURITY.md does not verify %s with %s", sums, bundle)
	}
}

// TestReleaseFiles makes what packages bring along as goreleaser does, and looks
// for every file that an archive or a package wants.
func TestReleaseFiles(t *testing.T) {
	oracle(t, "sh", "gzip")
	g := readGoreleaser(t)
	if !slices.ContainsFunc(g.Before.Hooks, func(h string) bool { return strings.HasPrefix(h, ".ci/assets . ") }) {
		t.Fatalf(".ci/assets is not among the hooks %q", g.Before.Hooks)
	}
	assets := func() string {
		dir := t.TempDir()
		command{dir: project()}.must(t, filepath.Join(project(), ".ci", "assets"), dir, "v9.8.7")
		return dir
	}
	dir := assets()
	var sources []string
	for _, f := range g.Archives[0].Files {
		sources = append(sources, f.Src)
	}
	for _, c := range g.Nfpms[0].Contents {
		sources = append(sources, c.Src)
	}
	for _, src := range sources {
		made, err := filepath.Glob(filepath.Join(dir, src))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := filepath.Glob(filepath.Join(project(), src))
		if err != nil || len(made) == 0 && (len(kept) == 0 || strings.Contains(src, "/")) {
			t.Errorf("there is no %s (%v)", src, err)
		}
	}
	for _, want := range []string{"LICENSE", "README.md", "man/*", "completions/*"} {
		if !slices.ContainsFunc(g.Archives[0].Files, func(f archived) bool { return f.Src == want }) {
			t.Errorf("archives lack %s", want)
		}
	}
	// The same again, byte for byte.
	again := assets()
	all, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(all) == 0 {
		t.Fatalf("nothing was made: %v", err)
	}
	for _, name := range all {
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		if read(t, name) != read(t, filepath.Join(again, rel)) {
			t.Errorf("%s differs from one time to the next", rel)
		}
		if filepath.Ext(name) == ".gz" {
			timeless(t, name)
		}
	}
}

// timeless fails if gzip has put the time into a file.
func timeless(t *testing.T, name string) {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(read(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("%s holds a time or a name: %+v", filepath.Base(name), z.Header)
	}
}

// names are the names of what a release holds, which the action repeats.
type names struct {
	archives, checksums *template.Template
}

func archiveNames(t *testing.T) names {
	t.Helper()
	g := readGoreleaser(t)
	parse := func(text string) *template.Template {
		out, err := template.New("name").Option("missingkey=error").Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return names{parse(g.Archives[0].NameTemplate), parse(g.Checksum.NameTemplate)}
}

// archive names an archive but for its extension.
func (n names) archive(t *testing.T, version, system, arch string) string {
	t.Helper()
	return render(t, n.archives, map[string]string{"Version": strings.TrimPrefix(version, "v"), "Os": system, "Arch": arch})
}

func render(t *testing.T, text *template.Template, values map[string]string) string {
	t.Helper()
	values["ProjectName"] = "tcplint"
	var out strings.Builder
	if err := text.Execute(&out, values); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
