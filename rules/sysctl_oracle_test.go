//go:build linux

package rules_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// refusers are the rules that say what the kernel refuses. Only their errors do.
var refusers = []string{"sysctl-value", "sysctl-triple", "sysctl-port-range", "sysctl-inline-comment"}

// TestKernelValues compares what the rules say of values with what the running
// kernel does with them, in a network namespace of its own.
func TestKernelValues(t *testing.T) {
	t.Parallel()
	kernel, err := runningKernel()
	if err != nil {
		t.Skipf("no oracle: %v", err)
	}
	pairs, err := askKernel(kernel)
	if errors.Is(err, errNoNamespace) {
		t.Skipf("no oracle: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	judge := newJudge(kernel)
	refused, found := 0, 0
	var missed []string
	for _, p := range pairs {
		says := judge.says(p.key, p.value)
		switch {
		case !p.refused && says != "":
			t.Errorf("the kernel accepts %q, but there is an error: %s", p, says)
		case p.refused:
			refused++
			if says != "" {
				found++
				continue
			}
			missed = append(missed, p.String())
		}
	}
	t.Logf("Linux %s: %d pairs, %d refused, of which %d are found", kernel.From, len(pairs), refused, found)
	for _, m := range missed {
		t.Logf("not found: %s", m)
	}
	if len(pairs) < 300 || refused < 100 {
		t.Errorf("too few pairs to tell: %d, of which %d are refused", len(pairs), refused)
	}
	// Some limits were only seen on 6.18 and are claimed from there on.
	if kernel.From.Compare(facts.V(6, 18, 0)) >= 0 && found*100 < refused*99 {
		t.Errorf("only %d of %d refused pairs are found", found, refused)
	}
}

// runningKernel is the version of the kernel that runs the test.
func runningKernel() (facts.Range, error) {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return facts.Never, err
	}
	v, err := facts.ParseVersion(strings.TrimSpace(string(text)))
	return facts.Only(v), err
}

// pair is a key and a value, and what the kernel does with them.
type pair struct {
	key, value string
	refused    bool
}

func (p pair) String() string { return p.key + " = " + p.value }

var errNoNamespace = errors.New("this user may not make a network namespace")

// askKernel writes many values to the keys of a new network namespace. The
// thread that has it ends with the goroutine, and takes the namespace with it.
func askKernel(kernel facts.Range) (pairs []pair, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock it
		if e := syscall.Unshare(syscall.CLONE_NEWNET); e != nil {
			err = fmt.Errorf("%w: %w", errNoNamespace, e)
			return
		}
		err = fs.WalkDir(os.DirFS("/proc/sys"), "net", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			more, err := tryKey(path, kernel)
			pairs = append(pairs, more...)
			return err
		})
	}()
	<-done
	return pairs, err
}

// tryKey writes values to one key, and what it held at the end.
func tryKey(path string, kernel facts.Range) ([]pair, error) {
	key := strings.ReplaceAll(path, "/", ".")
	k, ok := facts.ParamOf(key)
	if !ok || !k.Netns || k.ReadOnly || oneWay[key] || k.In.Intersect(kernel).Empty() || anotherInterface(k, key) {
		return nil, nil
	}
	name := filepath.Join("/proc/sys", path)
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm()&0o200 == 0 {
		return nil, err
	}
	old, err := os.ReadFile(name)
	if err != nil {
		return nil, nil //nolint:nilerr // it can only be written, such as flush, and does something then
	}
	var pairs []pair
	for _, value := range candidates(k, kernel) {
		err := write(name, value)
		if err != nil && !errors.Is(err, syscall.EINVAL) {
			return nil, nil //nolint:nilerr // the kernel does not speak of the value
		}
		pairs = append(pairs, pair{key, value, err != nil})
		if err := write(name, strings.TrimSpace(string(old))); err != nil {
			return pairs, fmt.Errorf("%s does not take back what it held: %w", key, err)
		}
	}
	return pairs, nil
}

// oneWay are keys that cannot be set back, or that reach beyond the namespace.
var oneWay = map[string]bool{"net.netfilter.nf_hooks_lwtunnel": true}

// anotherInterface reports whether a key is that of an interface which says
// nothing that the one of "default" does not.
func anotherInterface(k *facts.Param, key string) bool {
	return strings.Contains(k.Key, "*") && strings.Replace(k.Key, "*", "default", 1) != key
}

// write does what sysctl does: the value and a line end.
func write(name, value string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value + "\n")
	return errors.Join(err, f.Close())
}

// words are values that are no plain number, or only begin with one.
var words = []string{
	"yes", "on", "true", "default", `"1"`, "'1'", "1k", "16M", "30s", "+1", "1.5", "1,2", "1-2", "1_000", "2*3", "1;2", "one", "-", "--1", "0b1", "0o7", "0x", "0xg", "1e3",
	"0x1", "0X1", "01", "001", "08", "09x", "1 # why", "1# why", "1 seconds", "1\t2", "1 x", "",
	"# why", "18446744073709551615", "18446744073709551616", "99999999999999999999", "000000000000000000001", "-99999999999",
}

// candidates are the values to try: the ends of the range and what lies beyond,
// words, and too many or too few of what the key takes.
func candidates(k *facts.Param, kernel facts.Range) []string {
	switch {
	case k.Kind == facts.List && len(k.Limits) > 0:
		return []string{
			"", "1", "1,2", "1-2", "1,3-5,7", "1, 2", "1 2", "1 ,2", "2-1", "1-", "-1", ",1", "1,", "1,,2", "x", "1,x", "1-x", "0x10", "010", "08", "1 # why", "1#why", "65536", "+1", "1-2-3", `"1"`,
		}
	case k.Kind.Values() == 0:
		return nil
	}
	numbers := numbersFor(k, kernel)
	out := slices.Clone(words)
	out = append(out, numbers...)
	if k.Kind.Values() == 1 {
		return append(out, "1 2", "1 -1")
	}
	one := middle(k)
	for i := range k.Kind.Values() {
		for _, w := range slices.Concat(words, numbers) {
			v := slices.Repeat([]string{one}, k.Kind.Values())
			v[i] = w
			out = append(out, strings.Join(v, " "))
		}
	}
	return append(out, one+" "+one, strings.Repeat(one+" ", 3)+one, one+"\t"+one, "2048 1500 1024", "1500 2048", "2048 1500")
}

// numbersFor are the numbers at which something may change.
func numbersFor(k *facts.Param, kernel facts.Range) []string {
	all := []int64{-1, 0, 1, 2, 254, 255, 256, math.MinInt32 - 1, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32, math.MaxUint32 + 1, math.MaxInt64}
	for _, l := range k.Limits {
		if l.In.Intersect(kernel).Empty() {
			continue
		}
		if l.Min.Known {
			all = append(all, l.Min.N-1, l.Min.N, l.Min.N+1)
		}
		if l.Max.Known && l.Max.N != facts.NoBound {
			all = append(all, l.Max.N-1, l.Max.N, l.Max.N+1)
		}
	}
	slices.Sort(all)
	var out []string
	for _, n := range slices.Compact(all) {
		if !byTimer(k, n) {
			out = append(out, strconv.FormatInt(n, 10))
		}
	}
	return out
}

// byTimer reports whether it depends on the timer frequency of the kernel, 100 to
// 1000 Hz, if a key that is kept in ticks takes a number. The limit that the
// table has is that of 100 Hz.
func byTimer(k *facts.Param, n int64) bool {
	const slow, fast = math.MaxInt32 / 100, math.MaxInt32 / 1000
	return len(k.Limits) > 0 && k.Limits[0].Max.N == slow && (n > fast && n <= slow || -n > fast && -n <= slow)
}

// middle is a number that every part of a value takes.
func middle(k *facts.Param) string {
	if k.Kind == facts.Pair {
		return "2000"
	}
	return "100000"
}

// judge asks the rules.
type judge struct {
	target model.Target
	rules  []*lint.Rule
}

func newJudge(kernel facts.Range) *judge {
	j := &judge{target: model.Target{Nginx: facts.NginxWindow(), Kernel: kernel}}
	for _, r := range rules.All() {
		if slices.Contains(refusers, r.ID) {
			j.rules = append(j.rules, r)
		}
	}
	return j
}

// says is the first error that the rules find in a line, "" if there is none.
func (j *judge) says(key, value string) string {
	h := model.Build(model.Input{
		Target: j.target,
		Sysctl: []*source.File{source.NewFile("sysctl.conf", key+" = "+value+"\n")},
	})
	for _, f := range lint.Run([]*model.Host{h}, lint.Options{Rules: j.rules}).Findings {
		if f.Severity == lint.Error {
			return f.Msg
		}
	}
	return ""
}
