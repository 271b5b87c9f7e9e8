package facts

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Keeping is what a server does with a connection once it has answered.
type Keeping uint8

// What servers do.
const (
	// KeepsUnknown is not known.
	KeepsUnknown Keeping = iota
	// KeepsFor keeps it, and closes it when it was idle for a time.
	KeepsFor
	// KeepsForever never closes an idle one.
	KeepsForever
	// ClosesAnnounced says "Connection: close" and closes: a proxy puts nothing
	// into its pool.
	ClosesAnnounced
	// ClosesUnannounced closes at once and does not say so: a proxy pools a
	// connection that is dead already, and no time is short enough for it.
	ClosesUnannounced
)

// KeepingWords are the words that ParseKeeping takes, sorted.
func KeepingWords() []string { return []string{"never", "none", "none-unannounced"} }

// ParseKeeping reads the words that stand in place of an idle timeout: "never" for a
// server that never closes an idle connection, "none" for one that keeps none and
// says so, "none-unannounced" for one that closes without a word.
func ParseKeeping(word string) (k Keeping, ok bool) {
	switch word {
	case "never":
		return KeepsForever, true
	case "none":
		return ClosesAnnounced, true
	case "none-unannounced":
		return ClosesUnannounced, true
	}
	return KeepsUnknown, false
}

// Localhost says which addresses a server listens on if it is told to listen on
// "localhost", which most machines have as 127.0.0.1 and as ::1.
type Localhost uint8

// The ways to read "localhost".
const (
	LocalhostUnknown Localhost = iota
	// LocalhostFirst is the first address that the resolver names, and no other:
	// ::1 with the hosts file of Debian.
	LocalhostFirst
	// LocalhostIPv4 is 127.0.0.1 only.
	LocalhostIPv4
	// LocalhostBoth are both.
	LocalhostBoth
)

// Preset is how a kind of server treats its connections as it is shipped, in a
// range of its releases.
type Preset struct {
	// Name is how a configuration of tcplint names it.
	Name string
	// Title is its name for people.
	Title string
	// In are the releases of which it holds.
	In Range
	// Keeps is what it does with a connection once it has answered.
	Keeps Keeping
	// IdleTimeout is when it closes an idle connection; 0 unless Keeps is
	// KeepsFor.
	IdleTimeout time.Duration
	// Requests is the number of the answer that says "Connection: close"; 0 if
	// there is no such number.
	Requests int
	// InFlight is when it closes a connection with a request that it has not
	// answered yet, without a byte; 0 if it does not.
	InFlight time.Duration
	// Backlog is the accept queue that it asks for (Send-Q of "ss -ltn" where
	// somaxconn allows it); 0 if that is not known.
	Backlog int
	// Slots is how many connections it holds at a time as it is shipped, and
	// Limit the name of the setting; 0 if idle connections use nothing up, or if
	// that is not known.
	Slots int
	Limit string
	// Localhost is what it makes of that name.
	Localhost Localhost
	// Note says what the numbers leave out.
	Note string
	// Ref is where the numbers come from, https.
	Ref string
}

// PresetFor finds the preset of a release. A zero version stands for the release
// that most people run, or, where several are in use, for that which closes
// first. ok is false if there is no preset of that name, or none for that release.
func PresetFor(name string, v Version) (p Preset, ok bool) {
	i, ok := slices.BinarySearchFunc(presets, name, func(p Preset, name string) int {
		return strings.Compare(p.Name, name)
	})
	if !ok {
		return Preset{}, false
	}
	for ; i < len(presets) && presets[i].Name == name; i++ {
		if v.IsZero() || presets[i].In.Contains(Only(v)) {
			return presets[i], true
		}
	}
	return Preset{}, false
}

// ParsePreset reads "puma" and "puma@6.4.2". The error says what is wrong with it.
func ParsePreset(s string) (name string, v Version, err error) {
	name, release, versioned := strings.Cut(s, "@")
	if _, ok := PresetFor(name, Version{}); !ok {
		return "", Version{}, fmt.Errorf("there is no backend %q", name)
	}
	if versioned {
		if v, err = ParseVersion(release); err != nil {
			return "", Version{}, err
		}
		if _, ok := PresetFor(name, v); !ok {
			return "", Version{}, fmt.Errorf("nothing is known of %s %s", name, v)
		}
	}
	return name, v, nil
}

// Presets are the presets that hold without a version, one for each name, by
// name.
func Presets() []Preset {
	return slices.CompactFunc(slices.Clone(presets), func(a, b Preset) bool { return a.Name == b.Name })
}

// PresetsOf are the presets of one name, each for releases of its own.
func PresetsOf(name string) []Preset {
	return slices.DeleteFunc(slices.Clone(presets), func(p Preset) bool { return p.Name != name })
}

// PresetOf finds the preset that holds without a version; ok is false if there is
// none of that name.
func PresetOf(name string) (p Preset, ok bool) { return PresetFor(name, Version{}) }

// CommonIdle is the shortest idle timeout of servers that many people run: that of
// gunicorn's threads and greenlets, measured at 1.7 to 2.7 s. Where nothing is known
// of a server, a proxy that closes its idle connections well before that is not
// surprised by it.
const CommonIdle = 2 * time.Second
