package collect

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"io"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// NewSalt is what makes addresses and names of one snapshot others than those of the
// next: 32 bytes that nobody can guess.
func NewSalt() []byte {
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // it never fails
	return salt
}

// noAddresses are files in which four numbers with dots are a version, or nothing.
var noAddresses = map[string]bool{
	snapshot.ConfigName: true, "evidence/nginx-V.txt": true, "etc/os-release": true, settingsPath: true,
	"evidence/proc-net-netstat": true, "evidence/proc-net-snmp": true,
}

// redactor replaces the addresses and the names in all files of a snapshot.
type redactor struct {
	mask *masker
	// names are those of hosts, as their places in files tell.
	names map[string]bool
}

// redact replaces addresses and names in what was taken, in file names and in the
// manifest, each by the same everywhere.
func redact(files []taken, m *snapshot.Manifest, salt []byte) {
	r := &redactor{mask: newMasker(salt), names: map[string]bool{}}
	r.learn(m.Host)
	for _, f := range files {
		r.learnFrom(f.path, string(f.data))
	}
	for i, f := range files {
		files[i].path = r.text(f.path, false)
		switch {
		case strings.HasPrefix(path.Base(f.path), "proc-net-tcp"):
			files[i].data = []byte(r.hexTable(string(f.data)))
		case f.path == snapshot.ConfigName:
			// The host's name and the path of its main file stand there; versions stay.
			files[i].data = []byte(r.text(string(f.data), false))
		default:
			files[i].data = []byte(r.text(string(f.data), !noAddresses[f.path]))
		}
	}
	m.Host = r.text(m.Host, true)
	m.Redacted = true
	for i := range m.Items {
		it := &m.Items[i]
		it.Path, it.Source, it.Why = r.text(it.Path, false), r.text(it.Source, strings.HasPrefix(it.Source, "curl ")), r.text(it.Why, true)
		for _, f := range files {
			if f.path == it.Path && it.Bytes > 0 {
				it.Bytes = int64(len(f.data))
			}
		}
	}
}

// Redact writes a snapshot with addresses and names replaced, each by the same
// everywhere: the same salt replaces them by the same.
func Redact(s *snapshot.Snapshot, salt []byte, w io.Writer) (*snapshot.Manifest, error) {
	c := &collector{manifest: *s.Manifest, options: Options{Now: s.Manifest.Time}}
	c.manifest.Items = slices.Clone(s.Manifest.Items)
	err := fs.WalkDir(s.FS, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil, name == ".", name == snapshot.ManifestName:
			return err
		case e.IsDir():
			c.files = append(c.files, taken{path: name, folder: true})
			return nil
		}
		data, err := s.FS.ReadFile(name)
		c.files = append(c.files, taken{path: name, data: data})
		return err
	})
	if err != nil {
		return nil, err
	}
	redact(c.files, &c.manifest, salt)
	return &c.manifest, c.write(w)
}

// kept are words that stand in place of a name and are none.
var kept = lazy.Words(`_ - localhost localhost.localdomain ip6-localhost ip6-loopback ip6-allnodes ip6-allrouters
default default_server server unix backend nginx`)

func (r *redactor) learn(name string) {
	name = strings.Trim(strings.ToLower(name), ".*")
	if host, port, ok := strings.Cut(name, ":"); ok && isNumber(port) {
		name = host
	}
	if kept.Has(name) || safeWords.Has(name) || directives()[name] != 0 || isNumber(name) || isAddress(name) || !isHost(name) || name == blank {
		return
	}
	r.names[name] = true
}

var (
	hostField = lazyre.New(`, (?:server: |host: ")([A-Za-z0-9._-]+)`)
	urlHost   = lazyre.New(`[a-z]://([A-Za-z0-9._-]+)`)
)

// learnFrom finds names where the format of a file says that one stands.
func (r *redactor) learnFrom(name, text string) {
	switch base := path.Base(name); {
	case name == "etc/hosts" || base == "hosts":
		for line := range strings.Lines(text) {
			for i, w := range strings.Fields(line) {
				if i > 0 {
					r.learn(w)
				}
			}
		}
	case strings.Contains(base, "log") && !strings.HasSuffix(base, ".conf"):
		for _, m := range hostField.Compiled().FindAllStringSubmatch(text, -1) {
			r.learn(m[1])
		}
		r.learnURLs(text)
	case strings.HasPrefix(name, "evidence/"), name == snapshot.ConfigName:
	default:
		r.learnNginx(text)
		r.learnURLs(text)
	}
}

func (r *redactor) learnURLs(text string) {
	for _, m := range urlHost.Compiled().FindAllStringSubmatch(text, -1) {
		r.learn(m[1])
	}
}

func (r *redactor) learnNginx(text string) {
	for d := range nginx.Parse(source.NewFile("", text)).Root.Walk() {
		switch d.Name() {
		case "server_name":
			for _, a := range d.Args().All() {
				r.learn(a.Value)
			}
		case "server", "upstream":
			r.learn(d.Arg(0))
		case "proxy_set_header", "proxy_ssl_name", "resolver", "listen":
			for _, a := range d.Args().All() {
				if strings.Contains(strings.Trim(a.Value, "."), ".") {
					r.learn(a.Value)
				}
			}
		}
	}
}

// before are what stands in front of a name without a dot: elsewhere the same word
// may be anything.
var before = lazyre.New(`(://|upstream "?|server "?|server: |[Hh]ost: "?|in upstream "|server_name [^;\n]*|name = "|^)$`)

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

// text replaces names, and addresses if there are any.
func (r *redactor) text(s string, addresses bool) string {
	var b strings.Builder
	inHosts := false
	for i := 0; i < len(s); {
		n := run(s[i:], nameLetters+":%")
		if n == 0 {
			if s[i] == '\n' {
				inHosts = false
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		word := s[i : i+n]
		if to, ok := r.addressWord(word, s[i+n:]); ok {
			if addresses {
				inHosts = inHosts || i == 0 || s[i-1] == '\n'
				b.WriteString(to)
			} else {
				b.WriteString(word)
			}
			i += n
			continue
		}
		for len(word) > 0 { // a name ends at a colon
			k := run(word, nameLetters)
			if k == 0 {
				b.WriteByte(word[0])
				word = word[1:]
				continue
			}
			at := i + n - len(word)
			b.WriteString(r.nameWord(word[:k], s[max(0, at-60):at], inHosts))
			word = word[k:]
		}
		i += n
	}
	return b.String()
}

// run is how many bytes at the beginning are among some.
func run(s, letters string) int {
	for i := range len(s) {
		if strings.IndexByte(letters, s[i]) < 0 {
			return i
		}
	}
	return len(s)
}

// nameWord replaces a name that was learnt, with what follows it in a file's name.
func (r *redactor) nameWord(word, front string, inHosts bool) string {
	head := word
	for head != "" {
		low := strings.ToLower(strings.Trim(head, "."))
		if r.names[low] && (strings.Contains(low, ".") || inHosts || before.MatchString(front)) {
			lead := len(head) - len(strings.TrimLeft(head, "."))
			return word[:lead] + r.mask.name(low) + strings.TrimPrefix(word[lead:], head[lead:lead+len(low)])
		}
		i := strings.LastIndexByte(head, '.')
		if i < 0 {
			break
		}
		head = head[:i]
	}
	return word
}

// addressWord replaces an address with or without a port; after is what follows, as
// the length of a prefix.
func (r *redactor) addressWord(word, after string) (string, bool) {
	bare := strings.TrimRight(word, ":.")
	host, port := bare, word[len(bare):]
	a, err := netip.ParseAddr(host)
	if err != nil {
		if i := strings.LastIndexByte(bare, ':'); i > 0 {
			host, port = bare[:i], word[i:]
			a, err = netip.ParseAddr(host)
		}
	}
	if err != nil && strings.HasPrefix(bare, "::") {
		return "", false
	}
	if err != nil {
		return "", false
	}
	to := r.mask.address(a)
	if length, ok := strings.CutPrefix(after, "/"); ok {
		if n, err := strconv.Atoi(length[:run(length, "0123456789")]); err == nil && n <= a.BitLen() {
			to = netip.PrefixFrom(to, n).Masked().Addr()
		}
	}
	return to.String() + port, true
}

var hexAddress = lazyre.New(`\b([0-9A-F]{32}|[0-9A-F]{8}):[0-9A-F]{4}\b`)

// hexTable replaces addresses as /proc/net/tcp writes them: words of 32 bits in the
// order of the processor.
func (r *redactor) hexTable(s string) string {
	return hexAddress.Compiled().ReplaceAllStringFunc(s, func(word string) string {
		head, port, _ := strings.Cut(word, ":")
		raw, err := hex.DecodeString(head)
		if err != nil {
			return word
		}
		swap(raw)
		a, ok := netip.AddrFromSlice(raw)
		if !ok {
			return word
		}
		out := slices.Clone(r.mask.address(a).AsSlice())
		swap(out)
		return strings.ToUpper(hex.EncodeToString(out)) + ":" + port
	})
}

func swap(b []byte) {
	for i := 0; i+4 <= len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
	}
}
