// Command bench measures what runs of tcplint cost, beside "nginx -t" of the same
// files: CPU seconds (user and system, as others may use the machine) and memory, the
// median of several runs, programs in turn.
//
//	go run ./internal/bench [-n RUNS] TCPLINT...
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/gen"
)

func main() {
	n := flag.Int("n", 5, "how often each program is run")
	flag.Parse()
	if err := run(os.Stdout, flag.Args(), *n); err != nil {
		log.Fatal(err)
	}
}

// task is something that is measured.
type task struct {
	name string
	dir  string
	args []string
}

// cost is what a run has used.
type cost struct {
	cpu    time.Duration
	memory int64 // bytes; 0 if it is not known
}

func run(w io.Writer, programs []string, n int) error {
	dir, err := os.MkdirTemp("", "tcplint-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nobody needs it
	tasks, err := prepare(dir)
	if err != nil {
		return err
	}
	for i := range programs {
		if programs[i], err = filepath.Abs(programs[i]); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintln(w, "| task | program | CPU | memory |\n|---|---|---|---|")
	for _, t := range tasks {
		if err := t.measure(w, programs, n); err != nil {
			return err
		}
	}
	return nil
}

// prepare writes the inputs.
func prepare(dir string) ([]task, error) {
	in := func(name string) string { return filepath.Join(dir, name) }
	files := map[string]string{
		"small/nginx.conf": gen.Nginx(1, 3, 3), "large/nginx.conf": gen.Nginx(1000, 10, 500),
		"alone/nginx.conf": gen.Nginx(1, 3, 3), "repository/edge/nginx.conf": gen.Nginx(1, 3, 3), "repository/.git/HEAD": "",
	}
	// The same with something to be found in each location.
	files["found/nginx.conf"] = strings.ReplaceAll(files["large/nginx.conf"],
		"proxy_read_timeout", "proxy_next_upstream error timeout http_502;\n            proxy_read_timeout")
	for _, folder := range []string{"small", "large", "found", "alone", "repository/edge", "many"} {
		files[folder+"/mime.types"] = "types { text/html html; }\n"
	}
	const many, most = 1000, 19000
	for i := range many {
		files[fmt.Sprintf("many/%04d.conf", i)] = gen.Nginx(1, 2, 3)
	}
	for i := range most {
		files[fmt.Sprintf("repository/src/%d/%d/%d.yaml", i/1000, i/100, i)] = "key: value\n"
	}
	for name, text := range files {
		if err := write(in(name), text); err != nil {
			return nil, err
		}
	}
	large := []string{"check", "nginx.conf"}
	return []task{
		{"start", dir, []string{"version"}},
		{"a file of 100 lines", in("small"), large},
		{"10,000 locations, text", in("large"), large},
		{"10,000 locations, one rule", in("large"), append(large, "--select", "nginx-sse-buffered")},
		{"10,000 findings, text", in("found"), large},
		{"10,000 findings, JSON", in("found"), append(large, "--format", "json")},
		{"10,000 findings, SARIF", in("found"), append(large, "--format", "sarif")},
		{"10,000 findings, HTML", in("found"), append(large, "--format", "html")},
		{"1,000 files", in("many"), []string{"check", "."}},
		{"a file alone", in("alone"), large},
		{"a file of 19,000", in("repository"), []string{"check", "edge/nginx.conf"}},
	}, nil
}

func write(name, text string) error {
	const folderMode, mode = 0o755, 0o644
	if err := os.MkdirAll(filepath.Dir(name), folderMode); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), mode)
}

// measure runs the programs in turn, and nginx where there is one configuration.
func (t task) measure(w io.Writer, programs []string, n int) error {
	type candidate struct {
		name string
		args []string
	}
	var all []candidate
	for _, p := range programs {
		all = append(all, candidate{p, append([]string{p}, t.args...)})
	}
	if nginx, err := exec.LookPath("nginx"); err == nil && len(t.args) > 1 && t.args[1] == "nginx.conf" {
		all = append(all, candidate{"nginx -t", []string{nginx, "-t", "-q", "-p", t.dir, "-c", filepath.Join(t.dir, "nginx.conf")}})
	}
	costs := make([][]cost, len(all))
	for range n {
		for i, c := range all {
			one, err := once(t.dir, c.args)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			costs[i] = append(costs[i], one)
		}
	}
	for i, c := range all {
		slices.SortFunc(costs[i], func(a, b cost) int { return cmp.Compare(a.cpu, b.cpu) })
		m := costs[i][len(costs[i])/2]
		_, _ = fmt.Fprintf(w, "| %s | %s | %.3f s | %d MB |\n", t.name, c.name, m.cpu.Seconds(), m.memory>>20)
	}
	return nil
}

// once runs a program. That it finds something is no error.
func once(dir string, args []string) (cost, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	if err := cmd.Run(); cmd.ProcessState == nil {
		return cost{}, err
	}
	s := cmd.ProcessState
	return cost{s.UserTime() + s.SystemTime(), memoryOf(s)}, nil
}
