package facts

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// SlotKind is how nginx reads the arguments of a directive.
type SlotKind uint8

// The kinds. Those of the core's own readers are exact (src/core/ngx_conf_file.c,
// ngx_parse.c, the same from 1.18.0 to 1.26.3).
const (
	SlotOther          SlotKind = iota // the module's own code, of which nothing is claimed
	SlotNumber                         // a whole number, within Limit
	SlotSize                           // bytes, with k or m
	SlotOffset                         // bytes, with k, m or g
	SlotMilliseconds                   // a time that may have ms, and no years or months
	SlotSeconds                        // a time that may have years and months, and no ms
	SlotKeepalive                      // SlotMilliseconds, then perhaps SlotSeconds
	SlotOne                            // one of Words, in any case
	SlotWords                          // any of Words, in any case
	SlotBuffers                        // a number and a size, neither of them 0
	SlotSizeOrVariable                 // SlotSize, unless a variable stands in it
	SlotProbes                         // what so_keepalive takes: on, off, or IDLE:INTERVAL:COUNT
)

// Slot is how one module reads one directive's arguments, seen in every release that
// was read from First to Last.
type Slot struct {
	Name, Module string
	Kind         SlotKind
	Words        []string
	Limit        Limit
	First, Last  Version
}

// SlotsOf are the slots of a module's directive, oldest first; nil if nothing is
// claimed of it. The slice must not be changed.
func SlotsOf(name, module string) []Slot { return readingOf(name, module).slots }

func slotsOf(name, module string) []Slot {
	lo, hi := span(len(slots), func(i int) int {
		return cmp.Or(strings.Compare(slots[i].Name, name), strings.Compare(slots[i].Module, module))
	})
	if lo == hi {
		return nil
	}
	return slots[lo:hi:hi]
}

// RefusedValue is the first argument that every release of a range refuses, and what
// it should be. Of releases between two that were read and differ, only what both
// refuse is claimed.
func RefusedValue(name, module string, in Range, args []string) (bad, want string, refused bool) {
	all := SlotsOf(name, module)
	for i := range all {
		if slotMay(all, i).Intersect(in).Empty() {
			continue
		}
		arg, says, no := all[i].refuses(args)
		if !no {
			return "", "", false
		}
		bad, want, refused = arg, says, true
	}
	return bad, want, refused
}

// slotMay are the releases in which a slot may hold: those that were read, and those up
// to its neighbours.
func slotMay(all []Slot, i int) (may Range) {
	if i > 0 {
		last := all[i-1].Last
		may.From = Version{last.Major, last.Minor, last.Patch + 1}
	}
	if i+1 < len(all) {
		may.Before = all[i+1].First
	}
	return may
}

// slotSure are the releases that surely read values as a row says: what lies between
// the last release of one and the first of the next is of neither.
func slotSure(all []Slot, i int) (sure Range) {
	if i > 0 {
		sure.From = all[i].First
	}
	if i+1 < len(all) {
		last := all[i].Last
		sure.Before = Version{last.Major, last.Minor, last.Patch + 1}
	}
	return sure
}

const (
	wantMilliseconds = "a time such as 500ms, 60s or 1h 30m, without years and months"
	wantSeconds      = "a time such as 60s, 1h 30m or 1y, without milliseconds"
	wantSize         = "a size such as 4096, 8k or 1m, without g"
	wantOffset       = "a size such as 4096, 8k, 1m or 1g"
	wantProbes       = "on, off, or idle time, interval and number of probes such as 30m::10, of which one at least is set"
)

func (s *Slot) refuses(args []string) (bad, want string, refused bool) {
	if len(args) == 0 {
		return "", "", false
	}
	first := args[0]
	switch s.Kind {
	case SlotNumber:
		n, ok := wholeNumber(first)
		return first, s.wantNumber(), !ok || n < s.Limit.Min.N || s.Limit.Max.Known && n > s.Limit.Max.N
	case SlotSize:
		return first, wantSize, !isSize(first, "kKmM")
	case SlotOffset:
		return first, wantOffset, !isSize(first, "kKmMgG")
	case SlotSizeOrVariable:
		return first, wantSize + ", or a variable", !strings.Contains(first, "$") && !isSize(first, "kKmM")
	case SlotMilliseconds:
		return first, wantMilliseconds, !isTime(first, false)
	case SlotSeconds:
		return first, wantSeconds, !isTime(first, true)
	case SlotKeepalive:
		if !isTime(first, false) {
			return first, wantMilliseconds, true
		}
		return args[len(args)-1], wantSeconds, len(args) == 2 && !isTime(args[1], true)
	case SlotOne:
		return first, oneOf(s.Words), !hasFold(s.Words, first)
	case SlotWords:
		for _, a := range args {
			if !hasFold(s.Words, a) {
				return a, oneOf(s.Words), true
			}
		}
	case SlotBuffers:
		if n, ok := wholeNumber(first); !ok || n == 0 {
			return first, "a number of buffers from 1 on", true
		}
		if len(args) == 2 {
			size := args[1]
			return size, wantSize + ", above 0", !isSize(size, "kKmM") || strings.Trim(size, "0kKmM") == ""
		}
	case SlotProbes:
		return first, wantProbes, !isProbes(first)
	case SlotOther:
	}
	return "", "", false
}

// wants says in words what is accepted; "" if nothing is claimed.
func (s *Slot) wants() string {
	switch s.Kind {
	case SlotNumber:
		return s.wantNumber()
	case SlotSize:
		return wantSize
	case SlotOffset:
		return wantOffset
	case SlotSizeOrVariable:
		return wantSize + ", or a variable"
	case SlotMilliseconds:
		return wantMilliseconds
	case SlotSeconds:
		return wantSeconds
	case SlotKeepalive:
		return wantMilliseconds + "; then " + wantSeconds
	case SlotOne:
		return oneOf(s.Words)
	case SlotWords:
		return "any of " + strings.Join(s.Words, ", ")
	case SlotBuffers:
		return "a number and a size, neither of them 0"
	case SlotProbes:
		return wantProbes
	case SlotOther:
	}
	return ""
}

func (s *Slot) wantNumber() string {
	switch l := s.Limit; {
	case l.Max.Known:
		return fmt.Sprintf("a number from %d to %d", l.Min.N, l.Max.N)
	case l.Min.N > 0:
		return fmt.Sprintf("a number from %d on", l.Min.N)
	}
	return "a number"
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// hasFold reports whether a word is in a list, whatever the case of its ASCII letters.
func hasFold(words []string, s string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return len(w) == len(s) && strings.EqualFold(w, s) })
}

// wholeNumber reads digits and nothing else, as ngx_atoi does.
func wholeNumber(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// isSize reports whether ngx_parse_size or ngx_parse_offset reads it, with one of the
// units behind the number.
func isSize(s, units string) bool {
	scale := int64(1)
	if n := len(s); n > 0 && strings.IndexByte(units, s[n-1]) >= 0 {
		switch s[n-1] | 0x20 {
		case 'k':
			scale = 1 << 10
		case 'm':
			scale = 1 << 20
		case 'g':
			scale = 1 << 30
		}
		s = s[:n-1]
	}
	n, ok := wholeNumber(s)
	return ok && n <= math.MaxInt64/scale
}

// timeUnits are the units of a time in the order in which they may follow each other,
// in seconds.
var timeUnits = []struct {
	name  byte
	scale int64
}{{'y', 365 * 24 * 3600}, {'M', 30 * 24 * 3600}, {'w', 7 * 24 * 3600}, {'d', 24 * 3600}, {'h', 3600}, {'m', 60}, {'s', 1}}

// isTime reports whether ngx_parse_time reads it: numbers with falling units, blanks
// behind a unit; the last number may be without one, and counts as seconds. Where the
// unit is the second there are no milliseconds, elsewhere no years and months.
func isTime(s string, seconds bool) bool {
	const millis, last = 7, 8 // the steps behind those of timeUnits
	step := -1
	if !seconds {
		step = 1
	}
	limit := int64(math.MaxInt64)
	if !seconds {
		limit /= 1000
	}
	var value, total int64
	valid := false
	for i := 0; i < len(s); {
		c := s[i]
		i++
		if c >= '0' && c <= '9' {
			if value > (math.MaxInt64-int64(c-'0'))/10 {
				return false
			}
			value, valid = value*10+int64(c-'0'), true
			continue
		}
		scale := int64(1)
		switch unit := unitAt(c); {
		case c == 'm' && i < len(s) && s[i] == 's':
			if i++; seconds || step >= millis {
				return false
			}
			step = millis
			total += value / 1000 // near enough for the limit
			value, scale = 0, 1
		case c == ' ':
			if step >= len(timeUnits)-1 {
				return false
			}
			step = last
		case unit < 0 || step >= unit:
			return false
		default:
			step, scale = unit, timeUnits[unit].scale
		}
		if value > limit/scale || total > limit-value*scale {
			return false
		}
		total, value = total+value*scale, 0
		for i < len(s) && s[i] == ' ' {
			i++
		}
	}
	return valid && value <= limit && total <= limit-value
}

// isProbes reports whether so_keepalive takes it: on, off, or times and a number with
// colons between them. A part may be empty or 0, but not all.
func isProbes(s string) bool {
	if s == "on" || s == "off" {
		return true
	}
	set := false
	for i, p := range strings.SplitN(s, ":", 3) {
		n, ok := wholeNumber(p)
		switch {
		case p == "":
		case i == 2 && !ok, i < 2 && !isTime(p, true):
			return false
		case i == 2:
			set = set || n != 0
		default:
			set = set || strings.Trim(p, "0smhdwMy ") != ""
		}
	}
	return set
}

// unitAt is the step of a unit, -1 if it is none.
func unitAt(c byte) int {
	for i, u := range timeUnits {
		if u.name == c {
			return i
		}
	}
	return -1
}
