package values_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/values"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

func file(text string) []*source.File {
	if text == "" {
		return nil
	}
	return []*source.File{source.NewFile("x.yml", text)}
}

// TestRole asks what the variable n of a role is, by the file that says it; empty if that
// is not known.
func TestRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, vars, defaults, others, otherwise, want string }{
		{"the default", "", "n: 32\n", "", "", "32"},
		{"a text", "", "n: 75s\n", "", "", "75s"},
		{"a quoted number", "", "n: '0644'\n", "", "", "0644"},
		{"a number that is written otherwise", "", "n: 0644\n", "", "", ""},
		{"a truth", "", "n: yes\n", "", "", ""},
		{"a quoted truth", "", "n: 'on'\n", "", "", "on"},
		{"code", "", "n: \"{{ m }}\"\n", "", "", ""},
		{"a list", "", "n:\n  - 1\n", "", "", ""},
		{"the role's variable is before", "n: 64\n", "n: 32\n", "", "", "64"},
		{"the template's default", "", "", "", "16", "16"},
		{"the template's default is not used", "", "n: 32\n", "", "16", "32"},
		{"a group says the same", "", "n: 32\n", "n: 32\n", "", "32"},
		{"a group says otherwise", "", "n: 32\n", "all:\n  n: 64 # more\n", "", ""},
		{"a play says otherwise", "", "n: 32\n", "- hosts: web\n  roles: [{role: web, n: 64}]\n", "", ""},
		{"an inventory says otherwise", "", "n: 32\n", "[web]\nweb-1 a=1 n=64\n", "", ""},
		{"an inventory says the same", "", "n: 32\n", "[web]\nweb-1 a=1 n=32 b=2\n", "", "32"},
		{"a task finds it out", "", "n: 32\n", "- command: nproc\n  register: n\n", "", ""},
		{"a loop", "", "n: 32\n", "  loop_control: {loop_var: n}\n", "", ""},
		{"a longer name", "", "n: 32\n", "min: 1\nn_more: 4\nx.n: 5\n", "", "32"},
		{"a key that stands twice", "", "n: 32\nn: 64\n", "", "", "64"},
		{"what a merge brings is below", "", "a: &a {n: 1}\nn: 32\n<<: *a\n", "", "", "32"},
		{"nothing", "", "m: 1\n", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := new(values.Texts).Role(file(tt.vars), file(tt.defaults), file(tt.others)).Value(template.Variable{Name: "n", Default: tt.otherwise})
			if got.Text != tt.want || ok != (tt.want != "") {
				t.Errorf("%+v %v, want %q", got, ok, tt.want)
			}
			if got.File != nil && got.File.Slice(got.At) != tt.want && got.File.Slice(got.At) != "'"+tt.want+"'" {
				t.Errorf("it stands at %q", got.File.Slice(got.At))
			}
		})
	}
}

// TestChart asks what the value pool.n of the chart web is.
func TestChart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, values, others, around, installs, want string }{
		{"the value", "pool:\n  n: 16\n", "", "", "", "16"},
		{"another file says otherwise", "pool:\n  n: 16\n", "pool: {n: 32}\n", "", "", ""},
		{"another file says the same", "pool:\n  n: 16\n", "pool: {n: 16}\n", "", "", "16"},
		{"the chart around says otherwise", "pool:\n  n: 16\n", "", "web:\n  pool:\n    n: 8\n", "", ""},
		{"the chart around has one of its own", "pool:\n  n: 16\n", "", "pool:\n  n: 8\n", "", "16"},
		// Helm 3.19 writes 1.048576e+06.
		{"a large number", "pool:\n  n: 1048576\n", "", "", "", ""},
		{"a large number as a text", "pool:\n  n: \"1048576\"\n", "", "", "", "1048576"},
		{"a command says otherwise", "pool:\n  n: 16\n", "", "", "\thelm upgrade web ./web --set front.pool.n=8\n", ""},
		{"a command says the same", "pool:\n  n: 16\n", "", "", "\thelm upgrade web ./web --set=pool.n=16\n", "16"},
		{"a release says otherwise", "pool:\n  n: 16\n", "", "", "kind: HelmRelease\nspec:\n  values:\n    pool:\n      n: 8\n", ""},
		{"a parameter", "pool:\n  n: 16\n", "", "", "parameters:\n- name: pool.n\n  value: \"8\"\n", ""},
		{"a parameter of another name", "pool:\n  n: 16\n", "", "", "parameters:\n- name: pool.min\n  value: \"8\"\n", "16"},
		{"an empty value", "pool:\n  n:\n", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := new(values.Texts).Chart(file(tt.values)[0], file(tt.others), file(tt.around), file(tt.installs), "web").Value(template.Variable{Name: "pool.n"})
			if got.Text != tt.want || ok != (tt.want != "") {
				t.Errorf("%+v %v, want %q", got, ok, tt.want)
			}
		})
	}
}

// TestInstalls tells files that install a chart from others.
func TestInstalls(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"kind: HelmRelease\nspec:\n  chart: {spec: {chart: ./web}}\n":     true,
		"apiVersion: argoproj.io/v1alpha1\nspec: {source: {path: web}}\n": true,
		"releases:\n- {name: a, chart: ./web}\n":                          true,
		"resource \"helm_release\" \"a\" {\n  chart = \"web\"\n}\n":       true,
		"deploy:\n\thelm upgrade --install a web/\n":                      true,
		"kind: HelmRelease\nspec:\n  chart: {spec: {chart: ./shop}}\n":    false,
		"kind: Deployment\nmetadata: {name: web}\n":                       false,
	} {
		if got := new(values.Texts).Installs(source.NewFile("x", text), []string{"web"}); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !values.Depends("name: shop\ndependencies:\n- name: web\n  alias: front\n", []string{"web"}) || values.Depends("name: web\n", []string{"web"}) {
		t.Error("the parts of a chart are not told from its name")
	}
}
