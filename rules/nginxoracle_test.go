package rules_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
)

// oracleMissing skips a test for lack of a program, or fails where it has to be
// there.
func oracleMissing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(linttest.RequireOracles) == "1" {
		t.Fatal("no oracle: " + what)
	}
	t.Skip("no oracle: " + what)
}

// verdicts are nginx's refusals of one repair; empty where it accepts. Before and
// after are those of a changed configuration, mended as far as that takes.
type verdicts struct{ asItIs, before, after string }

func (o *nginxOracle) look(t *testing.T, x *repair) verdicts {
	t.Helper()
	host := model.Build(x.in)
	v := verdicts{asItIs: o.test(t, host, mending{})}
	if len(x.out.Changes) == 0 {
		return v
	}
	var m mending
	v.before = v.asItIs
	for range 20 { // until it is accepted, or refused for what cannot be mended
		if v.before == "" || !m.add(v.before) {
			break
		}
		v.before = o.test(t, host, m)
	}
	if v.before == "" {
		v.after = o.test(t, model.Build(patched(x.in, x.out)), m)
	}
	return v
}

// reasonOf shortens a refusal so that they can be counted.
func reasonOf(stderr string) string {
	_, reason, _ := strings.Cut(stderr, "[emerg] ")
	_, reason, _ = strings.Cut(reason, ": ") // the number of the process
	reason, _, _ = strings.Cut(reason, "\n")
	return inFile.ReplaceAllString(reason, "")
}

// A mending makes up for what nginx misses in a configuration that is not whole
// or meant for another build of nginx: formats, zones and variables are defined,
// and what this build does not know is left out.
type mending struct {
	prelude string   // for the http block
	without []string // directives, and arguments, that are left out
}

// add takes account of one more refusal; not ok if there is no cure.
func (m *mending) add(refusal string) (ok bool) {
	for _, x := range mendings {
		found := x.refusal.FindStringSubmatch(refusal)
		switch {
		case found == nil:
			continue
		case x.prelude != "":
			m.prelude += fmt.Sprintf(x.prelude, found[1])
		case slices.Contains(m.without, found[1]):
			return false
		default:
			m.without = append(m.without, found[1])
		}
		return true
	}
	return false
}

// An nginxOracle is a real nginx with all that configurations need to be accepted.
type nginxOracle struct {
	linttest.Nginx

	target    facts.Range // its version
	cert, key string
	limit     chan struct{} // how many may run at a time
	mu        sync.Mutex
	known     map[[sha256.Size]byte]func() string // refusals by configuration
}

// oracles returns every nginx that this machine can run, the oldest first; the test
// is skipped if there is none, and fails without those of later releases where
// oracles are required.
func oracles(t *testing.T) []*nginxOracle {
	t.Helper()
	all, err := linttest.Nginxes()
	if err != nil && (len(all) == 0 || os.Getenv(linttest.RequireOracles) == "1") {
		oracleMissing(t, err.Error())
	}
	if err != nil {
		t.Log("no oracle: " + err.Error())
	}
	theOracles.Do(func() {
		cert, key := selfSigned(t)
		limit := make(chan struct{}, 2)
		for _, n := range all {
			theOracles.all = append(theOracles.all, &nginxOracle{
				Nginx: n, target: facts.Only(n.Version), cert: cert, key: key,
				limit: limit, known: map[[sha256.Size]byte]func() string{},
			})
		}
	})
	return theOracles.all
}

var theOracles struct {
	sync.Once

	all []*nginxOracle
}

// selfSigned makes a certificate and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// test returns what nginx says against a configuration, nothing if it accepts
// it. The configuration is prepared so that only its own text counts, not the
// users, certificates, names and folders of this machine.
func (o *nginxOracle) test(t *testing.T, h *model.Host, m mending) (refusal string) {
	t.Helper()
	prep := newPreparation(h, m)
	files := map[string]string{"main.conf": prep.wrapper(o.Modules)}
	for _, tree := range h.Nginx.Trees {
		files[placeOf(tree.File.Path)] = prep.text(tree)
	}
	var whole strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		whole.WriteString(name + "\x00" + files[name] + "\x00")
	}
	id := sha256.Sum256([]byte(whole.String()))
	o.mu.Lock()
	ask := o.known[id]
	if ask == nil {
		ask = sync.OnceValue(func() string { return o.ask(t, files) })
		o.known[id] = ask
	}
	o.mu.Unlock()
	return ask()
}

// ask runs nginx over files.
func (o *nginxOracle) ask(t *testing.T, files map[string]string) (refusal string) {
	t.Helper()
	return strings.ReplaceAll(o.run(t, files), " in conf/", " in ")
}

// run runs nginx over files and returns what it says if it refuses them. It
// names files as the map does.
func (o *nginxOracle) run(t *testing.T, files map[string]string) (refusal string) {
	t.Helper()
	o.limit <- struct{}{}
	defer func() { <-o.limit }()
	dir, err := os.MkdirTemp("", "tcplint") //nolint:usetesting // t.TempDir makes names too long for a socket
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = os.RemoveAll(dir) }()
	files["cert.pem"], files["key.pem"], files["cache/README"], files["logs/README"] = o.cert, o.key, "", ""
	for name, text := range files {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	cmd := exec.CommandContext(t.Context(), o.Program, "-t", "-q", "-p", dir+"/", "-c", "main.conf", "-e", "stderr")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return cmp.Or(strings.ReplaceAll(string(out), dir+"/", ""), err.Error())
	}
	return ""
}
