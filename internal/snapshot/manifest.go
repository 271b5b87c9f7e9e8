// Package snapshot has the layout of what "tcplint collect" writes of a host: an
// archive (tar, packed by gzip) that stands for the host wherever a path is taken.
//
//	MANIFEST            what was asked, and what came of each question
//	.tcplint.toml       the releases in use, and which files are one host
//	evidence/...        what commands and /proc told
//	etc/nginx/...       files of the host, by their own paths, without secrets
//
// The package opens no file and starts no command.
package snapshot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The names in an archive that are not those of the host's own files.
const (
	ManifestName  = "MANIFEST"
	ConfigName    = ".tcplint.toml"
	EvidenceDir   = "evidence"
	SettingsPath  = EvidenceDir + "/sysctl-a.txt" // the kernel's parameters in force
	magic         = "tcplint-snapshot"
	Version       = 1 // of the layout
	fieldsOfItem  = 8
	longestFields = 4096
)

// State is what came of a question to the host.
type State string

// The states of an item.
const (
	Taken   State = "taken"
	Cut     State = "cut"     // only its end was taken
	Absent  State = "absent"  // there is no such file or command
	Refused State = "refused" // the host's rights do not let the collector look
	Failed  State = "failed"  // it could be asked, and failed
	Late    State = "timeout"
	Skipped State = "skipped" // not asked, since asking would change the host
)

var states = map[State]bool{Taken: true, Cut: true, Absent: true, Refused: true, Failed: true, Late: true, Skipped: true}

// Item is a question to the host: a file to read or a command to run.
type Item struct {
	// Path is where the answer lies in the archive, Source the file or the command.
	Path, Source string
	State        State
	// Status is the exit status of a command, 0 for a file.
	Status int
	// Time is how long it took.
	Time time.Duration
	// Bytes is the size of what is in the archive.
	Bytes int64
	// Why says more where the state does not say all.
	Why string
}

// Manifest says where, when and how a snapshot was made.
type Manifest struct {
	// Host is the host's own name, Collector what made the snapshot, User the number
	// of the user that it ran as.
	Host, Collector, User string
	Time                  time.Time
	Redacted              bool
	Items                 []Item
	// Complete says that the collector came to its end.
	Complete bool
}

// Write writes a manifest as lines of fields between tabs, which a shell can write
// as well.
func (m *Manifest) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(fields ...string) {
		for i, f := range fields {
			if i > 0 {
				_ = b.WriteByte('\t') // an error comes again with Flush
			}
			_, _ = b.WriteString(oneField(f))
		}
		_ = b.WriteByte('\n')
	}
	redacted := "no"
	if m.Redacted {
		redacted = "yes"
	}
	line(magic, strconv.Itoa(Version))
	line("host", m.Host)
	line("time", m.Time.UTC().Format(time.RFC3339))
	line("collector", m.Collector)
	line("user", m.User)
	line("redacted", redacted)
	for _, it := range m.Items {
		line("item", it.Path, it.Source, string(it.State), strconv.Itoa(it.Status),
			strconv.FormatFloat(it.Time.Seconds(), 'f', 3, 64), strconv.FormatInt(it.Bytes, 10), it.Why)
	}
	if m.Complete {
		line("end", strconv.Itoa(len(m.Items)))
	}
	return b.Flush()
}

// oneField keeps a field from looking like several.
func oneField(s string) string {
	if len(s) > longestFields {
		s = s[:longestFields]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// ReadManifest reads what Write or the collecting script has written. The error
// names the line.
func ReadManifest(r io.Reader) (*Manifest, error) {
	m := &Manifest{}
	in := bufio.NewScanner(r)
	in.Buffer(nil, fieldsOfItem*longestFields)
	for n := 1; in.Scan(); n++ {
		f := strings.Split(strings.TrimRight(in.Text(), "\r"), "\t")
		if n == 1 {
			if err := checkMagic(f); err != nil {
				return nil, err
			}
			continue
		}
		if err := m.field(f); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", ManifestName, n, err)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", ManifestName, err)
	}
	if m.Host == "" && m.Time.IsZero() {
		return nil, errors.New(ManifestName + " is empty or cut off")
	}
	return m, nil
}

func checkMagic(f []string) error {
	if len(f) != 2 || f[0] != magic {
		return fmt.Errorf("%s:1: this is no snapshot: its first line is not %q", ManifestName, magic+"\t1")
	}
	if v, err := strconv.Atoi(f[1]); err != nil || v < 1 || v > Version {
		return fmt.Errorf("%s:1: the snapshot has format %q, this tcplint reads up to %d: update tcplint, or collect again with its own script", ManifestName, f[1], Version)
	}
	return nil
}

// field takes a line. What it does not know comes from a later release and is left.
func (m *Manifest) field(f []string) error {
	value := ""
	if len(f) > 1 {
		value = f[1]
	}
	switch f[0] {
	case "host":
		m.Host = value
	case "collector":
		m.Collector = value
	case "user":
		m.User = value
	case "redacted":
		m.Redacted = value == "yes"
	case "time":
		t, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return fmt.Errorf("%q is no time: %w", value, err)
		}
		m.Time = t
	case "item":
		return m.item(f)
	case "end":
		if n, err := strconv.Atoi(value); err != nil || n != len(m.Items) {
			return fmt.Errorf("it ends with %q items, but has %d", value, len(m.Items))
		}
		m.Complete = true
	}
	return nil
}

func (m *Manifest) item(f []string) error {
	if len(f) != fieldsOfItem {
		return fmt.Errorf("an item has %d fields, not %d", fieldsOfItem-1, len(f)-1)
	}
	it := Item{Path: f[1], Source: f[2], State: State(f[3]), Why: f[7]}
	seconds, err := strconv.ParseFloat(f[5], 64)
	status, err2 := strconv.Atoi(f[4])
	size, err3 := strconv.ParseInt(f[6], 10, 64)
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	if !states[it.State] {
		return fmt.Errorf("unknown state %q", f[3])
	}
	it.Time, it.Status, it.Bytes = time.Duration(seconds*float64(time.Second)), status, size
	m.Items = append(m.Items, it)
	return nil
}

// Remarks say for people what could not be taken, and what root would add.
func (m *Manifest) Remarks() []string {
	var out []string
	refused := 0
	for _, it := range m.Items {
		switch it.State {
		case Refused:
			refused++
		case Failed, Late:
			out = append(out, fmt.Sprintf("%s: %s %s", it.Source, it.State, it.Why))
		case Taken, Cut, Absent, Skipped:
		}
	}
	if m.User != "0" {
		out = append(out, fmt.Sprintf("without root, %d of %d items were refused, and sockets of other users have no process: run it as root for these", refused, len(m.Items)))
	}
	return out
}
