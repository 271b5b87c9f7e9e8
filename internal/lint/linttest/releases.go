package linttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/tcplint/tcplint/internal/facts"
)

// NginxReleases is the environment variable that names a folder with further
// releases of nginx, as internal/proof/nginx-releases.sh unpacks them: a program
// nginx and a folder modules in a folder for each version.
const NginxReleases = "TCPLINT_NGINX_RELEASES"

// An Nginx is a real one, that tests ask.
type Nginx struct {
	Program string // its path
	Modules string // the folder of its dynamic modules, which need not be there
	Version facts.Version
}

// Nginxes returns every nginx that tests can ask, the oldest first: the installed
// one and those of the folder that NginxReleases names. The error says which of
// them are not there, or cannot be run; the others are returned all the same.
func Nginxes() ([]Nginx, error) { return nginxes() }

var nginxes = sync.OnceValues(func() (all []Nginx, err error) {
	var errs []error
	if program, ok := find("nginx"); ok {
		n, err := newNginx(program)
		if err == nil {
			all = append(all, n)
		}
		errs = append(errs, err)
	} else {
		errs = append(errs, errors.New("nginx is not installed"))
	}
	dir := os.Getenv(NginxReleases)
	if dir == "" {
		return all, errors.Join(append(errs, fmt.Errorf("%s names no folder with later releases of nginx: internal/proof/nginx-releases.sh fills one", NginxReleases))...)
	}
	programs, err := filepath.Glob(filepath.Join(dir, "*", "nginx"))
	errs = append(errs, err)
	unpacked := 0
	for _, program := range programs {
		n, err := newNginx(program)
		if errors.Is(err, errTooNew) {
			continue // the suite has moved on
		}
		errs = append(errs, err)
		if err == nil {
			unpacked++
			n.Modules = filepath.Join(filepath.Dir(program), "modules")
			all = append(all, n)
		}
	}
	if unpacked == 0 {
		errs = append(errs, fmt.Errorf("there is no nginx in %s, which %s names, that the tables know", dir, NginxReleases))
	}
	slices.SortStableFunc(all, func(a, b Nginx) int { return a.Version.Compare(b.Version) })
	all = slices.CompactFunc(all, func(a, b Nginx) bool { return a.Version == b.Version }) // the installed one stays
	return all, errors.Join(errs...)
})

var errTooNew = errors.New("this nginx is newer than the tables")

var (
	versionLine = regexp.MustCompile(`nginx/([0-9.]+)`)
	modulesPath = regexp.MustCompile(`--modules-path=(\S+)`)
)

// newNginx asks a program what it is.
func newNginx(program string) (Nginx, error) {
	n := Nginx{Program: program}
	out, err := exec.Command(program, "-V").CombinedOutput()
	if err != nil {
		return n, fmt.Errorf("%s does not run: %w", program, err)
	}
	version := versionLine.FindSubmatch(out)
	if version == nil {
		return n, fmt.Errorf("%s does not say its version", program)
	}
	if modules := modulesPath.FindSubmatch(out); modules != nil {
		n.Modules = string(modules[1])
	}
	if n.Version, err = facts.ParseVersion(string(version[1])); err != nil {
		return n, fmt.Errorf("%s: %w", program, err)
	}
	if facts.NewestNginx.Compare(n.Version) < 0 {
		return n, fmt.Errorf("%s: %w: %s after %s", program, errTooNew, n.Version, facts.NewestNginx)
	}
	return n, nil
}

// NginxOf returns the nginx of a version: that one, or the next later one; ok is
// false if every nginx here is older.
func NginxOf(v facts.Version) (n Nginx, ok bool) {
	all, _ := Nginxes()
	i := slices.IndexFunc(all, func(n Nginx) bool { return n.Version.Compare(v) >= 0 })
	if i < 0 {
		return n, false
	}
	return all[i], true
}
