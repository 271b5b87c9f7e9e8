package collect

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/snapshot"
)

// Host is what is collected. Names are absolute paths of it.
type Host interface {
	// Name and User are the host's name, and the number of the user who looks.
	Name() string
	User() string
	// Read reads a file, or the last bytes of one that is longer than most.
	Read(name string, most int64) (data []byte, cut bool, err error)
	// Glob returns the files that a pattern means, Below the files below a folder,
	// or a file itself; both sorted.
	Glob(pattern string) []string
	Below(dir string) []string
	// Run runs a command and returns what it printed, to both of its outputs.
	Run(ctx context.Context, args ...string) (out []byte, status int, err error)
	// HasModule reports whether a module of the kernel is loaded or built in.
	HasModule(name string) bool
}

// stateOf says what an error of reading or starting means.
func stateOf(err error) (state snapshot.State, why string) {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return snapshot.Absent, ""
	case errors.Is(err, fs.ErrPermission):
		return snapshot.Refused, "root may read it"
	}
	return snapshot.Failed, err.Error()
}

// Local is the host that the program runs on.
type Local struct {
	// Root is what stands before every name; empty on the host itself.
	Root string
}

// Name is the host's own name.
func (l Local) Name() string {
	data, _, err := l.Read("/proc/sys/kernel/hostname", 256)
	if err != nil {
		data, _, _ = l.Read("/etc/hostname", 256) // one without a name is "host"
	}
	return FileName(strings.TrimSpace(string(data)))
}

// User is the number of the user.
func (Local) User() string { return strconv.Itoa(os.Geteuid()) }

// Read reads a file, or its end.
func (l Local) Read(name string, most int64) (data []byte, cut bool, err error) {
	info, err := os.Stat(l.Root + name)
	if err != nil {
		return nil, false, err
	}
	if !info.Mode().IsRegular() {
		return nil, false, errors.New("it is no regular file")
	}
	f, err := os.Open(l.Root + name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	if info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return nil, false, err
		}
		cut = true
	}
	data, err = io.ReadAll(io.LimitReader(f, most+1)) // files of /proc do not tell their size
	if int64(len(data)) > most {
		data, cut = data[:most], true
	}
	return data, cut, err
}

// Glob returns what a pattern means.
func (l Local) Glob(pattern string) []string {
	found, err := filepath.Glob(l.Root + pattern)
	if err != nil {
		return nil // a pattern that nginx refuses as well
	}
	for i, f := range found {
		found[i] = strings.TrimPrefix(f, l.Root)
	}
	return found
}

// Below returns the files below a folder.
func (l Local) Below(dir string) []string {
	var out []string
	_ = filepath.WalkDir(l.Root+dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			out = append(out, strings.TrimPrefix(name, l.Root))
		}
		return nil // what cannot be read is left out
	})
	slices.Sort(out)
	return out
}

// systemPath is where commands are looked for: a user's own folders hold no tool.
var systemPath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/nginx/sbin", "/usr/local/openresty/bin"}

// Run runs a command of the system, in English.
func (Local) Run(ctx context.Context, args ...string) (out []byte, status int, err error) {
	file := ""
	for _, dir := range systemPath {
		if info, err := os.Stat(filepath.Join(dir, args[0])); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			file = filepath.Join(dir, args[0])
			break
		}
	}
	if file == "" {
		return nil, 0, exec.ErrNotFound
	}
	cmd := exec.CommandContext(ctx, file, args[1:]...)
	cmd.Env = []string{"PATH=" + strings.Join(systemPath, ":"), "LC_ALL=C", "HOME=/"}
	out, err = cmd.CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return out, failed.ExitCode(), nil
	}
	return out, 0, err
}

// HasModule looks for a module among those that are loaded or built in. A kernel
// without a list of modules loads none.
func (l Local) HasModule(name string) bool {
	if _, err := os.Stat(l.Root + "/proc/modules"); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if loaded, _, err := l.Read("/proc/modules", mostOfFile); err == nil && strings.Contains("\n"+string(loaded), "\n"+name+" ") {
		return true
	}
	if info, err := os.Stat(l.Root + "/sys/module/" + name); err == nil && info.IsDir() {
		return true
	}
	release, _, err := l.Read("/proc/sys/kernel/osrelease", 256)
	if err != nil {
		return false
	}
	built, _, err := l.Read("/lib/modules/"+strings.TrimSpace(string(release))+"/modules.builtin", mostOfFile)
	return err == nil && strings.Contains(string(built), "/"+name+".ko")
}
